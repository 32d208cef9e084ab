"""A tensor as data: a storage, and a shape, strides and offset through which it is seen.

Every view operation, and its refusal, is a rule on these numbers; a write through one view is a write to the storage
that all of them share. Source: PyTorch's reference, "Tensor Views" and the page of each operation.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from conformance.dtypes import numpy_dtype
from conformance.reference import casts, tracing
from conformance.reference.sizes import Size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


class OpenResultError(Exception):
    """The rules leave open what is written: such a write is not judged."""


@dataclass
class Allowed:
    """What else is right for a result of one operation.

    Attributes:
        also: arrays of the result's shape; each element must be that of the result or of one of these.
        free: elements that may be anything.
        bound: how far each element may lie from the result's, in absolute value.
    """

    also: list[NDArray[Any]] = field(default_factory=list)
    free: NDArray[np.bool_] | None = None
    bound: NDArray[np.float64] | None = None


class Place(str):
    """The name of a device (`cpu`, `cuda:0`), with its type and index as PyTorch's torch.device has them."""

    __slots__ = ()

    def __new__(cls, name: str) -> Self:
        """Make the place of a name; where an accelerator's index is left out, it is 0."""
        return super().__new__(cls, name if name == "cpu" or ":" in name else f"{name}:0")

    @property
    def type(self) -> str:
        """The kind of device."""
        return str(self).partition(":")[0]

    @property
    def index(self) -> int | None:  # type: ignore[override]
        """Which one of its kind; the CPU has none."""
        number = str(self).partition(":")[2]
        return int(number) if number else None


