"""What the suite asks of a backend: a torch-shaped namespace, how inputs are built there, how results are read.

A backend is a subclass of `Backend` in one file. `conformance run --backend module:attribute` takes an instance, the
class itself, a function without arguments that gives one, or a torch-shaped namespace whose tensors are PyTorch's own.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.observation import Seen, legible
from conformance.program import encode_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import numpy as np

    from conformance.dtypes import Kind


# How libraries say that memory ran out: PyTorch on accelerators and on the CPU, XLA's runtimes.
OUT_OF_MEMORY = ("outofmemory", "out of memory", "can't allocate memory", "resource_exhausted")


class UnknownDeviceError(Exception):
    """A device that the backend does not know by name: the message says which it knows."""


class Device(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A device of a backend, as it was found on this machine.

    Attributes:
        name: as the user asked for it (`cuda`, `cuda:1`).
        type: `cpu`, `cuda`, ...
        text: the name that tensors there carry (`cuda:0`).
        here: whether it can be used.
        reason: why it can't.
        lacks: what it lacks by its own documentation, each with the sentence that says so.
        note: what every report of a run on it must say.
        setup: the lines that a program of its own needs before it can name the device.
        kernels: the type of device that computes there in its place; then that one's known faults are waived there too.
        hardware: what the hardware calls itself (`Tesla T4`), where it says so.
        peer: the name of another device of its kind; empty where there is none.
        precision: the settings there on which the bounds of products depend: `float32 products` (`highest`, `high` or
            `medium`, as PyTorch names them), `float16 sums` and `bfloat16 sums` (a dtype).
        budget: so many programs of a clause are run at most, where each costs much; 0 sets no limit.
        together: whether the backend's `fetch` brings tensors from there, so that a program's results cost one transfer.
    """

    name: str
    type: str
    text: str
    here: bool = True
    reason: str = ""
    lacks: dict[str, str] = {}
    note: str = ""
    setup: tuple[str, ...] = ()
    kernels: str = ""
    hardware: str = ""
    peer: str = ""
    precision: dict[str, str] = {}
    budget: int = 0
    together: bool = False


class OwnWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a program is written that needs a library alone, and no adapter.

    Attributes:
        entries: by PyTorch's name (`torch.cat`, `.mean`), the expression that is called in its place.
        definitions: by the name that they define, the statements on which entries rest, imports among them.
        dtypes: by PyTorch's name, the expression of the library's.
        tensor: how a tensor is made; `{values}` and `{dtype}`, which is one of those expressions, are put in.
        kind: the expression of the type of a tensor.
        setup: lines that set the library as its adapter does.
    """

    entries: dict[str, str]
    definitions: dict[str, str]
    dtypes: dict[str, str]
    tensor: str
    kind: str
    setup: tuple[str, ...] = ()


class Spelling(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How a program of its own uses the library: what a reproducer is written with.

    Attributes:
        imports: the lines that make `torch` the library's namespace.
        tensor: how a tensor is made; `{values}`, `{dtype}` and `{device}` (empty, or `, device=...`) are put in.
        state: expressions that read the library's global state, by the names in `Backend.state`.
        prepare: a line between a program and its call, with `{name}` for the program's: a compiler's.
        own: how the same is said in the library's own words, where an adapter stands between.
        leaf: what follows a tensor that collects a gradient; nothing, where each tensor does.
    """

    imports: tuple[str, ...]
    tensor: str = "torch.tensor({values}, dtype=torch.{dtype}{device})"
    state: dict[str, str] = {}
    prepare: str = ""
    own: OwnWords | None = None
    leaf: str = ".requires_grad_()"

    @classmethod
    def tensor_by_default(cls) -> str:
        """Give the form of a torch-shaped library."""
        return cls(()).tensor


