"""Warehouses as in tests/flows."""

from tests.flows.conftest import one_duckdb, small_warehouse

__all__ = ["one_duckdb", "small_warehouse"]
