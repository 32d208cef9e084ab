"""The kill matrix: whether each fault is caught, each clause can catch, and no innocent is accused."""
