"""The benchmark: ingest beside the published notebook's method and beside a mere copy of the text."""
