"""The matmul stage. Empty in 0.1."""
