"""Shapes: cat, permute, squeeze and unsqueeze."""

from conformance.catalogue import clause
from conformance.strategies import reach
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
def unsqueeze_dims(torch, x, dim, spelling, *, device):
    """`unsqueeze` takes dims from -n-1 to n, negative ones counted from the end, and refuses others with an IndexError."""
    if spelling == "function":
        return torch.unsqueeze(x, dim)
    if spelling == "named":
        return torch.unsqueeze(input=x, dim=dim)
    if spelling == "keyword":
        return x.unsqueeze(dim=dim)
    return x.unsqueeze(dim)


@clause("shapes.squeeze-dims", level="general", place="5 In [19]", table=views.dims, strides=True, requires=("shapes.squeeze-dim",),
        source="torch.squeeze: when dim is given, a squeeze operation is done only in the given dimension")
def squeeze_dims(torch, x, dim, spelling, *, device):
    """`squeeze(dim)` removes a dimension of size 1, leaves others alone, and refuses dims out of range with an IndexError."""
    if spelling == "function":
        return torch.squeeze(x), torch.squeeze(x, dim)
    if spelling == "named":
        return torch.squeeze(input=x), torch.squeeze(input=x, dim=dim)
    if spelling == "keyword":
        return x.squeeze(), x.squeeze(dim=dim)
    return x.squeeze(), x.squeeze(dim)


@clause("shapes.squeeze-several-dims", level="general", place="5 In [19]", table=views.dim_tuples, strides=True,
        requires=("shapes.squeeze-dims",), versions=">=2.0",
        source="torch.squeeze: changed in version 2.0, input is squeezed only in the specified dimensions of a tuple")
def squeeze_several_dims(torch, x, dims, *, device):
    """`squeeze` of a tuple of dims removes those of size 1, and refuses dims out of range with an IndexError."""
    return x.squeeze(dims)


@clause("shapes.squeeze-undoes-unsqueeze", level="general", place="5 In [20]", table=views.new_dims, strides=True,
        requires=("shapes.unsqueeze-dims", "shapes.squeeze-dims"),
        source="torch.unsqueeze: a new tensor with a dimension of size one inserted; torch.squeeze: with it removed")
def squeeze_undoes_unsqueeze(torch, x, dim, *, device):
    """`squeeze(dim)` after `unsqueeze(dim)` gives the tensor as it was, wherever the dimension was put."""
    made = x.unsqueeze(dim)
    return made.squeeze(dim), made.unsqueeze(dim), made.squeeze()


@clause("shapes.transpose-dims", level="general", place="1 prose", table=views.dim_pairs, strides=True, requires=("products.transpose",),
        source="torch.transpose: the given dimensions dim0 and dim1 are swapped; the result shares its storage")
def transpose_dims(torch, x, one, other, spelling, *, device):
    """`transpose` exchanges any two dimensions without copying, and refuses dims out of range with an IndexError."""
    if spelling == "function":
        return torch.transpose(x, one, other)
    if spelling == "named":
        return torch.transpose(input=x, dim0=one, dim1=other)
    if spelling == "keyword":
        return x.transpose(dim0=one, dim1=other)
    return x.transpose(one, other)


@clause("shapes.matrix-transposes", level="general", place="1 prose", table=views.matrices, strides=True, requires=("products.transpose",),
        source="torch.t: expects input to be <= 2-D and transposes dimensions 0 and 1; Tensor.mT: the last two dimensions transposed")
def matrix_transposes(torch, x, way, *, device):
    """`t` and `.T` exchange the dimensions of a matrix, `.mT` the last two of any tensor; `t` refuses more than two, `.mT` fewer."""
    if way == "t":
        return x.t()
    if way == "torch.t":
        return torch.t(x)
    if way == "T":
        return x.T, x.T.T
    return x.mT


@clause("shapes.permute-orders", level="general", place="5 In [18]", table=views.orders, strides=True, requires=("shapes.permute",),
        source="torch.permute: a view of the tensor with its dimensions permuted; each dimension once")
def permute_orders(torch, x, order, spelling, *, device):
    """`permute` takes each dimension once, in any order, without copying, and refuses all else; the inverse order restores."""
    if spelling == "one by one":
        made = x.permute(*order)
    elif spelling == "function":
        made = torch.permute(x, order)
    elif spelling == "named":
        made = torch.permute(input=x, dims=order)
    elif spelling == "keyword":
        made = x.permute(dims=order)
    else:
        made = x.permute(list(order) if spelling == "list" else order)
    rank = len(order)
    back = sorted(range(rank), key=lambda place: order[place] % rank)
    return made, made.permute(tuple(back))


