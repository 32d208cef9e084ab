"""Shapes: cat, permute, squeeze and unsqueeze."""

from conformance.catalogue import clause
from conformance.strategies.tables import joining, views


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


@clause("shapes.unsqueeze-dims", level="general", place="5 In [20]", table=views.dims, strides=True, requires=("shapes.unsqueeze",),
        source="torch.unsqueeze: a dim within the range [-input.dim() - 1, input.dim() + 1) can be used")
def unsqueeze_dims(torch, x, dim, *, device):
    """`unsqueeze` takes dims from -n-1 to n, negative ones counted from the end, and refuses others with an IndexError."""
    return x.unsqueeze(dim)


@clause("shapes.squeeze-dims", level="general", place="5 In [19]", table=views.dims, strides=True, requires=("shapes.squeeze-dim",),
        source="torch.squeeze: when dim is given, a squeeze operation is done only in the given dimension")
def squeeze_dims(torch, x, dim, *, device):
    """`squeeze(dim)` removes a dimension of size 1, leaves others alone, and refuses dims out of range with an IndexError."""
    return x.squeeze(dim), x.squeeze()


@clause("shapes.transpose-dims", level="general", place="1 prose", table=views.dim_pairs, strides=True, requires=("products.transpose",),
        source="torch.transpose: the given dimensions dim0 and dim1 are swapped; the result shares its storage")
def transpose_dims(torch, x, one, other, *, device):
    """`transpose` exchanges any two dimensions without copying, and refuses dims out of range with an IndexError."""
    return x.transpose(one, other)


@clause("shapes.permute-orders", level="general", place="5 In [18]", table=views.orders, strides=True, requires=("shapes.permute",),
        source="torch.permute: a view of the tensor with its dimensions permuted; each dimension once")
def permute_orders(torch, x, order, *, device):
    """`permute` takes each dimension once, in any order, without copying, and refuses all else."""
    return x.permute(order)


@clause("shapes.view-sizes", level="general", place="5 In [17]", table=views.view_sizes, strides=True,
        requires=("aliasing.view-keeps-order",),
        source="Tensor.view: each new dimension must be a subspace of an original one, or span original ones that are contiguous-like")
def view_sizes(torch, x, sizes, *, device):
    """`view` takes every shape of the same number of elements that the strides allow, and refuses the others with a RuntimeError."""
    return x.view(*sizes)


@clause("shapes.cat", level="general", place="5 In [6]", table=joining.joined, requires=("shapes.cat-rows", "shapes.cat-columns"),
        source="torch.cat: tensors of the same shape except in dim, or empty vectors; dtypes are promoted")
def cat(torch, x, y, z, number, dim, *, device):
    """`cat` joins any number of tensors of any layout along any dim, promotes their dtypes, and refuses sizes that differ elsewhere."""
    tensors = [x, y, z][:number]
    if dim == 0:
        return torch.cat(tensors)
    return torch.cat(tensors, dim)
