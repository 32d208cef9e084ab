"""Known-bad and known-good backends. Empty in 0.1."""
