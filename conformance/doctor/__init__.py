"""`conformance doctor`: what is here and what is not."""