class Backend(ABC):
    """Who is being tested.

    Attributes:
        name: what reports call it.
        version: of the library.
        rules: the PyTorch version whose rules it follows.
        default_dtypes: the dtype it gives each kind of Python numbers where none is asked for; for a kind that is not
            named, any dtype of the kind is right.
        lacks: what it has not, by the words of `conformance.backends.declaration`, each with the sentence that says why.
            A case that needs it is `unsupported`.
        errors: names of exceptions of its own, or that it raises where PyTorch raises another: each with the name of
            PyTorch's that it stands for (`{"ValueError": "RuntimeError"}`).
        budget: so many cases of a clause are run at most, where each costs much; 0 sets no limit.
        rests_on: the backend whose known faults are waived here too, since its code runs.
    """

    name: str = "unnamed"
    version: str = "unknown"
    rules: str = "2.13.0"
    default_dtypes: Mapping[Kind, str] = {}
    lacks: Mapping[str, str] = {}
    errors: Mapping[str, str] = {}
    budget: int = 0
    rests_on: str = ""
    _stand_ins: Mapping[int, tuple[Any, Any]] = {}

    @property
    @abstractmethod
    def namespace(self) -> Any:
        """What a program gets as `torch`."""

    @abstractmethod
    def device(self, name: str) -> Device:
        """Look a device up by name, and say whether it can be used now; after a failure there it is asked again.

        Raises:
            UnknownDeviceError: there is no such kind of device.
        """

    @abstractmethod
    def devices(self) -> list[Device]:
        """Give the CPU and each accelerator that is here."""

    @abstractmethod
    def no_accelerator(self) -> str:
        """Say in one sentence why there is no accelerator."""

    @abstractmethod
    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Make a dense tensor with storage of its own from an array of the same shape and dtype."""

    @abstractmethod
    def see_own(self, value: Any) -> Seen | None:
        """Read one of the library's own things (tensor, size, dtype, device), in one transfer; None for all else."""

    def fetch(self, values: Iterable[Any]) -> list[tuple[Any, Any]]:  # noqa: ARG002 - by default each is read by itself
        """Bring the tensors among values that lie on a device with `together` to the host in one transfer.

        Returns:
            Each of them, with what `see_own` may read its elements from.
        """
        return []

    @contextlib.contextmanager
    def standing_in(self, pairs: Iterable[tuple[Any, Any]]) -> Iterator[None]:
        """Have the elements of tensors read from others for a while, which lie on the host; all else is the tensor's own."""
        before, self._stand_ins = self._stand_ins, {id(one): (one, other) for one, other in pairs}
        try:
            yield
        finally:
            self._stand_ins = before

    def stand_in(self, value: Any) -> Any:
        """Give what a value's elements are read from in its place; None where it is read itself."""
        pair = self._stand_ins.get(id(value))
        return None if pair is None else pair[1]

    def dtype(self, name: str) -> Any:
        """Give the library's dtype of a name."""
        return getattr(self.namespace, name)

    def device_argument(self, device: Device) -> Any:
        """Give what a program gets as `device`."""
        return device.text

    def require_grad(self, tensor: Any) -> Any:
        """Make a leaf of a tensor."""
        return tensor.requires_grad_()

    def grad(self, tensor: Any) -> Any:
        """Give the gradient that was accumulated in a leaf, or None."""
        return getattr(tensor, "grad", None)

    def is_leaf(self, tensor: Any) -> bool:
        """Say whether a tensor is a leaf that collects a gradient."""
        return bool(tensor.requires_grad and tensor.is_leaf)

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give what is called in the place of a program: a compiler compiles it whole."""
        return function

    def wrapped(self, error: BaseException) -> tuple[BaseException, ...]:  # noqa: ARG002 - most wrap none
        """Give the program's own exceptions that one of the library's wraps."""
        return ()

    def force(self, value: Any) -> None:  # noqa: B027 - an eager library has nothing to do
        """Compute what a lazy library has put off; errors belong to the program."""

    def is_out_of_memory(self, error: BaseException) -> bool:
        """Say whether an exception tells that a device's memory ran out; whether it did, the runner sees for itself."""
        words = f"{' '.join(kind.__name__ for kind in type(error).__mro__)} {error}".lower()
        return isinstance(error, MemoryError) or any(one in words for one in OUT_OF_MEMORY)

    def prepare(self, seed: int) -> None:  # noqa: B027 - a library may have neither generators nor warnings
        """Before a program: start the random numbers anew, and give every warning each time, not once a process."""

    def finish(self) -> None:  # noqa: B027 - most libraries have nothing to end
        """After a program, when its results have been read."""

    def state(self) -> dict[str, Any]:
        """Give the library's global state by name, as comparable values."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:  # noqa: B027 - or no global state
        """Put global state back that differs from `state`."""

    def spelling(self) -> Spelling | None:
        """Tell how a program of its own uses the library; None writes no reproducers."""
        if not isinstance(self.namespace, ModuleType):
            return None
        name = self.namespace.__name__
        return Spelling((f"import {name} as torch" if name != "torch" else "import torch",))

    def notes(self) -> dict[str, str]:
        """Give what an adapter does beyond renaming and reordering, by PyTorch's name."""
        return {}

    def environment(self) -> dict[str, str]:
        """Give versions, build flags and settings that could be to blame for a difference."""
        return {}

    def see(self, value: Any, *, text: bool = False) -> Seen:
        """Read one returned thing.

        Args:
            value: anything.
            text: whether its printed form is wanted, which is taken last.
        """
        seen = see_plain(value) if type(value) in _NEVER_OWN else self._see_value(value, text=text)
        if text and seen.items is None:
            seen = msgspec.structs.replace(seen, text=legible(str(value)))
        return seen

    def _see_value(self, value: Any, *, text: bool) -> Seen:
        own = self.see_own(value)
        if own is not None:
            return own
        if type(value) in (tuple, list):
            kind = "tuple" if type(value) is tuple else "list"
            return Seen(kind, items=tuple(self.see(item, text=text) for item in value))  # type: ignore[arg-type]
        return see_plain(value)


