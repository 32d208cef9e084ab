"""What the inputs reach: the generators of arguments, calls and programs. Empty in 0.1: every case is golden."""
