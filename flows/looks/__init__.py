"""Tonight's looks: which links, at what cost, by how many, and how what came is noted."""
