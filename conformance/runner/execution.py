"""Runs one program on one backend and observes it."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TextIO

import msgspec

from conformance.backends import forking
from conformance.observation import ArgumentSeen, Observation, Raised, Seen, Warned, differs, legible
from conformance.program import ArrayInput, Inputs, NumpyScalarInput, Program, TensorInput, decode_plain
from conformance.runner import interrupts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.backends.protocol import Backend, Device


# How tensors are read. `each`: its inputs before the program, and all after it, each by itself. `unread`: what its inputs
# were is known from the host. `together`: known too, and all after it is read in one transfer.
Reading = Literal["each", "unread", "together"]


class OwnTraceError(Exception):
    """The suite's own code left global state changed: the suite is broken, not the backend."""


class AdapterError(Exception):
    """A backend's own method raised, outside the program: that is the backend's failure, not the suite's."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(type(error)))
        self.error = error


class _State:
    """The backend's global state, read and put back."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def get(self) -> dict[str, Any]:
        state: dict[str, Any] = _adapted(self._backend.state)
        return state

    def put(self, state: dict[str, Any]) -> None:
        _adapted(lambda: self._backend.restore(state))

    def put_quietly(self, state: dict[str, Any]) -> None:
        """Put it back where what went wrong is told already."""
        with contextlib.suppress(AdapterError):
            self.put(state)


@contextlib.contextmanager
def state_kept(backend: Backend, seed: int) -> Iterator[dict[str, Any] | None]:
    """Give the backend's global state as it is prepared, for `execute(..., home=...)`, and put the one before back at the end.

    It is None where it can't be read; each program tells so by itself.

    Raises:
        OwnTraceError: reading results left something changed.
    """
    state = _State(backend)
    try:
        before = state.get()
        _adapted(lambda: backend.prepare(seed))
        home = state.get()
    except AdapterError:
        yield None
        return
    try:
        yield home
        with contextlib.suppress(AdapterError):
            _adapted(lambda: backend.prepare(seed))
            if own := _traces(home, state.get(), ()):
                raise OwnTraceError(f"reading the results {own[0]}")
    finally:
        state.put_quietly(before)


@dataclass
class Built:
    """Inputs as a backend holds them: bases and arguments by name, and what they were before the run."""

    bases: dict[str, Any] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)
    bases_before: dict[str, Seen] = field(default_factory=dict)
    arguments_before: dict[str, Seen] = field(default_factory=dict)


@dataclass
class Record:
    """What a program said and raised, beside what it returned."""

    stdout: str = ""
    warnings: list[Warned] = field(default_factory=list)
    raised: BaseException | None = None


def execute(
    backend: Backend,
    program: Program,
    inputs: Inputs,
    device: Device,
    *,
    other: Device | None = None,
    text: bool = False,
    sets: tuple[str, ...] = (),
    seed: int = 0,
    echo: bool = False,
    watch: Callable[[Built], None] | None = None,
    home: dict[str, Any] | None = None,
    reading: Reading = "each",
) -> tuple[Observation, BaseException | None]:
    """Build the inputs, run the program, read what it returned and what became of its arguments.

    Args:
        backend: who is tested.
        program: what runs.
        inputs: what it is given, made anew.
        device: where it runs.
        other: what a program that takes `other_device` gets for it; the device itself, if there is no other.
        text: whether printed forms are wanted.
        sets: names of global state that the program may change.
        seed: for the backend's random numbers.
        echo: whether what the program prints is shown too.
        watch: is shown the inputs when they are built.
        home: global state as it is prepared with this seed, which is then left so: whoever runs many programs puts the one
            before back once.
        reading: how tensors are read, see `Reading`. Whoever asks for anything but `each` believes a right observation only.

    Returns:
        The observation, and the exception itself where one was raised (for a debugger).

    Raises:
        OwnTraceError: reading left global state changed; what the library itself leaves, in making inputs or in printing, is
            observed.
        KeyboardInterrupt: the user interrupted; one that the backend raises is observed instead.
    """
    other = other or device
    state = _State(backend)
    try:
        before = state.get() if home is None else home
        _adapted(lambda: backend.prepare(seed))
        built = _adapted(lambda: build(backend, inputs, device, other, known=reading != "each"))
        if watch is not None:
            watch(built)
        start = state.get()
        made = () if home is None else _traces(home, start, (), " when its inputs were made")
        if home is not None and made:
            state.put(home)
            start = home
    except AdapterError as failed:
        return Observation(raised=describe_exception(failed.error), where="inputs"), failed.error
    record = Record()
    end: dict[str, Any] = {}
    try:
        result = _run(backend, program, built, device, other, record, echo=echo)
        left = state.get()
        traces = (*made, *_traces(start, left, sets))
        if left != start:
            state.put(start)
        observation, error = _read(backend, built, result, record, traces, text=text, together=reading == "together")
        # Printing is the library's own, so it is looked after each time.
        end = state.get() if text or home is None else start
    except AdapterError as failed:
        return Observation(raised=describe_exception(failed.error), where="observer"), failed.error
    finally:
        if end != before:
            state.put_quietly(before)
        with contextlib.suppress(AdapterError):
            _adapted(backend.finish)
    if text:
        printed = _traces(start, end, (), " when it was printed")
        return msgspec.structs.replace(observation, state=(*observation.state, *printed)), error
    if own := _traces(start, end, ()):
        raise OwnTraceError(f"reading the results {own[0]}")
    return observation, error


