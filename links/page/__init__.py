"""What a page shows: scanned text, fingerprint, signals and their analysis."""