class Tensor:
    """A view of a storage.

    Args:
        storage: one-dimensional array, shared by all views of it.
        dtype: name.
        shape: sizes.
        strides: in elements.
        offset: of the first element, in elements.
        device: name of the device on which it is taken to lie.
        allowed: what else is right, where it is the result of an operation that leaves freedom.
    """

    def __init__(
        self,
        storage: NDArray[Any],
        dtype: str,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        offset: int = 0,
        device: str = "cpu",
        allowed: Allowed | None = None,
    ) -> None:
        self.storage = storage
        self.dtype = dtype
        self.shape = Size(shape)
        self.strides = strides
        self.offset = offset
        self.device = device if type(device) is Place else Place(device)
        self.allowed = allowed

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def numel(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    def dim(self) -> int:
        """The number of dimensions."""
        return self.ndim

    def array(self) -> NDArray[Any]:
        """Give the elements as a writable array over the storage."""
        if 0 in self.shape:
            return np.empty(self.shape, self.storage.dtype)
        size = self.storage.itemsize
        strides = tuple(stride * size for stride in self.strides)
        return np.ndarray(self.shape, self.storage.dtype, self.storage, self.offset * size, strides)

    def seen_as(self, shape: tuple[int, ...], strides: tuple[int, ...], offset: int | None = None) -> Tensor:
        """Give another view of the same storage."""
        tracing.view(self.storage)
        return Tensor(self.storage, self.dtype, shape, strides, self.offset if offset is None else offset, self.device)

    # --- views ---

    def _at(self, dim: int, *, extra: int = 0) -> int:
        """Give the place of a dimension, counted from the end where it is negative.

        Raises:
            IndexError: there is none; a 0-d tensor takes 0 and -1.
        """
        size = max(self.ndim + extra, 1)
        if not -size <= dim < size:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-size}, {size - 1}], but got {dim})"
            )
        return dim % size

    def permute(self, *order: Any, dims: Any = None) -> Tensor:
        """Order the dimensions as named, one by one or as a tuple.

        Raises:
            RuntimeError: one is missing or named twice.
            IndexError: one is out of range.
        """
        order = _sizes(order if dims is None else (dims,))
        if len(order) != self.ndim:
            raise RuntimeError("permute: the number of dimensions does not match")
        places = [self._at(dim) for dim in order]
        if len(set(places)) != len(places):
            raise RuntimeError("permute: repeated dim")
        return self.seen_as(tuple(self.shape[n] for n in places), tuple(self.strides[n] for n in places))

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """Exchange two dimensions.

        Raises:
            IndexError: one is out of range.
        """
        order = list(range(self.ndim))
        first, second = self._at(dim0), self._at(dim1)
        if order:
            order[first], order[second] = order[second], order[first]
        return self.permute(*order)

    def t(self) -> Tensor:
        """Exchange the dimensions of a matrix; fewer dimensions stay as they are.

        Raises:
            RuntimeError: there are more than two.
        """
        if self.ndim > 2:  # noqa: PLR2004 - a matrix has two
            raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {self.ndim}D")
        return self.permute(*reversed(range(self.ndim)))

    @property
    def T(self) -> Tensor:  # noqa: N802 - PyTorch's name
        """Exchange the dimensions of a matrix."""
        return self.permute(*reversed(range(self.ndim)))

    @property
    def mT(self) -> Tensor:  # noqa: N802 - PyTorch's name
        """Exchange the last two dimensions.

        Raises:
            RuntimeError: there are fewer.
        """
        if self.ndim < 2:  # noqa: PLR2004 - a matrix has two
            raise RuntimeError(f"tensor.mT is only supported on matrices or batches of matrices, not in {self.ndim}-D")
        return self.transpose(-2, -1)

    def unsqueeze(self, dim: int) -> Tensor:
        """Put a dimension of size 1 at a place; its stride is that of a dense tensor.

        Raises:
            IndexError: the place is out of range.
        """
        place = self._at(dim, extra=1)
        stride = self.shape[place] * self.strides[place] if place < self.ndim else 1
        shape = (*self.shape[:place], 1, *self.shape[place:])
        return self.seen_as(shape, (*self.strides[:place], stride, *self.strides[place:]))

    def squeeze(self, dim: int | tuple[int, ...] | None = None) -> Tensor:
        """Remove dimensions of size 1: all, or those named.

        Raises:
            IndexError: one is out of range.
            RuntimeError: one is named twice.
        """
        wanted = (
            list(range(self.ndim))
            if dim is None
            else [self._at(one) for one in ((dim,) if isinstance(dim, int) else dim)]
        )
        if len(set(wanted)) != len(wanted):
            raise RuntimeError("a dim appears multiple times in the list of dims")
        kept = [n for n in range(self.ndim) if n not in wanted or self.shape[n] != 1]
        return self.seen_as(tuple(self.shape[n] for n in kept), tuple(self.strides[n] for n in kept))

    def expand(self, *sizes: Any) -> Tensor:
        """Repeat dimensions of size 1, and put new ones before, without copying: their stride is 0.

        Raises:
            RuntimeError: a size differs from that of a dimension that is not 1, or there are too few.
        """
        sizes = _sizes(sizes)
        extra = len(sizes) - self.ndim
        if extra < 0:
            raise RuntimeError("expand: the number of sizes must be at least the number of dimensions")
        shape, strides = list(sizes), [0] * len(sizes)
        for n, (size, stride) in enumerate(zip(self.shape, self.strides, strict=True), extra):
            if sizes[n] in (-1, size):
                shape[n], strides[n] = size, stride
            elif size != 1:
                raise RuntimeError(f"expand: size {sizes[n]} must match the existing size {size} at dimension {n}")
        if any(size < 0 for size in shape):
            raise RuntimeError("expand: -1 is not allowed in a new dimension")
        return self.seen_as(tuple(shape), tuple(strides))

    def view(self, *sizes: Any) -> Tensor:
        """Give another shape over the same elements in the same order.

        Raises:
            RuntimeError: the number of elements differs, -1 can't be inferred, or the strides do not allow it.
        """
        shape = inferred(self.numel(), sizes)
        strides = view_strides(self.shape, self.strides, shape)
        if strides is None:
            raise RuntimeError("view size is not compatible with input tensor's size and stride")
        return self.seen_as(shape, strides)

    def reshape(self, *sizes: Any, shape: Any = None) -> Tensor:
        """Give another shape with the same elements in the same order: a view where the strides allow one, else a copy.

        Raises:
            RuntimeError: the number of elements differs, or -1 can't be inferred.
        """
        wanted = inferred(self.numel(), sizes if shape is None else (shape,))
        seen = self if view_strides(self.shape, self.strides, wanted) is not None else self.clone()
        return seen.view(*wanted)

    def contiguous(self) -> Tensor:
        """Give the tensor itself where its elements lie row by row, else a copy in which they do.

        Source: PyTorch's reference of Tensor.contiguous.
        """
        return self if self.is_contiguous() else self.clone()

    def is_contiguous(self) -> bool:
        """Say whether the elements lie row by row; dimensions of size 1 do not matter, and nothing always does."""
        pairs = zip(self.shape, self.strides, dense_strides(self.shape), strict=True)
        return 0 in self.shape or all(size == 1 or stride == dense for size, stride, dense in pairs)

    def detach(self) -> Tensor:
        """Give another tensor over the same memory."""
        return self.seen_as(self.shape, self.strides)

    def __len__(self) -> int:
        """Give the size of the first dimension.

        Raises:
            TypeError: there is none.
        """
        if not self.ndim:
            raise TypeError("len() of a 0-d tensor")
        return int(self.shape[0])

    def __iter__(self) -> Iterator[Tensor]:
        """Give the view of each row.

        Raises:
            TypeError: there is no dimension.
        """
        if not self.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter([self[n] for n in range(self.shape[0])])

    def __getitem__(self, key: Any) -> Tensor:
        """Give the view that ints, slices, None and an ellipsis select.

        Raises:
            IndexError: an int is out of range, or there are too many.
            ValueError: a slice has a step that is not positive.
        """
        return Selection(self, key).view

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write a number or a tensor, converted and broadcast, into what a key selects; leading sizes 1 too many go.

        Raises:
            IndexError: an int is out of range, or there are too many.
            ValueError: a slice has a step that is not positive.
            RuntimeError: the value can't be broadcast to what is selected.
            OpenResultError: the rules leave open what is written.
        """
        target = self[key]
        elements = _converted(value, target.dtype)
        extra = max(elements.ndim - target.ndim, 0)
        target.write(elements.reshape(elements.shape[extra:]) if elements.shape[:extra] == (1,) * extra else elements)

    def copy_(self, source: Any) -> Tensor:
        """Write another tensor's elements, converted and broadcast.

        Raises:
            RuntimeError: they can't be broadcast to its shape.
            OpenResultError: the rules leave open what is written.
        """
        self.write(_converted(source, self.dtype))
        return self

    def write(self, elements: NDArray[Any]) -> None:
        """Write elements of its own dtype, broadcast.

        Raises:
            RuntimeError: they can't be broadcast to its shape.
        """
        try:
            shown = np.broadcast_to(elements, self.shape)
        except ValueError as error:
            raise RuntimeError(f"sizes {list(elements.shape)} do not fit into {list(self.shape)}") from error
        self.array()[...] = shown

    def resized(self, shape: tuple[int, ...]) -> None:
        """Take memory of its own for another shape: what `out=` does to a tensor without elements."""
        made = dense(np.zeros(shape, self.storage.dtype), self.dtype, self.device)
        self.storage, self.shape, self.strides, self.offset = made.storage, made.shape, made.strides, 0

    def clone(self) -> Tensor:
        """Give a copy; a dense tensor keeps its strides."""
        return dense_like(self, self.array().copy())


def refuse_open_overlap(target: Tensor, *operands: Any) -> None:
    """Refuse to say what is written where an element is read at another place than it is written: the order is free.

    An operand that broadcasts the target itself is left to the write, which its shape makes an error.

    Raises:
        OpenResultError: an operand and the target show the same memory in such a way.
    """
    for one in operands:
        if isinstance(one, Tensor) and one.storage is target.storage and one.numel():
            written, read = _places(target), _places(one)
            read = np.broadcast_to(read, np.broadcast_shapes(read.shape, written.shape))
            if read.shape == written.shape and np.isin(read[read != written], written).any():
                raise OpenResultError("an element is read after it may have been written")


def _places(tensor: Tensor) -> NDArray[np.int64]:
    """Give the place of each element in the storage."""
    numbered = Tensor(np.arange(tensor.storage.size), "int64", tensor.shape, tensor.strides, tensor.offset)
    places: NDArray[np.int64] = numbered.array()
    return places


def _sizes(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Take sizes or dims one by one, or all of them as one tuple or list."""
    match given:
        case (tuple() | list() as sizes,):
            return tuple(sizes)
    return given


