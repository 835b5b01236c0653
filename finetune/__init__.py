"""Selected conversations as files that trainers load; who is selected is decided in SQL."""
