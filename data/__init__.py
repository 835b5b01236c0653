"""Data of the project: the sample, and the recorder that makes it."""
