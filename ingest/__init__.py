"""Foreign traces → Parquet: reads formats, cuts tags, measures single rows. Knows no meaning."""
