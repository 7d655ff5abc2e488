"""The DuckDB warehouse: all SQL, and the only import of duckdb."""
