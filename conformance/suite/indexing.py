"""Basic indexing: ints, slices, the ellipsis."""

from conformance.catalogue import clause
from conformance.strategies.tables import indexing


@clause("indexing.row", "row")
def row():
    """`x[0]` of a matrix is its first row, with one dimension less."""


@clause("indexing.column", "column")
def column():
    """`x[:, 0]` of a matrix is its first column."""


@clause("indexing.last-column", "last-column")
def last_column():
    """A negative index counts from the end: `x[:, -1]` is the last column."""


@clause("indexing.ellipsis", "ellipsis")
def ellipsis():
    """`x[..., -1]` of a matrix is the last column too."""


@clause("indexing.ellipsis-keeps-leading-dims", "ellipsis-keeps-leading-dims")
def ellipsis_keeps_leading_dims():
    """`x[..., -1]` of a tensor of any rank takes the last of its last dimension and keeps all before it."""


@clause("indexing.keys", level="general", place="2 In [9]", table=indexing.keys, strides=True, requires=("indexing.row", "indexing.ellipsis"),
        source="Tensor Views: basic slicing and indexing give a view; an int out of range is an IndexError")
def keys(torch, x, key, *, device):
    """Ints, slices with steps, None and an ellipsis select a view with the right shape, strides and elements, or raise IndexError."""
    return x[key]