def build(backend: Backend, inputs: Inputs, device: Device, other: Device, *, known: bool = False) -> Built:
    """Build bases and arguments on the backend, and look at them; what it raises passes through.

    Where they are known, their elements are those of the same inputs on the host, and nothing is transferred back.
    """
    built = _made(backend, inputs, device, other)
    pairs = _on_the_host(backend, inputs, built) if known else ()
    with backend.standing_in(pairs):
        # A base that is an argument itself is looked at as that.
        apart = {name: value for name, value in built.bases.items() if value is not built.arguments.get(name)}
        built.bases_before = {name: backend.see(value) for name, value in apart.items()}
        built.arguments_before = {name: backend.see(value) for name, value in built.arguments.items()}
    return built


def _on_the_host(backend: Backend, inputs: Inputs, built: Built) -> list[tuple[Any, Any]]:
    """Give each base and argument with the one that the same steps make on the host."""
    host = backend.device("cpu")
    twin = _made(backend, inputs, host, host)
    return [
        *((value, twin.bases[name]) for name, value in built.bases.items()),
        *((value, twin.arguments[name]) for name, value in built.arguments.items()),
    ]


def _made(backend: Backend, inputs: Inputs, device: Device, other: Device) -> Built:
    built = Built()
    for name, base in inputs.bases.items():
        where = device if base.device == "device" else other
        built.bases[name] = backend.make_tensor(base.array(), base.dtype, where)
    for name, argument in inputs.arguments.items():
        built.arguments[name] = _argument(backend, argument, built.bases)
    return built


def _argument(backend: Backend, argument: Any, bases: dict[str, Any]) -> Any:
    match argument:
        case TensorInput():
            tensor = bases[argument.base]
            for step in argument.view:
                args = [decode_plain(part, backend.dtype) for part in step.args]
                tensor = tensor[args[0]] if step.op == "index" else getattr(tensor, step.op)(*args)
            return backend.require_grad(tensor) if argument.requires_grad else tensor
        case ArrayInput():
            return argument.array()
        case NumpyScalarInput():
            return argument.scalar()
        case _:
            return decode_plain(argument.value, backend.dtype)


