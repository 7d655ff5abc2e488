"""The document: bytes to links with byte spans, flags, generated parts, and the proof of a rewrite."""
