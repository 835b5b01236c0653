"""One conversation, message by message: read from Parquet by id, shown as a page or in a terminal."""
