"""The stage itself: each case checked, timed in its visits, and written down, as far as the seconds reach."""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import torch

from conformance.backends.protocol import UnknownDeviceError
from conformance.backends.registry import REHEARSAL
from conformance.benchmark import lazy, machine, operands, products, timing, visits
from conformance.benchmark.cases import PROFILES, Case, Profile, chosen, parsed
from conformance.benchmark.clock import Clock, clock_of
from conformance.benchmark.records import Shape
from conformance.dtypes import kind_of
from conformance.observation import legible
from conformance.problems import UsageProblem
from conformance.reference import bounds
from conformance.reporting.results import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.benchmark.operands import Operands
    from conformance.benchmark.products import Product

# A product of which one call takes longer is timed, and no larger one of its sweep is.
LONGEST_CALL = 1.0
# One that takes so many times as long is not called a second time.
_FAR_TOO_LONG = 4
# What PyTorch says of a dtype that a device has no product for.
_NOT_IMPLEMENTED = "not implemented"
# Of a profile's seconds, what the end (the assembly, figures) is left as a share, and what the start (imports, pytest) takes.
_LEFT, _AROUND = 0.15, 4.0
# Of those, what no first visit may use: the second visits give the noise.
_FIRST_SHARE = 0.62
# What is larger than the last of these, with no size before it that tells, is foreseen by the first that takes a while.
_PROBES = tuple(Shape("square", n, n, n) for n in (256, 1024))
# Reference, magnitudes and operands take so many bytes an element.
_BYTES = 40


@dataclass(frozen=True)
class Options:
    """What is asked for: see `conformance bench`."""

    profile: str = "smoke"
    devices: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    threads: tuple[int, ...] = ()
    seed: int = 0
    command: tuple[str, ...] = ()


