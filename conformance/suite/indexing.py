"""Basic indexing: ints, slices, the ellipsis."""

from conformance.catalogue import clause
from conformance.strategies import reach
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


@clause("indexing.slices", level="general", place="2 In [9]", table=indexing.slices, strides=True, requires=("indexing.column",),
        source="Tensor Views: basic slicing gives a view; bounds are clamped to the dimension, as in Python's own slices")
def slices(torch, x, keys, *, device):
    """A slice takes each step-th element from start to stop, both counted from the end where negative and clamped to the dimension."""
    return tuple(x[key] for key in keys)


@clause("indexing.ints-of-any-kind", level="general", place="2 In [9]", table=indexing.ints, requires=("indexing.keys",),
        source="Python's data model: __index__ gives the int that an object stands for in indexing; torch.Tensor: Python's indexing and slicing notation")
def ints_of_any_kind(torch, x, i, *, device):
    """NumPy's ints and 0-d integer tensors select, bound and step as the ints that they hold."""
    step = i * 0 + 2
    return x[i], x[..., i], x[i, 0], x[i:], x[:i], x[:, i:], x[0, i], x[::step], x[1:, ::step]


@clause("indexing.writes-at-ints-of-any-kind", level="general", place="5 In [17]", table=indexing.ints, requires=("indexing.ints-of-any-kind", "indexing.number-writes"),
        source="Python's data model: __index__ gives the int that an object stands for in indexing; torch.Tensor: modified using Python's indexing and slicing notation")
def writes_at_ints_of_any_kind(torch, x, i, *, device):
    """NumPy's ints and 0-d integer tensors select, bound and step through what is written as the ints that they hold."""
    results, step = [], i * 0 + 2
    bounds = slice(i, None), slice(None, i), (slice(None), slice(i, None)), (slice(None, i), -1)
    for key in (i, (..., i), (i, 0), (0, i), *bounds, slice(None, None, step), (slice(1, None), slice(None, None, step))):
        numbered, copied, moved = x.clone(), x.clone(), torch.zeros(x.shape, dtype=x.dtype, device=device)
        numbered[key] = 1
        copied[key] = x[0, 0]
        moved[key] = x[key]
        results.append((numbered, copied, moved))
    return results


@clause("indexing.keys-of-any-rank", level="general", reaches=(*reach.LAYOUTS, *reach.DTYPES_OF_ANY_KIND, *reach.SHAPES, *reach.SIZES_TO_1024, *reach.VALUES),
        place="2 In [11]", table=indexing.random_keys, strides=True, requires=("indexing.keys",),
        source="Tensor Views: basic slicing and indexing give a view; an ellipsis stands for the dimensions left, None for a new one")
def keys_of_any_rank(torch, x, keys, *, device):
    """Any mix of ints, slices, None and one ellipsis selects from a tensor of any rank, layout and dtype."""
    return tuple(x[key] for key in keys)


@clause("indexing.number-writes", level="general", place="5 In [17]", table=indexing.number_writes,
        requires=("indexing.keys", "aliasing.base-write-seen-in-view"),
        source="torch.Tensor: the contents of a tensor can be accessed and modified using Python's indexing and slicing notation")
def number_writes(torch, base, x, key, spelling, value, *, device):
    """A number is written, converted to the tensor's dtype, to each element that the key selects and to no other."""
    if spelling == "fill_":
        x[key].fill_(value)
    else:
        x[key] = value
    return x, base


@clause("indexing.tensor-writes", level="general", place="5 In [17]", table=indexing.tensor_writes, requires=("indexing.number-writes",),
        source="torch.Tensor: modified using indexing and slicing; Tensor.copy_: src is broadcast, and may be of a different dtype")
def tensor_writes(torch, base, x, key, value, *, device):
    """A tensor is written, broadcast and converted to the target's dtype, to the elements that the key selects and to no other."""
    x[key] = value
    return x, base


