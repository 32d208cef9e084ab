"""Mean and argmax."""

from conformance.catalogue import clause


@clause("reductions.mean", "mean")
def mean():
    """`mean()` is the mean of all elements, as a 0-d tensor."""


@clause("reductions.mean-over-dim", "mean-dim-0", "mean-dim-1", requires=("reductions.mean",))
def mean_over_dim():
    """`mean(dim)` removes that dimension: over dim 0 one mean a column is left, over dim 1 one a row."""


@clause("reductions.argmax", "argmax")
def argmax():
    """`argmax()` is the index of the largest element in the flattened tensor, as a 0-d integer tensor."""


@clause("reductions.argmax-over-dim", "argmax-dim-0", "argmax-dim-1", requires=("reductions.argmax",))
def argmax_over_dim():
    """`argmax(dim)` removes that dimension and leaves indices into it."""
