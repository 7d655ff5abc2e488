"""Prefect: deployments, schedule and tasks; the flows themselves are in `flows.pipeline`."""
