"""Mean and argmax."""

from conformance.catalogue import clause
from conformance.strategies.tables import reductions


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


@clause("reductions.means", level="general", place="4 In [4]", table=reductions.means, requires=("reductions.mean-over-dim",),
        source="torch.mean: dim may be an int, a tuple or left out; keepdim keeps the dimensions with size 1")
def means(torch, x, dim, keepdim, *, device):
    """The mean over any dim, several or all, kept or not, is exact where its sum is; that of no element is NaN."""
    if dim is None and not keepdim:
        return x.mean()
    return x.mean(dim, keepdim)


@clause("reductions.integers-have-no-mean", level="general", place="4 In [4]", table=reductions.means_of_integers,
        requires=("reductions.mean",), source="torch.mean: the input must be floating point or complex")
def integers_have_no_mean(torch, x, dim, keepdim, *, device):
    """The mean of integers and bools is refused with a RuntimeError."""
    return x.mean(dim, keepdim)


@clause("reductions.first-largest", level="general", place="4 In [5]", table=reductions.largest, requires=("reductions.argmax-over-dim",),
        source="torch.argmax: the index of the maximum; NaN is the maximum, and of several the first is given")
def first_largest(torch, x, dim, keepdim, *, device):
    """`argmax` gives the int64 index of the first largest element, NaN being the largest, and refuses to choose from none."""
    if dim is None and not keepdim:
        return x.argmax()
    return x.argmax(dim, keepdim)
