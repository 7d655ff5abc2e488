"""The git checkout that a list lies in: its history, its remote, and the standing branch."""
