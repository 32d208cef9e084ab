"""One variant before the suite, in a process of its own: what is run there, and what is told of it."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.documents import FixtureError
from conformance.faults.planting import Fault, Variant
from conformance.matrix.forks import BETWEEN_CASES_SECONDS
from conformance.reporting.results import FAILING, Verdict
from conformance.runner.clauses import Context, run_clause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from conformance.backends.protocol import Backend
    from conformance.matrix.forks import Slate
    from conformance.runner.plan import PlannedLine
    from conformance.runner.prepared import Prepared
    from conformance.runner.settings import Settings

EVIDENCE = "conformance.faults.evidence"


class Told(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="told"):
    """One thing that a trial found."""


class Live(Told, frozen=True, tag="live"):
    """Whether the fault's witness differs; with the reason where nothing is known of it."""

    live: bool
    why: str = ""


class Graded(Told, frozen=True, tag="graded"):
    """Which share of plain cases show the fault."""

    grade: float


class Unplantable(Told, frozen=True, tag="unplantable"):
    """Why the variant can't be planted in this version of the library."""

    why: str


class Ran(Told, frozen=True, tag="ran"):
    """A clause that ran, and how long and how many cases the trial had taken by its end."""

    clause: str
    verdict: Verdict
    case: str
    message: str
    seconds: float
    cases: int


class Imported(Told, frozen=True, tag="imported"):
    """Which modules came into the process at the library's first calls."""

    modules: tuple[str, ...]


Anything = Live | Graded | Unplantable | Ran | Imported


def read(lines: list[bytes]) -> list[Anything]:
    """Read what a trial told."""
    return [msgspec.json.decode(line, type=Anything) for line in lines]


@dataclass(frozen=True)
class Trial:
    """A variant, and the lines to run against it.

    Attributes:
        variant: None for the library with nothing planted.
        backend: where it shows.
        stages: the first is run whole; each later one only while nothing is caught, up to the first catch.
        settings: of the run.
        seconds: that a case may take.
        prepared: cases of these lines that are made already.
        asks_evidence: whether the fault's witness and grade are asked for first.
    """

    variant: Variant | None
    backend: Callable[[], Backend]
    stages: tuple[tuple[PlannedLine, ...], ...]
    settings: Settings
    seconds: float
    prepared: Prepared | None = None
    asks_evidence: bool = False

    @property
    def lines(self) -> tuple[PlannedLine, ...]:
        """All its lines, in the order in which they run."""
        return tuple(line for stage in self.stages for line in stage)

    def run(self, slate: Slate) -> Iterator[bytes]:
        """Run it and give each thing found."""
        before = set(sys.modules)
        for told in self._run(slate):
            yield msgspec.json.encode(told)
        yield msgspec.json.encode(Imported(tuple(name for name in sys.modules if name not in before)))

    def _run(self, slate: Slate) -> Iterator[Told]:
        _use_one_thread(self.backend())
        if self.asks_evidence and isinstance(self.variant, Fault):
            yield from _evidence(self.variant, slate, self.seconds)
        with contextlib.ExitStack() as stack:
            if self.variant is not None:
                try:
                    stack.enter_context(_counted(self.variant, slate).planted())
                except (AttributeError, ImportError, TypeError) as error:
                    yield Unplantable(f"{type(error).__name__}: {error}")
                    return
            yield from self._run_stages(slate)

    def _run_stages(self, slate: Slate) -> Iterator[Told]:
        slate.started = time.monotonic()
        caught = False
        for number, stage in enumerate(self.stages):
            for line in stage:
                if caught and number:
                    return
                ran = self._run_line(line, slate)
                caught = caught or ran.verdict in FAILING
                yield ran
            if caught:
                return

    def _run_line(self, planned: PlannedLine, slate: Slate) -> Ran:
        slate.position += 1
        backend = self.backend()
        context = Context(
            backend=backend,
            device=planned.device,
            other=backend.device("cpu"),
            settings=self.settings,
            armed=lambda _: slate.case(self.seconds),
            prepared=self.prepared,
            quick=True,
        )
        line = run_clause(planned.clause, context)
        case, message = (line.failure.case, line.failure.message) if line.failure is not None else ("", line.reason)
        seconds = time.monotonic() - slate.started
        return Ran(planned.clause.id, line.verdict, case, message, seconds, slate.cases)


def _counted(variant: Variant, slate: Slate) -> Variant:
    """Give the same variant, which counts on the slate how often its stand-in is called."""
    function = variant.function

    @functools.wraps(function)
    def counting(*args: Any, **kwargs: Any) -> Any:
        slate.calls += 1
        return function(*args, **kwargs)

    return dataclasses.replace(variant, function=counting)


def _use_one_thread(backend: Backend) -> None:
    """Keep PyTorch from its pool of threads: the trials themselves run side by side, and a pool doesn't survive a fork."""
    choose = getattr(backend.namespace, "set_num_threads", None)
    if choose is not None:
        choose(1)


def _evidence(fault: Fault, slate: Slate, seconds: float) -> Iterator[Told]:
    module = evidence_module()
    if module is None:
        return
    # A fatal fault's witness runs in a child of this process, which has a clock of its own.
    slate.step(BETWEEN_CASES_SECONDS if fault.is_fatal else seconds)
    try:
        yield Live(bool(module.is_live(fault)))
        yield Graded(float(module.evidence(fault).grade))
    except FixtureError as error:
        yield Live(live=False, why=str(error))


def evidence_module() -> ModuleType | None:
    """Give the module that holds each fault's witness and grade; None where there is none yet."""
    try:
        return importlib.import_module(EVIDENCE)
    except ModuleNotFoundError as error:
        if error.name != EVIDENCE:
            raise
        return None
