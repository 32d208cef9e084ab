"""How tensors are made: of Python's numbers and lists, of NumPy's scalars and arrays, of sizes alone, at random.

Sources: PyTorch's reference of torch.tensor, as_tensor, zeros, ones, full, arange, empty, rand, set_default_dtype and
torch.Tensor (the legacy constructors). Where no dtype is asked for, a bool is bool, an int int64, a float the default
float dtype, a complex number the complex dtype of it; what carries a dtype (an array, a NumPy scalar, a tensor) keeps
it, and the items of a list are promoted together.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.reference import casts, numpy_bridge, tracing
from conformance.reference.promotion import default_complex, defaults, promote_types
from conformance.reference.sizes import Size, sizes_of
from conformance.reference.tensor import Allowed, Tensor, dense

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

# The legacy constructors; `Tensor` itself is that of the default float dtype.
LEGACY = {
    "FloatTensor": "float32", "DoubleTensor": "float64", "HalfTensor": "float16", "BFloat16Tensor": "bfloat16",
    "ByteTensor": "uint8", "CharTensor": "int8", "ShortTensor": "int16", "IntTensor": "int32", "LongTensor": "int64",
    "BoolTensor": "bool",
}  # fmt: skip
# The further names that PyTorch's reference lists in its table of dtypes.
SHORT_NAMES = {
    "half": "float16", "float": "float32", "double": "float64", "cfloat": "complex64", "cdouble": "complex128",
    "short": "int16", "int": "int32", "long": "int64",
}  # fmt: skip
# The bits of precision of each float dtype: a random number below 1 is a multiple of two to the minus that.
_PRECISION = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}


def inferred_dtype(data: Any) -> str:
    """Give the dtype of a tensor made of `data`.

    Raises:
        TypeError: no tensor can be made of it.
        ValueError: an array's bytes are in the other order.
    """
    if isinstance(data, Tensor):
        return data.dtype
    if isinstance(data, (np.ndarray, np.generic)):
        return numpy_bridge.dtype_of(data)
    if isinstance(data, bool):
        return "bool"
    if isinstance(data, int):
        return "int64"
    if isinstance(data, float):
        return defaults.float_dtype
    if isinstance(data, complex):
        return default_complex()
    if not isinstance(data, (list, tuple)):
        raise TypeError(f"invalid data type {type(data).__name__!r}")
    found = [inferred_dtype(item) for item in data]
    if not found:
        return defaults.float_dtype
    result = found[0]
    for dtype in found[1:]:
        result = promote_types(result, dtype)
    return result


def _listed(data: Any) -> Any:
    """Give data as nested lists of numbers."""
    if isinstance(data, Tensor):
        return _listed(data.array())
    if isinstance(data, (np.ndarray, np.generic)):
        return (data.astype(np.float64) if data.dtype.name == "bfloat16" else data).tolist()
    return [_listed(item) for item in data] if isinstance(data, (list, tuple)) else data


def _shape(data: Any) -> tuple[int, ...]:
    """Give the sizes of nested lists.

    Raises:
        ValueError: lists side by side differ in length or depth.
    """
    if not isinstance(data, list):
        return ()
    inner = {_shape(item) for item in data}
    if len(inner) > 1:
        raise ValueError("expected sequences of one length at each depth")
    return (len(data), *(inner.pop() if inner else ()))


def _leaves(data: Any) -> list[Any]:
    return [leaf for item in data for leaf in _leaves(item)] if isinstance(data, list) else [data]


def of_data(data: Any, dtype: str | None, device: str) -> Tensor:
    """Make a tensor with a storage of its own of numbers, lists, arrays and tensors.

    Raises:
        TypeError: no tensor can be made of it.
        ValueError: lists are ragged, or an int is beyond int64.
        RuntimeError: an int is beyond the dtype that is asked for.
    """
    wanted = dtype or inferred_dtype(data)
    if isinstance(data, np.ndarray):
        numpy_bridge.checked(data)
    lists = _listed(data)
    shape = _shape(lists)
    forms = [form.reshape(shape) for form in _forms(_leaves(lists), wanted)]
    also = [form for form in forms[1:] if form.tobytes() != forms[0].tobytes()]
    return dense(forms[0], wanted, device, Allowed(also=also) if also else None)


def _forms(leaves: list[Any], dtype: str) -> list[NDArray[Any]]:
    """Give the arrays that numbers may become, one where there is no freedom."""
    kind = kind_of(dtype)
    if kind == "bool":
        return [np.array([bool(leaf) for leaf in leaves], dtype=np.bool_)]
    if kind == "integer":
        return [_integers(leaves, dtype)]
    if kind == "complex":
        with np.errstate(over="ignore"):
            return [np.array([complex(leaf) for leaf in leaves], dtype=np.complex128).astype(dtype)]
    if any(isinstance(leaf, complex) for leaf in leaves):
        raise TypeError("must be real number, not complex")
    forms = casts.candidates(np.array([float(leaf) for leaf in leaves], dtype=np.float64), "float64", dtype)
    if leaves and all(isinstance(leaf, int) for leaf in leaves):
        # A float64 between is a second rounding that no rule asks for, nor forbids.
        forms += casts.candidates(_integers(leaves, "int64"), "int64", dtype)
    return forms


def _integers(leaves: list[Any], dtype: str) -> NDArray[Any]:
    limits = np.iinfo(dtype)
    whole = [int(leaf) for leaf in leaves]
    if any(not limits.min <= one <= limits.max for one in whole):
        raise (ValueError if dtype == "int64" else RuntimeError)(f"an int is beyond {dtype}")
    return np.array(whole, dtype=dtype)


def uninitialised(shape: tuple[int, ...], dtype: str, device: str) -> Tensor:
    """Make a tensor whose elements may be anything."""
    array = np.zeros(shape, dtype=numpy_dtype(dtype))
    return dense(array, dtype, device, Allowed(free=np.ones(shape, dtype=np.bool_)))


def legacy(name: str) -> Callable[..., Tensor]:
    """Give a legacy constructor: of a list, of sizes, or of nothing."""

    def construct(*arguments: Any) -> Tensor:
        dtype = LEGACY.get(name, defaults.float_dtype)
        if not arguments:
            return uninitialised((0,), dtype, "cpu")
        if isinstance(arguments[0], (list, tuple)) and not isinstance(arguments[0], Size):
            return of_data(arguments[0], dtype, "cpu")
        return uninitialised(sizes_of(arguments), dtype, "cpu")

    return construct


def ranged(start: Any, end: Any, step: Any, dtype: str | None, device: str) -> Tensor:
    """Make the vector of start, start + step, ... below end (above it, where step is negative).

    Raises:
        RuntimeError: step is 0, or leads away from end.
    """
    first, last, by = (Fraction(one) for one in (start, end, step))
    if not by:
        raise RuntimeError("step must be nonzero")
    if (last - first) / by < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    floats = any(isinstance(one, float) for one in (start, end, step))
    if not floats:
        return of_data(list(range(start, end, step)), dtype or "int64", device)
    values = [float(first + place * by) for place in range(math.ceil((last - first) / by))]
    return of_data(values, dtype or defaults.float_dtype, device)


class Stream:
    """A stream of random numbers of its own."""

    def __init__(self, device: str = "cpu") -> None:
        self.device = device
        self.manual_seed(0)

    def manual_seed(self, seed: int) -> Stream:
        """Start anew from a seed."""
        self._numbers = np.random.default_rng(seed % 2**64)
        return self

    def fill(self, shape: Sequence[int], dtype: str, device: str) -> Tensor:
        """Make a tensor of numbers from 0 up to, not including, 1; which ones is free."""
        unit = 2.0 ** _PRECISION[dtype]
        values = np.floor(self._numbers.random(tuple(shape)) * unit) / unit
        free = np.ones(tuple(shape), dtype=np.bool_)
        return dense(np.asarray(values).astype(numpy_dtype(dtype)), dtype, device, Allowed(free=free))


def _asked(sizes: tuple[Any, ...], size: Any) -> tuple[int, ...]:
    """Give the sizes that are asked for one by one, together, or by name, as in torch.zeros(size=...)."""
    return sizes_of(sizes if size is None else (size,))


def _perhaps_a_leaf(make: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function that makes tensors take `requires_grad`."""

    @functools.wraps(make)
    def call(self: Creation, *arguments: Any, requires_grad: bool = False, **named: Any) -> Any:
        made = make(self, *arguments, **named)
        return made.requires_grad_() if requires_grad else made

    return call


