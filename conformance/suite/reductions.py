"""Mean and argmax."""

from conformance.catalogue import clause
from conformance.strategies import reach
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


@clause("reductions.means", level="general", reaches=(*reach.LAYOUTS, *reach.DIFFERENTIABLE_DTYPES, *reach.SHAPES, *reach.SIZES_TO_1024),
        place="4 In [4]", table=reductions.means, requires=("reductions.mean-over-dim",),
        source="torch.mean: dim may be an int, a tuple or left out; keepdim keeps the dimensions with size 1")
def means(torch, x, dim, keepdim, *, device):
    """The mean over any dim, several or all, kept or not, is exact where its sum is; that of no element is NaN."""
    results = torch.mean(x, dim, keepdim), torch.mean(input=x, dim=dim, keepdim=keepdim), x.mean(dim, keepdim), x.mean(dim=dim, keepdim=keepdim)
    if keepdim:
        return results
    return (*results, torch.mean(x), x.mean()) if dim is None else (*results, torch.mean(x, dim), x.mean(dim))


@clause("reductions.batches", level="general", place="4 In [4]", table=reductions.batches,
        requires=("reductions.means", "reductions.first-largest"),
        source="torch.mean, torch.argmax: dim is what is reduced, and each row of the others is reduced by itself")
def batches(torch, x, *, device):
    """What a reduction over the last dim gives for a row is what the row alone gives, and repeating it gives the same until an element is changed."""
    means, changed = tuple(row.mean(-1) for row in x), x.clone()
    if not x.numel():
        return x.mean(-1), means, x.mean(-1)
    largest = torch.cat([row.argmax(-1).unsqueeze(0) for row in x])
    results = x.mean(-1), means, x.mean(-1), x.argmax(-1), largest, x.argmax(-1)
    before = changed.mean(-1), changed.argmax(-1)
    changed[..., -1] = 5
    between = changed.mean(-1), changed.argmax(-1)
    changed.data[0] = 6
    return results, before, between, changed.mean(-1), changed.argmax(-1)


@clause("reductions.integers-have-no-mean", level="general", place="4 In [4]", table=reductions.means_of_integers,
        requires=("reductions.mean",), source="torch.mean: the input must be floating point or complex")
def integers_have_no_mean(torch, x, dim, keepdim, spelling, *, device):
    """The mean of integers and bools is refused with a RuntimeError."""
    if spelling == "function":
        return torch.mean(x, dim, keepdim) if dim is not None or keepdim else torch.mean(x)
    if spelling == "function keywords":
        return torch.mean(input=x, dim=dim, keepdim=keepdim)
    if spelling == "method keywords":
        return x.mean(dim=dim, keepdim=keepdim) if keepdim else x.mean(dim=dim)
    return x.mean(dim, keepdim) if keepdim else x.mean() if dim is None else x.mean(dim)


@clause("reductions.mean-accuracy", level="general", place="4 In [4]", table=reductions.mean_accuracies, requires=("reductions.means",),
        reaches=("size: 1 to 8", "size: 9 to 32", "size: 33 to 1024", "size: 1025 to 32768", "size: more than 32768"),
        source="torch.mean; PyTorch's notes on numerical accuracy: half types are added up in single precision")
def mean_accuracy(torch, x, dim, *, device):
    """The mean of arbitrary numbers, however many, lies within the bound of sums in its dtype, half types being added up in float32."""
    if dim is None:
        return x.mean(), torch.mean(x)
    return x.mean(dim), torch.mean(x, dim)


@clause("reductions.mean-dtype", level="general", place="4 In [4]", table=reductions.mean_dtypes, requires=("reductions.means",),
        source="torch.mean: if dtype is specified, the input tensor is casted to dtype before the operation is performed")
def mean_dtype(torch, x, dim, keepdim, dtype, *, device):
    """`mean` with a dtype is the mean of the elements cast to it, of integers and bools too, new and into `out=`."""
    mean = torch.mean(x, dim, keepdim, dtype=dtype)
    target = torch.full(mean.shape, 7, dtype=dtype, device=device)
    into = torch.mean(x, dim, keepdim, dtype=dtype, out=target)
    results = mean, into, target, x.mean(dim=dim, keepdim=keepdim, dtype=dtype)
    if keepdim:
        return results
    return (*results, x.mean(dtype=dtype), torch.mean(x, dtype=dtype)) if dim is None else (*results, x.mean(dim, dtype=dtype))


@clause("reductions.mean-outputs", level="general", place="4 In [4]", table=reductions.mean_outputs, requires=("reductions.means",),
        source="torch.mean: out (Tensor, optional): the output tensor")
def mean_outputs(torch, base, x, dim, keepdim, target, *, device):
    """`out=` takes a mean where it lies, and nothing beside it is written."""
    return torch.mean(x, dim, keepdim, out=target), target, base


@clause("reductions.first-largest", level="general", reaches=(*reach.LAYOUTS, *reach.REAL_DTYPES, *reach.SHAPES, *reach.SIZES_TO_1024, *reach.VALUES),
        place="4 In [5]", table=reductions.largest, requires=("reductions.argmax-over-dim",),
        source="torch.argmax: the index of the maximum; NaN is the maximum, and of several the first is given")
def first_largest(torch, x, dim, keepdim, *, device):
    """`argmax` gives the int64 index of the first largest element, NaN being the largest."""
    results = torch.argmax(x, dim, keepdim), torch.argmax(input=x, dim=dim, keepdim=keepdim), x.argmax(dim, keepdim), x.argmax(dim=dim, keepdim=keepdim)
    if keepdim:
        return results
    return (*results, torch.argmax(x), x.argmax()) if dim is None else (*results, torch.argmax(x, dim), x.argmax(dim))


@clause("reductions.subnormals", level="general", place="4 In [5]", table=reductions.subnormals, subnormals=True,
        requires=("reductions.first-largest",),
        source="torch.argmax: the index of the maximum; torch.set_flush_denormal: by default denormal numbers are not flushed")
def subnormals(torch, x, dim, *, device):
    """`argmax` tells subnormal numbers from each other and from zero."""
    return torch.argmax(x, dim), x.argmax(dim)


@clause("reductions.largest-of-many", level="general", place="4 In [5]", table=reductions.largest_of_many,
        requires=("reductions.first-largest",), source="torch.argmax: the index of the maximum, of however many elements")
def largest_of_many(torch, x, dim, *, device):
    """`argmax` finds the first largest of any number of elements."""
    return x.argmax() if dim is None else x.argmax(dim)


@clause("reductions.refused", level="general", place="4 In [4]", table=reductions.refused, requires=("reductions.means", "reductions.first-largest"),
        source="torch.mean, torch.argmax: dim in the range of the dimensions (IndexError), named once; a largest element of at least one (IndexError)")
def refused(torch, x, dim, keepdim, operation, spelling, *, device):
    """A dim out of range and the largest of no element are refused with an IndexError, a dim named twice with a RuntimeError."""
    if spelling == "function":
        return getattr(torch, operation)(x, dim, keepdim) if dim is not None else getattr(torch, operation)(x)
    if spelling == "function keywords":
        return getattr(torch, operation)(input=x, dim=dim, keepdim=keepdim)
    if spelling == "method keywords":
        return getattr(x, operation)(dim=dim, keepdim=keepdim)
    return getattr(x, operation)(dim, keepdim) if dim is not None else getattr(x, operation)()
