"""Measurements with a peer in the same run: `make bench`; no test is timed."""