@clause("shapes.view-sizes", level="general", reaches=(*reach.LAYOUTS, *reach.SHAPES, *reach.VALUES),
        place="5 In [17]", table=views.view_sizes, strides=True,
        requires=("aliasing.view-keeps-order",),
        source="Tensor.view: each new dimension must be a subspace of an original one, or span original ones that are contiguous-like")
def view_sizes(torch, x, sizes, spelling, *, device):
    """`view` takes every shape of the same number of elements that the strides allow, and refuses the others with a RuntimeError."""
    if spelling == "tuple":
        return x.view(sizes)
    if spelling == "list":
        return x.view(list(sizes))
    return x.view(*sizes)


@clause("shapes.reshape-sizes", level="general", place="5 In [17]", table=views.reshape_sizes,
        requires=("aliasing.reshape-shows-earlier-writes",),
        source="torch.reshape: a tensor with the same data and number of elements, a single dimension may be -1 and is inferred")
def reshape_sizes(torch, x, sizes, spelling, *, device):
    """`reshape` gives the elements in their order whatever their layout, infers -1, and refuses other numbers of elements."""
    if spelling == "function":
        return torch.reshape(x, sizes)
    if spelling == "named":
        return torch.reshape(input=x, shape=sizes)
    if spelling == "keyword":
        return x.reshape(shape=sizes)
    if spelling == "tuple":
        return x.reshape(sizes)
    if spelling == "list":
        return x.reshape(list(sizes))
    return x.reshape(*sizes)


@clause("shapes.reshape-after-writes", level="general", place="5 In [17]", table=views.reshape_writes,
        requires=("shapes.reshape-sizes",), source="torch.reshape: a tensor with the same data as input")
def reshape_after_writes(torch, base, x, value, sizes, *, device):
    """`reshape` shows what was written before it, each time anew, and changes neither its operand's shape nor its elements."""
    first = x.reshape(sizes).clone()
    x[-1] = value
    second = x.reshape(sizes)
    return first, second, second.reshape(x.shape), x, base


@clause("shapes.cat", level="general", reaches=(*reach.LAYOUTS, *reach.DTYPES_OF_ANY_KIND, *reach.SHAPES_WITH_DIMS, *reach.SIZES, *reach.VALUES),
        place="5 In [6]", table=joining.joined, requires=("shapes.cat-rows", "shapes.cat-columns"),
        source="torch.cat: tensors of the same shape except in dim, or empty vectors; dtypes are promoted")
def cat(torch, x, y, z, order, dim, spelling, *, device):
    """`cat` joins any number of tensors of any layout along any dim, promotes their dtypes, and refuses sizes that differ elsewhere."""
    tensors = [(x, y, z)[number] for number in order]
    if spelling == "keyword":
        return torch.cat(tuple(tensors), dim=dim)
    if spelling == "concat":
        return torch.concat(tensors, dim)
    if spelling == "named":
        return torch.cat(dim=dim, tensors=tensors)
    if spelling == "concat, named":
        return torch.concat(tensors=tuple(tensors), dim=dim)
    if dim == 0:
        return torch.cat(tensors)
    return torch.cat(tensors, dim)


@clause("shapes.cat-promotes", level="general", place="5 In [6]", table=joining.mixed, requires=("shapes.cat", "promotion.tensors"),
        source="torch.cat, and torch.result_type over all tensors, empty ones included")
def cat_promotes(torch, x, y, dim, *, device):
    """`cat` gives the dtype to which its operands are promoted, empty ones included, with each element converted to it."""
    return torch.cat([x, y], dim), torch.cat([y, x, y], dim)


@clause("shapes.cat-gives-a-copy", level="general", place="5 In [6]", table=joining.copied, requires=("shapes.cat",),
        source="torch.cat is no view operation: its result has memory of its own (Tensor Views)")
def cat_gives_a_copy(torch, x, y, z, order, dim, value, *, device):
    """The result of `cat` shares no memory with any operand, even a single one."""
    tensors = [(x, y, z)[number] for number in order]
    made = torch.cat(tensors, dim)
    before = made.clone()
    for tensor in tensors:
        tensor[...] = value
    after = made.clone()
    made[...] = True
    return before, after, x, y, z


@clause("shapes.cat-out", level="general", place="5 In [6]", table=joining.into, requires=("shapes.cat",),
        source="torch.cat: out (Tensor, optional), the output tensor")
def cat_out(torch, base, out, x, y, z, order, dim, *, device):
    """`cat` with `out=` writes the joined elements into a tensor of the right shape, whatever its layout, or into an empty one, and gives that tensor."""
    tensors, empty = [(x, y, z)[number] for number in order], torch.empty(0, dtype=out.dtype, device=device)
    made = torch.cat(tensors, dim, out=out)
    resized = torch.concat(tensors=tensors, dim=dim, out=empty)
    return made, out, base, resized, empty
