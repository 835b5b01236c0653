"""Records the sample data set: scripted agents that use real tools in temporary folders."""
