"""The document: bytes to links with spans, flags, generated parts, and the proof of a rewrite."""
