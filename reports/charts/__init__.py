"""Charts of the report pages: typed rows in, SVG out, no JavaScript.

`kinds` says what there is and needs nothing heavy; `draw` draws.
"""
