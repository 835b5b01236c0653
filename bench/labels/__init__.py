"""The sample of real tool responses that people label by hand."""
