"""The HTTP client, with its guard, limits and robots policy; no other room uses the network."""
