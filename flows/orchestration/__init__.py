"""The edge to Prefect, beside the flows themselves in `flows.pipeline`."""
