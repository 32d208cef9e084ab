"""Known-bad backends: PyTorch with one fault planted in it, a file for each group of operations."""