@clause("indexing.refused-writes", level="general", place="5 In [17]", table=indexing.refused_writes,
        requires=("indexing.tensor-writes", "indexing.keys"),
        source="Tensor.copy_: src must be broadcastable with the tensor; an index out of range is an IndexError")
def refused_writes(torch, base, x, key, value, *, device):
    """A write to a place out of range raises IndexError, with a step that is not positive ValueError, of sizes that do not fit RuntimeError."""
    x[key] = value


@clause("indexing.usable-after-a-refusal", level="general", place="5 In [17]", table=indexing.after_refusals,
        requires=("indexing.refused-writes",),
        source="Python's exceptions: whoever catches one goes on; Tensor.copy_: a source that can't be broadcast is refused before it is read")
def usable_after_a_refusal(torch, base, x, key, number, value, *, device):
    """After a key or a write was refused, the tensor is what it was, and is read and written as before."""
    refused = []
    try:
        x[key] = value
    except (IndexError, RuntimeError, ValueError):
        refused.append("write")
    try:
        x[3, ..., 0].clone()
    except IndexError:
        refused.append("read")
    before = x.clone()
    x[0] = number
    x[-1, 1:] = x[1, 1:]
    return (before, x[0], x[:, 1], x, base, *refused)


@clause("indexing.writes-from-the-same-tensor", level="general", place="5 In [17]", table=indexing.same_base_writes,
        requires=("indexing.tensor-writes",), source="Tensor Views: basic indexing gives a view, from which a write reads")
def writes_from_the_same_tensor(torch, base, x, target, source, *, device):
    """A part of a tensor that is written into another part of it, be it one that shares elements with it, changes that part alone."""
    x[target] = x[source]
    return x, base


@clause("indexing.augmented-writes", level="general", place="5 In [17]", table=indexing.augmented, requires=("indexing.tensor-writes",),
        source="Tensor Views: in-place operations on a view change its base")
def augmented_writes(torch, base, x, key, value, operation, *, device):
    """`x[key] += y`, `-=`, `*=` and `/=` change the elements that the key selects, and no other."""
    if operation == "+=":
        x[key] += value
    elif operation == "-=":
        x[key] -= value
    elif operation == "*=":
        x[key] *= value
    else:
        x[key] /= value
    return x, base


@clause("indexing.keys-in-a-row", level="general", place="5 In [17]", table=indexing.chained, requires=("indexing.number-writes",),
        source="Tensor Views: a view of a view is a view of their base")
def keys_in_a_row(torch, base, x, first, second, value, *, device):
    """A key after a key selects from what the first one selected, and a write through both reaches the base."""
    before = x[first][second].clone()
    x[first][second] = value
    return before, x[first][second], x[first], x, base


@clause("indexing.several-writes", level="general", place="5 In [17]", table=indexing.several_writes, requires=("indexing.number-writes",),
        source="torch.Tensor: the contents of a tensor can be modified using Python's indexing and slicing notation")
def several_writes(torch, base, x, writes, *, device):
    """Several writes in a row each leave what was written elsewhere as it was, whether the tensor is read between them or not."""
    twin = x.clone()
    for key, number in writes:
        x[key] = number
    seen = []
    for key, number in writes:
        twin[key] = number
        seen.append(twin[key].clone())
    return (x, base, twin, *seen)


@clause("indexing.rows-are-views", level="general", place="2 In [9]", table=indexing.rows, requires=("indexing.row",),
        source="Tensor Views: unbind and basic indexing give views; a tensor is walked as x[0], x[1], ...")
def rows_are_views(torch, base, x, value, *, device):
    """A tensor is walked row by row, each row is a view, and one without dimensions can't be walked."""
    rows = list(x)
    for row in x:
        row[...] = value
        break
    if rows:
        rows[-1][...] = value
        first, *others = x
        return (len(x), len(rows), *rows, first, *others, x, base)
    return len(x), len(rows), x, base