@dataclass
class Stage:
    """A run of the stage.

    Attributes:
        options: what is asked for.
        cases: in their order.
        writer: to visits.jsonl.
        begun: when, by `time.monotonic`.
        reasons: why a device is not here.
        slow: sweeps (all of a case but its size) of which no further size is timed, since a call took more than
            `LONGEST_CALL` or the device has no such product, with what is said of those.
        lost: devices that are gone, with the reason.
        unfit: cases that can't be timed, with the reason; no later visit tries again.
        known: the operations and the seconds of a call, by case, and by sweep of the last size.
        clock: of the device of the case that is timed: pytest-benchmark's timer.
        reached: how many visits were come to.
    """

    options: Options
    cases: list[Case]
    writer: Writer
    begun: float
    reasons: dict[str, str]
    slow: dict[Case, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    unfit: dict[str, str] = field(default_factory=dict)
    known: dict[Case, tuple[int, float]] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    reached: int = 0

    @classmethod
    def begin(cls, options: Options, folder: Path) -> Stage:
        """Find the devices and write what runs where.

        Raises:
            UsageProblem: an unknown device, dtype, size or number of threads.
        """
        begun = time.monotonic()
        if REHEARSAL in options.devices:
            raise UsageProblem(f"the device {REHEARSAL} is the CPU's memory under another name: its times say nothing")
        try:
            found = list(products.devices(options.devices))
        except UnknownDeviceError as error:
            raise UsageProblem(str(error)) from error
        names = [name for name, _, _ in found]
        wanted = chosen(options.profile, names, options.dtypes, options.sizes, options.threads)
        writer = Writer(folder / visits.FILE_NAME)
        stage = cls(options, wanted, writer, begun, {name: reason for name, _, reason in found if reason})
        here = {name: hardware for name, hardware, reason in found if not reason}
        writer.write(stage._start(here))
        for device in here:
            stage._measure_bandwidth(device)
        return stage

    def _start(self, here: dict[str, str]) -> visits.Start:
        described = machine.fingerprint(products.accelerators())
        return visits.Start(
            torch=str(torch.__version__),
            machine=described,
            devices={name: described.processor if name == "cpu" else hardware for name, hardware in here.items()},
            reasons=self.reasons,
            environment={**products.environment(), "numpy": np.__version__},
            profile=self.options.profile,
            seed=self.options.seed,
            command=self.options.command,
            started=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            ids=tuple(case.id for case in self.cases),
            numbers=machine.numbers(),
            notes=lazy.notes(here),
        )

    @property
    def profile(self) -> Profile:
        """The profile that is run."""
        return PROFILES[self.options.profile]

    def items(self) -> Iterator[tuple[Case, int]]:
        """Give each case with the number of its visit: all first visits, then all second ones."""
        for number in range(self.profile.visits):
            for case in self.cases:
                yield case, number

    def _measure_bandwidth(self, device: str) -> None:
        try:
            copy = products.copied(device)
            found = timing.timed(copy.call, clock_of(device), timing.Plan(rounds=5, seconds=0.1, warm_up=0.1))
        except (RuntimeError, LookupError, MemoryError) as error:
            self.lost_if_gone(device, error)
            self.writer.write(visits.Bandwidth(device, not_run=legible(f"{type(error).__name__}: {error}")))
            return
        self.writer.write(visits.Bandwidth(device, copy.moved / min(found.wall)))

    # --- a case ---

    def why_not(self, case: Case, number: int) -> str:
        """Say why a case is not timed; empty if it is."""
        if case.device in self.reasons:
            return self.reasons[case.device]
        if case.device in self.lost:
            return self.lost[case.device]
        if case.id in self.unfit:
            return self.unfit[case.id]
        share = _FIRST_SHARE if number == 0 else 1.0
        if time.monotonic() - self.begun > (self.profile.seconds * (1 - _LEFT) - _AROUND) * share:
            return f"over budget: the {self.profile.seconds:g} s of the profile {self.options.profile} are spent"
        if (reason := self.slow.get(_sweep(case))) is not None and self.known.get(case) is None:
            return reason
        needed = case.shape.elements * _BYTES
        if needed > machine.free_memory():
            return f"no memory: it needs about {needed / 2**30:.1f} GiB"
        return self._too_slow(case)

    def _too_slow(self, case: Case) -> str:
        """Say that a call would take far more than `LONGEST_CALL`, as the size before it in its sweep tells, or a small probe."""
        if case in self.known:
            return ""
        operations, seconds = self.known.get(_sweep(case), (0, 0.0))
        foreseen = seconds * case.shape.operations / operations if operations else 0.0
        told_by = "the size before"
        # What takes hardly any time may be what it costs to begin, which does not grow with the size.
        tells = operations and (foreseen <= _FAR_TOO_LONG * LONGEST_CALL or seconds >= timing.SHORTEST_ROUND)
        if not tells and case.shape.operations > _PROBES[-1].operations:
            shape, seconds = self._probed(case)
            foreseen = seconds * case.shape.operations / shape.operations
            told_by = f"a probe of {shape.text} that took {seconds:.2g} s"
        if foreseen <= _FAR_TOO_LONG * LONGEST_CALL:
            return ""
        return f"over budget: by {told_by}, a call would take some {foreseen:.0f} s"

    def _probed(self, case: Case) -> tuple[Shape, float]:
        """Give a small product of a case's kind and its seconds; none where it can't be had, which the case itself will tell."""
        shape, seconds = _PROBES[0], 0.0
        with contextlib.suppress(Exception):
            for shape in _PROBES:
                probe = Case(case.device, case.dtype, shape, "warm", case.threads, case.precision)
                with products.Settings(probe):
                    product = products.prepared(probe, _operands(shape, case.dtype, self.options.seed))
                    plan = timing.Plan(rounds=1, seconds=0.01, warm_up=0.01)
                    seconds = min(timing.timed(product.call, clock_of(case.device), plan).wall)
                if seconds >= timing.SHORTEST_ROUND:
                    break
        return shape, seconds

    def visit(self, case: Case, number: int, benchmark: Any = None) -> visits.Visit:
        """Time a case, write it down, and give it.

        Args:
            case: of this run.
            number: of the visit, from 0.
            benchmark: pytest-benchmark's fixture, whose timer is `self.clock`; without it the loop is our own.
        """
        reason = self.why_not(case, number)
        made = visits.Visit(case.id, reason) if reason else self._timed(case, benchmark)
        self.writer.write(made)
        self.reached += 1
        return made

    def unreached(self) -> str:
        """Say that visits were not come to; empty if all were."""
        missing = self.profile.visits * len(self.cases) - self.reached
        return f"{missing} visits were not come to" if missing else ""

    def _timed(self, case: Case, benchmark: Any) -> visits.Visit:
        try:
            with products.Settings(case):
                return self._measured(case, benchmark)
        except operands.WrongProductError as wrong:
            return self._unfit(case, f"refused, not timed: {wrong}")
        except Exception as error:  # noqa: BLE001 - whatever a device or a library raises costs this case alone
            if self.lost_if_gone(case.device, error):
                return visits.Visit(case.id, self.lost[case.device])
            if _NOT_IMPLEMENTED in str(error):
                self.slow[_sweep(case)] = _why(error)
            return self._unfit(case, _why(error))

    def _unfit(self, case: Case, reason: str) -> visits.Visit:
        self.unfit[case.id] = reason
        return visits.Visit(case.id, reason)

    def _measured(self, case: Case, benchmark: Any) -> visits.Visit:
        given = _operands(case.shape, case.dtype, self.options.seed)
        product = products.prepared(case, given)
        first = check(case, product, given) if case not in self.known else None
        if first is not None and first > _FAR_TOO_LONG * LONGEST_CALL:
            self._note(case, first)
            return visits.Visit(case.id, first=first, wall=(first,), moved=product.moved, subnormals=given.subnormals)
        self.clock.follow(clock_of(case.device))
        plan = timing.Plan(seconds=self.profile.case_seconds, warm_up=self.profile.case_seconds)
        if benchmark is not None and not benchmark.disabled:
            found = timing.benchmarked(benchmark, product.call, self.clock, plan, setup=product.setup)
        else:
            found = timing.timed(product.call, self.clock, plan, setup=product.setup)
            if benchmark is not None:
                # It complains where it was not used.
                benchmark.pedantic(product.call)
        self._note(case, median(found.wall))
        return visits.Visit(
            case.id,
            first=found.first if first is None else first,
            wall=tuple(found.wall),
            cpu=tuple(found.cpu),
            device=tuple(found.device),
            iterations=found.iterations,
            moved=product.moved,
            subnormals=given.subnormals,
        )

    def _note(self, case: Case, seconds: float) -> None:
        self.known[case] = self.known[_sweep(case)] = case.shape.operations, seconds
        if seconds > LONGEST_CALL:
            self.slow[_sweep(case)] = f"over budget: a call of {case.shape.text} takes {seconds:.1f} s already"

    def lost_if_gone(self, device: str, error: BaseException) -> bool:
        """Note that a device is gone, if it is."""
        if device == "cpu":
            return False
        try:
            torch.zeros(1, device=device).cpu()
        except Exception as second:  # noqa: BLE001 - whatever a device that is gone raises
            self.lost[device] = f"{device} was lost in mid-run ({_why(error)}; then {_why(second)})"
            return True
        return False

    # --- beside NumPy ---

    def beside_numpy(self) -> visits.Beside | None:
        """Measure PyTorch and NumPy in turn: float32, one thread, at the size at which PyTorch was best; None if it was never."""
        best = self._best_of_one_thread()
        if best is None:
            return None
        from threadpoolctl import threadpool_limits

        given = _operands(best.shape, best.dtype, self.options.seed)
        ours = products.prepared(best, given)
        plan = timing.Plan(seconds=8 * self.profile.case_seconds, warm_up=self.profile.case_seconds)
        with products.Settings(best), threadpool_limits(1):
            found = timing.in_turn(
                timing.Setting(f"NumPy {best.id}", lambda: np.matmul(given.left, given.right), Clock()),
                timing.Setting(f"PyTorch {best.id}", ours.call, Clock()),
                plan,
            )
        first, second = (best.shape.operations / median(one) / 1e9 for one in (found.first, found.second))
        beside = visits.Beside(best.id, msgspec.structs.replace(found.ratio, gflops=(first, second)))
        self.writer.write(beside)
        return beside

    def _best_of_one_thread(self) -> Case | None:
        speeds = {
            case: operations / seconds
            for case, (operations, seconds) in self.known.items()
            if case.shape.kind == "square"
            and case.shape.n
            and (*_key(case),) == ("cpu", "float32", "highest", "warm", 1)
        }
        return max(speeds, key=lambda case: speeds[case], default=None)

    def end(self, stopped: str = "") -> None:
        """Write that the run is at its end."""
        self.writer.write(visits.End(stopped))
        self.writer.close()


def ratio(names: tuple[str, str], seconds: float, seed: int) -> timing.Turns:
    """Check two products and measure them in turn.

    Args:
        names: of their cases.
        seconds: for the rounds of both.
        seed: of the operands.

    Raises:
        UsageProblem: one is no name of a case, can't be had here, or is wrong.
    """
    before = torch.get_num_threads(), torch.get_float32_matmul_precision()
    plan = timing.Plan(seconds=seconds, warm_up=seconds / 5, most_rounds=100_000)
    try:
        first, second = (_setting(parsed(name), seed) for name in names)
        return timing.in_turn(first, second, plan)
    except UsageProblem:
        raise
    except Exception as error:
        raise UsageProblem(f"the two can't be measured: {_why(error)}") from error
    finally:
        torch.set_num_threads(before[0])
        torch.set_float32_matmul_precision(before[1])


def _setting(case: Case, seed: int) -> timing.Setting:
    ((_, _, reason),) = products.devices((case.device,))
    if reason:
        raise UsageProblem(reason)
    given = _operands(case.shape, case.dtype, seed)
    product = products.prepared(case, given)
    if product.setup is not None:
        raise UsageProblem(f"{case.id}: what needs a step before each call is not measured in turn")

    def before() -> None:
        if case.threads and torch.get_num_threads() != case.threads:
            torch.set_num_threads(case.threads)
        torch.set_float32_matmul_precision(case.precision or "highest")

    before()
    check(case, product, given)
    return timing.Setting(case.id, product.call, clock_of(case.device), before)


def check(case: Case, product: Product, given: Operands) -> float:
    """See that a product is right, or that what is moved arrives, before anything is timed; give the seconds of that first call.

    Raises:
        WrongProductError: it is not.
        LookupError: what is right there is not known.
    """
    clock = clock_of(case.device)
    clock()
    found = product.call()
    clock()
    (spent,) = clock.rounds()
    try:
        operands.check(products.array_of(found, case.dtype), given, case.device, products.precision_of(case.device))
    except operands.WrongProductError as wrong:
        if case.dtype not in bounds.HALF or not lazy.is_lazy(case.device):
            raise
        _check_exactly(case)
        raise LookupError(lazy.SUMS_UNKNOWN.format(dtype=case.dtype, wrong=wrong)) from wrong
    del found
    if kind_of(case.dtype) == "float" and case.mode in ("warm", "cold") and spent.wall <= _FAR_TOO_LONG * LONGEST_CALL:
        _check_exactly(case)
    return spent.wall


def _check_exactly(case: Case) -> None:
    """See that each element of a product is right of which nothing is rounded.

    Raises:
        WrongProductError: one is not.
    """
    plain = operands.exact_ones(case.shape, case.dtype, 0)
    found = products.array_of(products.prepared(case, plain).call(), case.dtype)
    operands.check(found, plain, case.device, products.precision_of(case.device))


# A sweep over sizes is done for several settings of the same operands.
@lru_cache(maxsize=16)
def _operands(shape: Shape, dtype: str, seed: int) -> Operands:
    return operands.draw(shape, dtype, seed)


def _sweep(case: Case) -> Case:
    """Give what a sweep over sizes has in common, as a case of no size."""
    kind = case.shape.kind
    empty = Shape(kind, 0, 0, 0) if kind == "square" else case.shape
    return Case(case.device, case.dtype, empty, case.mode, case.threads, case.precision)


def _key(case: Case) -> tuple[str, str, str, str, int]:
    return case.device, case.dtype, case.precision, case.mode, case.threads


def _why(error: BaseException) -> str:
    """Give the first sentence of an exception."""
    text = str(error).strip().splitlines()
    first = text[0].split(". ")[0] if text else type(error).__name__
    short = f"no memory: {first}" if isinstance(error, MemoryError) or "out of memory" in str(error).lower() else first
    return short[:300]
