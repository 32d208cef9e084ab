"""Shapes: cat, permute, squeeze and unsqueeze."""

from conformance.catalogue import clause


@clause("shapes.cat-rows", "cat-rows")
def cat_rows():
    """`cat` along dim 0 puts matrices below each other."""


@clause("shapes.cat-columns", "cat-columns")
def cat_columns():
    """`cat` along dim 1 puts matrices beside each other."""


@clause("shapes.permute", "permute", "permute-values")
def permute():
    """`permute` gives the dimensions in the order named, each with its size and its elements."""


@clause("shapes.unsqueeze", "unsqueeze-first", "unsqueeze-last")
def unsqueeze():
    """`unsqueeze(dim)` puts a dimension of size 1 at that place and keeps the elements' order."""


@clause("shapes.squeeze", "squeeze-all", "squeeze-without-ones")
def squeeze():
    """`squeeze()` removes every dimension of size 1, and no other."""


@clause("shapes.squeeze-dim", "squeeze-dim", requires=("shapes.squeeze",))
def squeeze_dim():
    """`squeeze(dim)` removes that dimension where its size is 1, and changes nothing elsewhere."""
