"""A scripted web in place of the network, for `staycurrent demo` and the tests."""