class OnTheCpu(Backend):
    """A backend of which the library has the CPU alone."""

    def device(self, name: str) -> Device:
        """Give the CPU.

        Raises:
            UnknownDeviceError: another one was named.
        """
        if name != "cpu":
            raise UnknownDeviceError(f"unknown device {name!r}: the backend {self.name} has the CPU")
        return Device("cpu", "cpu", "cpu")

    def devices(self) -> list[Device]:
        """Give the CPU."""
        return [self.device("cpu")]

    def no_accelerator(self) -> str:
        """Say that it has none."""
        return f"the backend {self.name} has no accelerator"


# What no library has a form of its own for.
_NEVER_OWN = frozenset((bool, int, float, complex, type(None)))


def see_plain(value: Any) -> Seen:
    """Read a Python value, a NumPy array or a type; whatever else it is, its type's name."""
    import numpy as np

    if value is None:
        return Seen("none")
    if type(value) is str:
        return Seen("str", value=legible(value))
    if type(value) in (bool, int, float, complex):
        return Seen(type(value).__name__, value=encode_plain(value))  # type: ignore[arg-type]
    if isinstance(value, np.ndarray):
        return see_array(value)
    if isinstance(value, type):
        return Seen("type", value=qualified_name(value))
    return Seen("other", value=qualified_name(type(value)))


def see_array(array: np.ndarray[Any, Any]) -> Seen:
    """Read a NumPy array; the strides are in elements."""
    from conformance.program import bits_of_array

    if array.dtype.hasobject:
        return Seen("array", shape=array.shape, dtype=str(array.dtype), unreadable="an array of Python objects")
    strides = tuple(stride // max(array.itemsize, 1) for stride in array.strides)
    return Seen("array", array.shape, _name_of(array.dtype), bits_of_array(array), strides)


@cache
def _name_of(dtype: np.dtype[Any]) -> str:
    return dtype.name


def qualified_name(kind: type) -> str:
    """Give a type's module and name, as its printed form does; builtins without a module."""
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