class Creation:
    """The functions that make tensors."""

    Generator = Stream
    Size = Size

    def __init__(self) -> None:
        self._generator = Stream()

    def own(self, tensor: Tensor) -> Any:
        """Give a tensor the methods of the library."""
        raise NotImplementedError

    @_perhaps_a_leaf
    def tensor(self, data: Any, *, dtype: str | None = None, device: str = "cpu") -> Any:
        """Make a tensor with a storage of its own."""
        if isinstance(data, (np.ndarray, Tensor)):
            made = self.own(self._kept(data, device))
            return made.to(dtype or made.dtype)
        return self.own(of_data(data, dtype, device))

    @staticmethod
    def _kept(data: NDArray[Any] | Tensor, device: str) -> Tensor:
        """Copy what has a dtype, with its bits."""
        if isinstance(data, Tensor):
            return dense(data.array(), data.dtype, device)
        return dense(data, numpy_bridge.checked(data), device)

    def as_tensor(self, data: Any, *, dtype: str | None = None, device: str | None = None) -> Any:
        """Make a tensor without copying where it can be: of the same dtype, on the same device."""
        if isinstance(data, Tensor):
            moved = data if device in (None, str(data.device)) else self.own(data).to(device)
            return self.own(moved).to(dtype) if dtype not in (None, data.dtype) else moved
        if isinstance(data, np.ndarray) and dtype in (None, data.dtype.name):
            shared = self.from_numpy(data)
            return shared if device in (None, str(shared.device)) else shared.to(device)
        return self.tensor(data, dtype=dtype, device=device or "cpu")

    def from_numpy(self, array: Any) -> Any:
        """Make a tensor over an array's memory."""
        shared = self.own(numpy_bridge.shared(array))
        tracing.array(shared.storage)
        return shared

    @_perhaps_a_leaf
    def full(self, size: Any, fill_value: Any, *, dtype: str | None = None, device: str = "cpu") -> Any:
        """Make a tensor of one number; the dtype is the number's."""
        shape = sizes_of((size,))
        one = of_data(fill_value, dtype, device)
        also = one.allowed.also if one.allowed is not None else []
        first, *others = (np.broadcast_to(form, shape) for form in (one.array(), *also))
        allowed = Allowed(also=[np.array(other) for other in others]) if others else None
        return self.own(dense(np.array(first), one.dtype, device, allowed))

    @_perhaps_a_leaf
    def zeros(self, *sizes: Any, size: Any = None, dtype: str | None = None, device: str = "cpu") -> Any:
        """Make a tensor of zeros, of the default float dtype."""
        return self.full(_asked(sizes, size), 0, dtype=dtype or defaults.float_dtype, device=device)

    @_perhaps_a_leaf
    def ones(self, *sizes: Any, size: Any = None, dtype: str | None = None, device: str = "cpu") -> Any:
        """Make a tensor of ones, of the default float dtype."""
        return self.full(_asked(sizes, size), 1, dtype=dtype or defaults.float_dtype, device=device)

    @_perhaps_a_leaf
    def empty(self, *sizes: Any, size: Any = None, dtype: str | None = None, device: str = "cpu") -> Any:
        """Make a tensor whose elements may be anything."""
        return self.own(uninitialised(_asked(sizes, size), dtype or defaults.float_dtype, device))

    @_perhaps_a_leaf
    def arange(self, *bounds: Any, dtype: str | None = None, device: str = "cpu", **named: Any) -> Any:
        """Make a vector of numbers a step apart; each bound may be named, as in torch.arange(start=0, end, step=1)."""
        positions = ("end",) if len(bounds) == 1 and "end" not in named else ("start", "end", "step")
        given = {"start": 0, "step": 1, **dict(zip(positions, bounds, strict=False)), **named}
        start, end, step = given["start"], given["end"], given["step"]
        return self.own(ranged(start, end, step, dtype, device))

    @_perhaps_a_leaf
    def rand(self, *size: Any, generator: Any = None, dtype: str | None = None, device: str = "cpu") -> Any:
        """Make a tensor of random numbers from 0 up to 1."""
        source = generator or self._generator
        return self.own(source.fill(sizes_of(size), dtype or defaults.float_dtype, device))

    def manual_seed(self, seed: int) -> Stream:
        """Start the random numbers anew from a seed."""
        return self._generator.manual_seed(seed)

    def get_default_dtype(self) -> str:
        """Give the dtype of Python floats."""
        return defaults.float_dtype

    def set_default_dtype(self, dtype: str) -> None:
        """Set the dtype of Python floats.

        Raises:
            TypeError: it is no float dtype.
        """
        if kind_of(dtype) != "float":
            raise TypeError("only floating-point types are supported as the default type")
        defaults.float_dtype = dtype

    def __getattr__(self, name: str) -> Any:
        """Give a dtype by its name, or a legacy constructor."""
        if (dtype := SHORT_NAMES.get(name, name)) in DTYPES:
            return dtype
        if name in LEGACY or name == "Tensor":
            return lambda *arguments: self.own(legacy(name)(*arguments))
        raise AttributeError(f"the reference has no {name!r}")
