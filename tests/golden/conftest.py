"""Warehouses as in tests/flows."""

from tests.flows.conftest import one_duckdb

__all__ = ["one_duckdb"]