def _guarded(step: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """Run a step that calls the backend; whatever it raises is an observation, SystemExit included."""
    process = os.getpid()
    try:
        return step(), None
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and interrupts.received():
            raise
        return None, error
    finally:
        forking.end_child_of(process)


def _adapted(step: Callable[[], Any]) -> Any:
    """Run a step of the backend's own adapter.

    Raises:
        AdapterError: it raised, whatever it was.
    """
    result, error = _guarded(step)
    if error is not None:
        raise AdapterError(error) from error
    return result


def _run(
    backend: Backend, program: Program, built: Built, device: Device, other: Device, record: Record, *, echo: bool
) -> Any:
    function = backend.compiled(program.function())
    devices = {"device": backend.device_argument(device)}
    if program.wants_other_device:
        devices["other_device"] = backend.device_argument(other)

    def call() -> Any:
        arguments = [built.arguments[name] for name in program.arguments]
        result = function(backend.namespace, *arguments, **devices)
        # What the program did to its operands is put off like its results.
        backend.force((result, *built.arguments.values(), *built.bases.values()))
        return result

    with _recorded(record, echo=echo):
        result, record.raised = _guarded(call)
    return result


@contextlib.contextmanager
def _recorded(record: Record, *, echo: bool) -> Iterator[None]:
    heard = io.StringIO()
    stream: Any = _Tee(heard, sys.stdout) if echo else heard
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(stream):
        warnings.simplefilter("always")
        yield
    record.stdout = legible(heard.getvalue())
    record.warnings = [
        Warned(warned.category.__name__, _bases(warned.category), legible(str(warned.message))) for warned in caught
    ]


class _Tee(io.TextIOBase):
    """Writes to two streams: the record, and the screen of whoever debugs."""

    def __init__(self, *streams: TextIO) -> None:
        self._streams = streams

    def write(self, text: str) -> int:
        for stream in self._streams:
            stream.write(text)
        return len(text)

    def flush(self) -> None:
        for stream in self._streams:
            stream.flush()


def _read(
    backend: Backend, built: Built, result: Any, record: Record, traces: tuple[str, ...], *, text: bool, together: bool
) -> tuple[Observation, BaseException | None]:
    with backend.standing_in(_fetched(backend, built, result) if together else ()):
        return _observed(backend, built, result, record, traces, text=text)


def _fetched(backend: Backend, built: Built, result: Any) -> list[tuple[Any, Any]]:
    """Bring all that is to be read to the host in one transfer; nothing where that fails, so that each is read by itself."""

    def fetch() -> list[tuple[Any, Any]]:
        given = [*built.arguments.values(), *built.bases.values()]
        leaves = [
            one
            for name, one in built.arguments.items()
            if _may_have_gradient(backend, one, built.arguments_before[name])
        ]
        gradients = [backend.grad(one) for one in leaves]
        return backend.fetch({id(one): one for one in _flat((result, given, gradients))}.values())

    return _guarded(fetch)[0] or []


def _flat(value: Any) -> Iterator[Any]:
    """Give a value, or what a list or a tuple holds."""
    if type(value) in (tuple, list):
        for one in value:
            yield from _flat(one)
    else:
        yield value


def _observed(
    backend: Backend, built: Built, result: Any, record: Record, traces: tuple[str, ...], *, text: bool
) -> tuple[Observation, BaseException | None]:
    common = {"warnings": tuple(record.warnings), "stdout": record.stdout, "state": traces}
    returned: tuple[Seen, ...] = ()
    raised, where = record.raised, "program"
    if raised is None:
        seen, raised = _guarded(lambda: _see_returned(backend, result, text=text))
        returned, where = (seen, "program") if raised is None else ((), "observer")
    after, unread = _guarded(lambda: _see_arguments(backend, built))
    if unread is not None and raised is None:
        raised, where = unread, "observer"
    arguments, bases = after if after is not None else ({}, {})
    observation = Observation(
        returned=returned,
        raised=described(backend, raised) if raised is not None else None,
        where=where,  # type: ignore[arg-type]
        arguments=arguments,
        bases=bases,
        **common,  # type: ignore[arg-type]
    )
    return observation, raised


def _see_returned(backend: Backend, result: Any, *, text: bool) -> tuple[Seen, ...]:
    things = result if type(result) is tuple else (result,)
    return tuple(backend.see(thing, text=text) for thing in things)


def _see_arguments(backend: Backend, built: Built) -> tuple[dict[str, ArgumentSeen], dict[str, ArgumentSeen]]:
    arguments = {
        name: _see_argument(backend, value, built.arguments_before[name]) for name, value in built.arguments.items()
    }
    bases = {name: _see_argument(backend, built.bases[name], before) for name, before in built.bases_before.items()}
    return arguments, bases


def _may_have_gradient(backend: Backend, value: Any, before: Seen) -> bool:
    return before.kind == "tensor" and backend.is_leaf(value)


def _see_argument(backend: Backend, value: Any, before: Seen) -> ArgumentSeen:
    after = backend.see(value)
    changed = differs(before, after)
    if not _may_have_gradient(backend, value, before):
        return ArgumentSeen(changed)
    gradient = backend.grad(value)
    return ArgumentSeen(changed, backend.see(gradient) if gradient is not None else None)


def _traces(before: dict[str, Any], after: dict[str, Any], allowed: tuple[str, ...], at: str = "") -> tuple[str, ...]:
    if before == after:
        return ()
    changed = [name for name in before if after.get(name) != before[name] and name not in allowed]
    return tuple(f"left {name} {_short(after.get(name))}{at}" for name in changed)


def _short(value: Any) -> str:
    return "advanced" if isinstance(value, bytes) else str(value)[:200]


def described(backend: Backend, error: BaseException) -> Raised | None:
    """Describe an exception of a library; one that stands for PyTorch's by its declaration has that name among its bases."""
    raised = describe_exception(error)
    if raised is None:
        return raised
    wrapped = [one for kind in map(type, backend.wrapped(error)) for one in (kind.__name__, *_bases(kind))]
    names = (raised.type, *raised.bases, *wrapped)
    declared = [backend.errors[name] for name in names if name in backend.errors]
    return msgspec.structs.replace(raised, bases=(*raised.bases, *wrapped, *declared))


def describe_exception(error: BaseException | None) -> Raised | None:
    """Describe an exception; one whose text can't be made is described all the same."""
    if error is None:
        return None
    try:
        text = legible(str(error))
    except BaseException as second:  # noqa: BLE001 - a backend's exception may do anything
        text = f"(its text can't be made: {type(second).__name__})"
    return Raised(type(error).__name__, _bases(type(error)), text)


def _bases(kind: type) -> tuple[str, ...]:
    return tuple(base.__name__ for base in kind.__mro__[1:-1])
