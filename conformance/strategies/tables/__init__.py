"""The tables that are walked whole, a file for each group of operations."""
