"""Recorded observations and their comparison between versions. Empty in 0.1."""
