"""Checking links in shards, by several processes or by the workers of a Dask scheduler."""
