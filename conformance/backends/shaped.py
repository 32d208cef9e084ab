"""What adapters of other libraries are made of: tables of names, and a tensor that hands everything on.

An adapter is tables: which of the library's functions stands behind which name of PyTorch's. The tensor here holds the
library's own array, hands operators, indexing and iteration on to it, and wraps what comes back. It repairs nothing: no
cast, copy, check or error that the library itself does not make. What an entry does beyond renaming and reordering is said
beside it, in `does`, and reports show it.
"""

from __future__ import annotations

import math
import operator
from abc import abstractmethod
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from conformance.backends import tables
from conformance.backends.names import NAMES, parameters
from conformance.backends.protocol import OnTheCpu, OwnWords, Spelling
from conformance.observation import Seen
from conformance.program import bits_of_array

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np

_BINARY = ("add", "sub", "mul", "truediv", "matmul")
_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "bool": bool, "int": int, "float": float, "complex": complex, "len": len, "index": operator.index,
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """What stands behind a name of PyTorch's.

    Attributes:
        call: of the library, on its own arrays; of a property, what gives it.
        does: what it does beyond renaming and reordering, with the reason; empty for nothing.
        plain: what it gives is no tensor, be it an array of the library's own type.
    """

    call: Callable[..., Any]
    does: str = ""
    plain: bool = False


class Size(tuple[int, ...]):
    """A shape, told apart from other tuples."""

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements."""
        return math.prod(self)


# What stands behind these names where arrays have NumPy's attributes.
ARRAY_METHODS: dict[str, Entry] = {
    "dim": Entry(lambda x: x.ndim), "numel": Entry(lambda x: x.size), "nelement": Entry(lambda x: x.size),
    "size": Entry(lambda x, dim=None: Size(x.shape) if dim is None else x.shape[dim], "calls the tuple a size"),
    "item": Entry(lambda x: x.item()), "tolist": Entry(lambda x: x.tolist()),
}  # fmt: skip
ARRAY_PROPERTIES: dict[str, Entry] = {
    "shape": Entry(lambda x: Size(x.shape), "calls the tuple a size"), "ndim": Entry(lambda x: x.ndim),
    "dtype": Entry(lambda x: x.dtype), "T": Entry(lambda x: x.T), "mT": Entry(lambda x: x.mT),
}  # fmt: skip


class Place(str):
    """The name of a device, told apart from other texts, with PyTorch's `type`."""

    __slots__ = ()

    @property
    def type(self) -> str:
        """What stands before the colon."""
        return self.partition(":")[0]


class Shaped:
    """A tensor that hands everything on to the library's array that it holds; each adapter has a class of its own."""

    arrays: tuple[type, ...] = ()
    # NumPy's own scalars and arrays leave an operator to the tensor, whose library then says what it does with them.
    __array_ufunc__ = None

    def __init__(self, held: Any) -> None:
        self.held = held

    @classmethod
    def wrap(cls, value: Any) -> Any:
        """Wrap a library's arrays, in lists and tuples too."""
        if isinstance(value, cls.arrays):
            return cls(value)
        return type(value)(map(cls.wrap, value)) if type(value) in (list, tuple) else value

    def __getitem__(self, key: Any) -> Any:
        return self.wrap(self.held[bare(key)])

    def __setitem__(self, key: Any, value: Any) -> None:
        self.held[bare(key)] = bare(value)

    def __iter__(self) -> Any:
        return map(self.wrap, iter(self.held))

    def __contains__(self, value: Any) -> bool:
        return bare(value) in self.held

    def __neg__(self) -> Any:
        return self.wrap(-self.held)

    def __eq__(self, other: object) -> Any:
        return self.wrap(self.held == bare(other))

    def __repr__(self) -> str:
        return str(self.held)

    def __format__(self, form: str) -> str:
        return format(self.held, form)

    __hash__ = object.__hash__


def bare(value: Any) -> Any:
    """Give a library's array for its tensor, in lists and tuples too, and a plain tuple for a shape."""
    if isinstance(value, Shaped):
        return value.held
    if isinstance(value, Size):
        return tuple(value)
    return type(value)(map(bare, value)) if type(value) in (list, tuple) else value