def _converted(value: Any, dtype: str) -> NDArray[Any]:
    """Convert a number or a tensor to the dtype of what it is written into.

    Raises:
        OpenResultError: more than one result is right.
    """
    if isinstance(value, Tensor):
        array, source = value.array(), value.dtype
        freedom = value.allowed
        if freedom and (
            freedom.also or freedom.free is not None or (freedom.bound is not None and freedom.bound.any())
        ):
            raise OpenResultError("the value that is written is not one alone")
    else:
        # A NumPy scalar is the number that it holds.
        value = value.item() if isinstance(value, np.generic) else value
        source = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}[type(value)]
        array = np.asarray(value, dtype=numpy_dtype(source))
    first, *others = (np.asarray(one) for one in casts.candidates(array, source, dtype))
    if casts.undefined(array, source, dtype).any() or any(one.tobytes() != first.tobytes() for one in others):
        raise OpenResultError(f"from {source} to {dtype} more than one result is right")
    return first


class Selection:
    """Walks a key of ints, slices, None and an ellipsis over the dimensions of a tensor."""

    def __init__(self, tensor: Tensor, key: Any) -> None:
        self._tensor = tensor
        self._place = 0
        self._offset = tensor.offset
        self._shape: list[int] = []
        self._strides: list[int] = []
        parts = key if isinstance(key, tuple) else (key,)
        self._taken = sum(part is not None and part is not Ellipsis for part in parts)
        if self._taken > tensor.ndim:
            raise IndexError(f"too many indices for tensor of dimension {tensor.ndim}")
        for part in parts:
            self._take(part)
        self._keep(tensor.ndim - self._place)
        self.view = tensor.seen_as(tuple(self._shape), tuple(self._strides), self._offset)

    def _take(self, part: Any) -> None:
        if part is None:
            size = self._tensor.shape[self._place] if self._place < self._tensor.ndim else 1
            stride = self._tensor.strides[self._place] if self._place < self._tensor.ndim else 1
            self._shape.append(1)
            self._strides.append(size * stride)
        elif part is Ellipsis:
            self._keep(self._tensor.ndim - self._taken)
        elif isinstance(part, slice):
            self._slice(part)
        else:
            self._select(int(part))

    def _keep(self, number: int) -> None:
        for _ in range(number):
            self._shape.append(self._tensor.shape[self._place])
            self._strides.append(self._tensor.strides[self._place])
            self._place += 1

    def _slice(self, part: slice) -> None:
        if part.step is not None and operator.index(part.step) <= 0:
            raise ValueError("step must be greater than zero")
        size, stride = self._tensor.shape[self._place], self._tensor.strides[self._place]
        start, stop, step = part.indices(size)
        self._offset += start * stride
        self._shape.append(max(0, -(-(stop - start) // step)))
        self._strides.append(stride * step)
        self._place += 1

    def _select(self, index: int) -> None:
        size = self._tensor.shape[self._place]
        if not -size <= index < size:
            raise IndexError(f"index {index} is out of bounds for dimension {self._place} with size {size}")
        self._offset += (index % size) * self._tensor.strides[self._place]
        self._place += 1


def dense_strides(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Give the strides of a tensor whose elements lie row by row; an empty dimension counts as one of size 1."""
    strides: list[int] = []
    step = 1
    for size in reversed(shape):
        strides.insert(0, step)
        step *= max(size, 1)
    return tuple(strides)


def dense(array: NDArray[Any], dtype: str, device: str = "cpu", allowed: Allowed | None = None) -> Tensor:
    """Make a dense tensor of an array, over a storage of its own."""
    storage = np.array(array, order="C", copy=True).reshape(-1)
    return Tensor(storage, dtype, array.shape, dense_strides(array.shape), 0, device, allowed)


def dense_like(tensor: Tensor, array: NDArray[Any]) -> Tensor:
    """Make a dense tensor of an array with the dtype and device of another."""
    return dense(array, tensor.dtype, tensor.device)


def inferred(numel: int, sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Give the sizes with -1 worked out.

    Raises:
        RuntimeError: the number of elements differs, or -1 is there twice or can't be worked out.
    """
    shape = list(_sizes(sizes))
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if any(size < -1 for size in shape):
        raise RuntimeError("invalid shape dimension")
    if -1 in shape:
        known = math.prod(size for size in shape if size != -1)
        if known == 0 or numel % known:
            raise RuntimeError(f"shape {shape} is invalid for input of size {numel}")
        shape[shape.index(-1)] = numel // known
    if math.prod(shape) != numel:
        raise RuntimeError(f"shape {shape} is invalid for input of size {numel}")
    return tuple(shape)


def view_strides(old: tuple[int, ...], strides: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...] | None:
    """Give the strides of a view of another shape of as many elements, or None where no strides can show the same order.

    Source: PyTorch's reference of Tensor.view: each new dimension must be a part of an old one, or span old dimensions
    d, ..., d+k for each of which stride[i] = stride[i+1] * size[i+1]. Dimensions of size 1 span anything.
    """
    if 0 in old:
        return tuple(strides) if old == new else dense_strides(new)
    pieces = _contiguous_pieces(old, strides)
    result: list[int] = []
    remaining = list(reversed(new))
    for size, stride in reversed(pieces):
        left, step = size, stride
        while remaining and (left > 1 or remaining[0] == 1):
            wanted = remaining[0]
            if left % wanted:
                return None
            result.insert(0, step)
            remaining.pop(0)
            step *= wanted
            left //= wanted
    return tuple(result)


def _contiguous_pieces(shape: tuple[int, ...], strides: tuple[int, ...]) -> list[tuple[int, int]]:
    """Join dimensions that follow each other in memory: (number of elements, stride of the last)."""
    pieces: list[tuple[int, int]] = []
    for size, stride in zip(shape, strides, strict=True):
        if size == 1:
            continue
        if pieces and pieces[-1][1] == size * stride:
            pieces[-1] = (pieces[-1][0] * size, stride)
        else:
            pieces.append((size, stride))
    return pieces or [(1, 1)]
