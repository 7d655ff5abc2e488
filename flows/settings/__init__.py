"""The settings: their sections with defaults and bounds, and how they are read."""
