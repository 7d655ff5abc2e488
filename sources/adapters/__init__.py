"""Adapters, one module for each site: each way to read a source is one function.

It takes the settings of the source, what it fetches with, and the run date, and returns a
FeedReading, or a FeedDrift that says why what it received cannot be used.
"""
