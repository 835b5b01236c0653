"""The reports: SQL in a folder each, and the renderer that makes pages of them."""