def sizes(given: tuple[Any, ...]) -> Any:
    """Give sizes that were given one by one, or as one tuple."""
    return given[0] if len(given) == 1 and not isinstance(given[0], int) else given


def _binary(name: str) -> dict[str, Callable[..., Any]]:
    plain, placed = getattr(operator, name), getattr(operator, f"i{name}")

    def change(self: Shaped, other: Any) -> Any:
        result = placed(self.held, bare(other))
        # Python binds the one name to what an operator in place gives; other names of the target keep the target.
        return self if result is self.held else self.wrap(result)

    return {
        f"__{name}__": lambda self, other: self.wrap(plain(self.held, bare(other))),
        f"__r{name}__": lambda self, other: self.wrap(plain(bare(other), self.held)),
        f"__i{name}__": change,
    }


def _conversion(convert: Callable[[Any], Any]) -> Callable[[Shaped], Any]:
    return lambda self: convert(self.held)


def _as_array(self: Shaped, dtype: Any = None, copy: Any = None) -> Any:
    import numpy as np

    # NumPy takes the library's array its own way, which may be its buffer.
    return np.array(self.held, dtype=dtype, copy=copy)


def _placed(places: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Put arguments that are named as PyTorch names them at their places, as far as no place stays empty before them."""
    given, named = [bare(one) for one in args], {name: bare(one) for name, one in kwargs.items()}
    for name in places[len(given) :]:
        if name not in named:
            break
        given.append(named.pop(name))
    return given, named


def _method(name: str, entry: Entry) -> Callable[..., Any]:
    places = parameters(NAMES.get(f".{name}", ""))

    def call(self: Shaped, *args: Any, **kwargs: Any) -> Any:
        given, named = _placed(places, args, kwargs)
        result = entry.call(self.held, *given, **named)
        # A result that is the tensor's own array is the tensor itself.
        return result if entry.plain else self if result is self.held else self.wrap(result)

    return call


def _setter(name: str) -> Callable[[Shaped, Any], None]:
    """Hand what a program assigns to an attribute on to the library's array, which takes or refuses it."""
    return lambda self, value: setattr(self.held, name, bare(value))


def tensor_class(
    arrays: tuple[type, ...], methods: Mapping[str, Entry], properties: Mapping[str, Entry]
) -> type[Shaped]:
    """Make an adapter's class of tensors, of its tables."""
    members: dict[str, Any] = {"arrays": arrays}
    for name in _BINARY:
        members |= _binary(name)
    members |= {f"__{name}__": _conversion(convert) for name, convert in _CONVERSIONS.items()}
    if arrays and hasattr(arrays[0], "__array__"):
        members["__array__"] = _as_array
    members |= {name: _method(name, entry) for name, entry in methods.items()}
    members |= {name: property(_method(name, entry), _setter(name)) for name, entry in properties.items()}
    return type("Tensor", (Shaped,), members)


def function(tensor: type[Shaped], name: str, entry: Entry) -> Callable[..., Any]:
    """Make a function of an adapter's namespace, which takes and gives tensors."""
    places = parameters(NAMES.get(f"torch.{name}", ""))

    def call(*args: Any, **kwargs: Any) -> Any:
        given, named = _placed(places, args, kwargs)
        result = entry.call(*given, **named)
        # A tensor that comes back as it was given is that tensor itself.
        same = [one for one in (*args, *kwargs.values()) if isinstance(one, Shaped) and one.held is result]
        return result if entry.plain else same[0] if same else tensor.wrap(result)

    return call


def unfilled(*tables: Mapping[str, Entry]) -> dict[str, str]:
    """Declare away, of an adapter that is being written, each name that stands in none of its tables: functions, methods, properties."""
    functions, *others = tables
    mapped = {*(f"torch.{name}" for name in functions), *(f".{name}" for table in others for name in table)}
    return {name: f"not filled in yet: {name}" for name in NAMES if name not in mapped}


class Adapter(OnTheCpu):
    """A backend that is made of tables.

    Attributes:
        arrays: the library's own types of arrays.
        functions: by PyTorch's name, without `torch.`.
        methods: by PyTorch's name.
        properties: by PyTorch's name; what they give is read off the library's array.
        constants: what else stands in the namespace: dtypes by PyTorch's name.
        spelled_dtype: how a program of the library's own names a dtype, with `{dtype}` for the name; empty where none is
            written, and reproducers use the adapter.
        spelled_tensor: how it makes a tensor, with `{values}` and `{dtype}`, which is spelled.
        spelled_dtypes: those dtypes that are not named so, by their names here.
        spelled_kind: the type of a tensor.
        spelled_setup: the lines that set the library as this adapter does.
    """

    arrays: tuple[type, ...] = ()
    functions: Mapping[str, Entry] = {}
    methods: Mapping[str, Entry] = {}
    properties: Mapping[str, Entry] = {}
    constants: Mapping[str, Any] = {}
    spelled_dtype: str = ""
    spelled_tensor: str = ""
    spelled_dtypes: Mapping[str, str] = {}
    spelled_kind: str = ""
    spelled_setup: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.tensor = tensor_class(self.arrays, self.methods, self.properties)
        made = {name: function(self.tensor, name, entry) for name, entry in self.functions.items()}
        self._namespace = SimpleNamespace(**self.constants, **made)

    @property
    def namespace(self) -> Any:
        """The functions and dtypes."""
        return self._namespace

    @abstractmethod
    def bring(self, held: Any) -> np.ndarray[Any, Any]:
        """Give a NumPy array of a library's array, with its bits."""

    @abstractmethod
    def dtype_name(self, dtype: Any) -> str | None:
        """Give the name of a dtype of the library's; None for all else."""

    def device_of(self, held: Any) -> str:  # noqa: ARG002 - most have one
        """Name the device on which an array lies."""
        return "cpu"

    def see_own(self, value: Any) -> Seen | None:
        """Read a tensor, a dtype, a shape, a device or the class of tensors, which stands for PyTorch's."""
        if isinstance(value, self.tensor):
            return self._seen(value.held)
        if value is self.tensor:
            return Seen("type", value="torch.Tensor")
        if isinstance(value, Size):
            return Seen("size", shape=tuple(value))
        if isinstance(value, Place):
            return Seen("device", device=str(value))
        name = self.dtype_name(value)
        return None if name is None else Seen("dtype", dtype=name)

    def _property(self, held: Any, name: str) -> Any:
        """Read a property as the adapter's table says, or else off the library's array."""
        entry = self.properties.get(name)
        return getattr(held, name) if entry is None else entry.call(held)

    def _seen(self, held: Any) -> Seen:
        shape = tuple(int(one) for one in self._property(held, "shape"))
        dtype = self._property(held, "dtype")
        dtype = self.dtype_name(dtype) or str(dtype)
        where = self.device_of(held)
        try:
            array = self.bring(held)
        except Exception as error:  # noqa: BLE001 - a tensor that can't be read is an observation too
            why = f"{type(error).__name__}: {error}"
            return Seen("tensor", shape, dtype, device=where, requires_grad=False, unreadable=why)
        strides = tuple(stride // max(array.itemsize, 1) for stride in array.strides)
        return Seen("tensor", shape, dtype, bits_of_array(array), strides, 0, where, requires_grad=False)

    def is_leaf(self, tensor: Any) -> bool:  # noqa: ARG002 - nothing is recorded
        """No tensor collects a gradient."""
        return False

    def spelling(self) -> Spelling:
        """Tell how a program of its own gets the namespace."""
        kind = type(self)
        return Spelling(
            (f"from {kind.__module__} import {kind.__qualname__}", f"torch = {kind.__qualname__}().namespace"),
            own=self._own_words() if self.spelled_dtype else None,
        )

    def _own_words(self) -> OwnWords:
        """Give what a program is written with that needs the library alone."""
        written = tables.of(type(self))
        named = {name: self.dtype_name(value) for name, value in self.constants.items()}
        spelled = {
            name: self.spelled_dtypes.get(dtype, self.spelled_dtype.format(dtype=dtype))
            for name, dtype in named.items()
            if dtype
        }
        return OwnWords(
            written.entries, written.definitions, spelled, self.spelled_tensor, self.spelled_kind, self.spelled_setup
        )

    def notes(self) -> dict[str, str]:
        """Give what entries do beyond renaming and reordering, by name."""
        tables = (("torch.", self.functions), (".", {**self.methods, **self.properties}))
        return {f"{sign}{name}": entry.does for sign, table in tables for name, entry in table.items() if entry.does}
