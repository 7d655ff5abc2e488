"""The memory: every row of SQL and the only import of duckdb."""
