"""The matmul stage: its clock, its checks, its loops and what becomes of a run that is cut short. No test asserts a time."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import numpy as np
import pytest
import torch

from conformance.backends import xla
from conformance.benchmark import (
    assembly,
    cases,
    claim,
    lazy,
    machine,
    operands,
    products,
    records,
    tables,
    timing,
    visits,
)
from conformance.benchmark.cases import Case, parsed
from conformance.benchmark.clock import Clock, Mark, Spent, clock_of
from conformance.benchmark.delayed import PRODUCT_SECONDS, Lazy
from conformance.benchmark.operands import WrongProductError
from conformance.benchmark.records import Bench, Interval, Machine, Shape
from conformance.benchmark.stage import Options, Stage
from conformance.dtypes import numpy_dtype
from conformance.problems import UsageProblem
from conformance.selftest.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SQUARE = Shape("square", 8, 8, 8)
HIGHEST = {"float32 products": "highest"}


# --- the clock ---


@pytest.mark.parametrize(
    ("options", "waits"),
    [
        (("--synchronize",), True),
        (("--no-synchronize",), False),
        (("--lazy",), True),
        (("--lazy", "--no-step"), False),
        (("--lazy", "--no-synchronize"), False),
    ],
)
def test_the_clock_waits_for_a_device_that_computes_on(options: tuple[str, ...], waits: object) -> None:
    """A product of 3 ms on a fake device takes 3 ms by a clock that waits, and next to nothing by one that doesn't.

    So it does on a lazy one, if it is told to begin.
    """
    done = subprocess.run(
        [sys.executable, "-m", "conformance.benchmark.delayed", *options],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert (float(done.stdout) >= 3e-3) is waits


def test_each_call_on_a_lazy_device_is_computed() -> None:
    """So many calls in a round are so many products; without the step, or where nobody holds what it is to compute, there are none."""
    device = Lazy()

    def dropped() -> None:
        device.noted()
        device.step()

    for call, computed in (
        (lazy.stepping(device.noted, device.step), True),
        (device.noted, False),
        (dropped, False),
    ):
        before, calls = device.computed, 0

        def counted(call: Callable[[], Any] = call) -> Any:
            nonlocal calls
            calls += 1
            return call()

        found = timing.timed(counted, Clock(device.synchronize), timing.Plan(rounds=3, seconds=0.02, warm_up=0.01))

        assert device.computed - before == (calls if computed else 0)
        assert (min(found.wall) >= PRODUCT_SECONDS) is computed


def test_events_are_taken_between_the_readings() -> None:
    """Where a device has events, its own time is told beside the wall clock's."""
    numbers = iter([10.0, 13.0])
    clock = Clock(event=lambda: next(numbers), elapsed=lambda start, end: end - start)
    clock()
    clock()
    (spent,) = clock.rounds()

    assert spent.device == 3.0
    assert clock.marks == []


# --- operands and the check ---


def _right(given: operands.Operands) -> np.ndarray[Any, Any]:
    tensors = (products.tensor_of(one, given.dtype) for one in (given.left, given.right))
    return products.array_of(torch.matmul(*tensors), given.dtype)


@pytest.mark.parametrize("dtype", cases.DTYPES)
@pytest.mark.parametrize("shape", [SQUARE, Shape("batched", 3, 5, 4, batch=2), Shape("matrix-vector", 6, 5, 1)])
def test_a_right_product_passes_and_one_wrong_element_does_not(dtype: str, shape: Shape) -> None:
    """A product is refused for a single element, wherever it is."""
    given = operands.draw(shape, dtype, 0)
    found = _right(given)
    operands.check(found, given, "cpu", HIGHEST)

    for place in ((0,) * found.ndim, tuple(size - 1 for size in found.shape)):
        wrong = found.copy()
        wrong[place] = wrong[place] + 1
        with pytest.raises(WrongProductError, match="1 of"):
            operands.check(wrong, given, "cpu", HIGHEST)
    with pytest.raises(WrongProductError, match="shape"):
        operands.check(found[:-1], given, "cpu", HIGHEST)


@pytest.mark.parametrize("dtype", [one for one in cases.DTYPES if "float" in one])
@pytest.mark.parametrize(
    "shape", [Shape("square", 96, 96, 96), Shape("batched", 3, 5, 4, batch=2), Shape("matrix-vector", 6, 5, 1)]
)
def test_one_element_is_seen_whatever_the_precision(dtype: str, shape: Shape) -> None:
    """Factors cut to bfloat16, sums in the half type in any order: the exact product is the same, and the next number is wrong."""
    given = operands.exact_ones(shape, dtype, 0)
    found = _right(given)
    anything = {"float32 products": "medium", "bfloat16 sums": "bfloat16", "float16 sums": "float16"}
    operands.check(found, given, "cuda:0", anything)

    assert np.count_nonzero(given.exact) == given.exact.size
    left, right = (one.astype(numpy_dtype("bfloat16")) for one in (given.left, given.right))
    one_by_one = (
        sum(left[..., :, k, None] * right[..., k, None, :] for k in range(shape.k)) if right.ndim > 1 else left @ right
    )
    assert (np.asarray(one_by_one).astype(np.float64) == given.exact).all()
    for place, wrong_one in (((0,) * found.ndim, 0), (tuple(size - 1 for size in found.shape), 1.008 * found.flat[-1])):
        wrong = found.copy()
        wrong[place] = wrong_one
        with pytest.raises(WrongProductError, match="1 of"):
            operands.check(wrong, given, "cuda:0", anything)


def test_a_size_alone_that_would_take_minutes_is_foreseen_by_a_probe(tmp_path: Path) -> None:
    """No smaller size was asked for, so a small product tells; what takes little is not probed, and is timed."""
    stage = Stage.begin(Options("full", ("cpu",), ("int64",), (8192,), (1,)), tmp_path)
    (slow,) = [case for case in stage.cases if case.shape.kind == "square" and case.mode == "warm"]
    reason = stage.why_not(slow, 0)

    assert re.fullmatch(
        r"over budget: by a probe of (256x256x256|1024x1024x1024) that took [\d.]+ s, a call would take some \d{2,} s",
        reason,
    )
    assert not stage.known
    fast = Case("cpu", "float32", Shape("square", 1024, 1024, 1024), "warm", 1, "highest")
    assert stage.why_not(fast, 0) == ""


def test_what_a_call_costs_to_begin_foresees_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A size before, or a first probe, that takes hardly any time says nothing of a large one: the next larger probe does."""
    stage = Stage.begin(Options("full", ("cpu",), ("int64",), (64, 8192), (1,)), tmp_path)
    small, large = stage.cases
    probed = []

    def prepared(case: Case, _: Any) -> products.Product:
        probed.append(case.shape.n)
        return products.Product(lambda: None)

    monkeypatch.setattr(products, "prepared", prepared)
    stage._note(small, 1e-4)  # noqa: SLF001 - as if it had been timed

    assert stage.why_not(large, 0) == ""
    assert probed == [256, 1024]
    stage._note(small, 1e-2)  # noqa: SLF001
    assert stage.why_not(large, 0).startswith("over budget: by the size before")
    assert probed == [256, 1024]


def test_a_product_that_is_not_a_number_is_wrong() -> None:
    """NaN is within no bound."""
    given = operands.draw(SQUARE, "float32", 0)
    wrong = _right(given)
    wrong[0, 0] = np.nan

    with pytest.raises(WrongProductError):
        operands.check(wrong, given, "cpu", HIGHEST)


def test_the_bound_follows_the_precision() -> None:
    """Factors cut off to TF32's 11 bits are wrong where float32 is asked for as such, and right where it may be TF32."""
    given = operands.draw(Shape("square", 64, 64, 64), "float32", 0)
    cut = [(one.view(np.uint32) & np.uint32(0xFFFFE000)).view(np.float32) for one in (given.left, given.right)]
    found = cut[0] @ cut[1]

    with pytest.raises(WrongProductError):
        operands.check(found, given, "cpu", HIGHEST)
    operands.check(found, given, "cpu", {"float32 products": "high"})


def test_half_products_of_other_devices_are_checked_too() -> None:
    """Where a device may reduce in the half type a wrong product is still refused, and one that is rounded in parts is not."""
    settings = {"bfloat16 sums": "bfloat16", "float16 sums": "float16"}
    for dtype, n in (("bfloat16", 256), ("float16", 2048)):
        given = operands.draw(Shape("square", n, n, 4 if n > 256 else n), dtype, 0)
        left, right = given.left.astype(np.float32), given.right.astype(np.float32)
        halves = [
            (left[:, part] @ right[part]).astype(given.left.dtype) for part in (slice(0, n // 2), slice(n // 2, n))
        ]
        operands.check(halves[0] + halves[1], given, "cuda:0", settings)

        right_one = given.exact.astype(given.left.dtype)
        for wrong in (right_one * 0, -right_one, right_one + np.inf, right_one + 7777):
            with pytest.raises(WrongProductError):
                operands.check(wrong.astype(given.left.dtype), given, "cuda:0", settings)


@dataclass
class FakeXla:
    """The package torch_xla, for a device of which the memory is the CPU's.

    Attributes:
        steps: how often what was put off was begun.
        waits: how often it was waited for.
        precision: of float32 products, as it was set at last.
    """

    steps: int = 0
    waits: int = 0
    precision: list[str] = field(default_factory=lambda: ["default"])

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Be imported, and have the CPU be the device that puts work off."""
        backends = SimpleNamespace(
            get_mat_mul_precision=lambda: self.precision[-1], set_mat_mul_precision=self.precision.append
        )
        monkeypatch.setattr(xla, "NAME", "cpu")
        monkeypatch.setitem(sys.modules, "torch_xla", SimpleNamespace(device=lambda: "cpu", sync=self._sync))
        monkeypatch.setitem(sys.modules, "torch_xla.core.xla_model", SimpleNamespace(wait_device_ops=self._wait))
        monkeypatch.setitem(sys.modules, "torch_xla.backends", backends)

    def _sync(self) -> None:
        self.steps += 1

    def _wait(self) -> None:
        self.waits += 1


@pytest.fixture
def fake_xla(monkeypatch: pytest.MonkeyPatch) -> FakeXla:
    """Give the CPU as a device that puts work off."""
    found = FakeXla()
    found.install(monkeypatch)
    return found


@pytest.mark.parametrize("mode", ["warm", "cold", "transfers pageable"])
def test_each_product_on_xla_is_begun(mode: Any, fake_xla: FakeXla) -> None:
    """A call of a product is followed by the step that begins it, and so is what is done before a cold one; what is read needs none."""
    case = Case("cpu", "float32", SQUARE, mode, 0, "highest")
    product = products.prepared(case, operands.draw(SQUARE, "float32", 0))
    if product.setup is not None:
        product.setup()
    product.call()
    clock_of("cpu")()

    assert fake_xla.steps == {"warm": 1, "cold": 2, "transfers pageable": 0}[mode]
    assert fake_xla.waits == 1


def test_the_precision_of_xla_is_set_once_before_its_first_product(fake_xla: FakeXla, tmp_path: Path) -> None:
    """What it compiled under one setting it runs under another, so float32 is timed under one alone; and some transfers are not."""
    stage = Stage.begin(Options("smoke", ("cpu",), ("float32", "bfloat16"), (8,), (1,)), tmp_path)
    untimed = [Case("cpu", "float32", SQUARE, mode, 0, "highest") for mode in lazy.UNTIMED]
    stage.cases = [*untimed, *stage.cases]
    found = {case.id: stage.visit(case, 0).not_run for case in stage.cases}

    reasons = {name: reason for name, reason in found.items() if reason}
    assert [name.split()[1] for name in reasons] == ["float32", "float32", "float32/high", "float32/medium"]
    assert [*reasons.values()][:2] == [*lazy.UNTIMED.values()]
    assert all("under highest alone" in reason for reason in [*reasons.values()][2:])
    assert fake_xla.precision == ["default", "highest"]


def test_a_precision_that_can_not_be_known_is_not_timed(fake_xla: FakeXla, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the setting float32 products could be anything; those of other dtypes are what they are."""
    monkeypatch.setitem(sys.modules, "torch_xla.backends", None)
    given = operands.draw(SQUARE, "float32", 0)

    with pytest.raises(LookupError, match="no setting for the precision of float32 products"):
        products.prepared(Case("cpu", "float32", SQUARE, "warm", 0, "highest"), given)
    products.prepared(Case("cpu", "float64", SQUARE), operands.draw(SQUARE, "float64", 0))
    assert fake_xla.steps == 0


@pytest.mark.parametrize("mode", ["warm", "transfers pageable"])
def test_half_sums_that_xla_does_not_tell_of_are_not_timed(
    mode: Any, fake_xla: FakeXla, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sums in the half type are no fault where nothing says what they must be, and are not timed; what is wrong anyhow is refused."""
    off = torch.zeros(())

    def in_halves(left: Any, right: Any) -> Any:
        found = sum(left[:, k, None] * right[k] for k in range(left.shape[1]))
        found[0, 0] += off
        return found

    monkeypatch.setattr(torch, "matmul", in_halves)
    shape = Shape("square", 64, 64, 64)
    unknown, wrong = (Stage.begin(Options(devices=("cpu",)), tmp_path / name) for name in ("unknown", "wrong"))
    case = Case("cpu", "float16", shape, mode)

    assert unknown.visit(case, 0).not_run.startswith("XLA does not say in which dtype it adds up products of float16")
    off += 64
    assert wrong.visit(case, 0).not_run.startswith("refused, not timed: 1 of 4096 elements")
    assert fake_xla.steps or mode != "warm"


def test_another_device_of_xla_is_not_timed(fake_xla: FakeXla) -> None:
    """The step begins what was put off on one device alone, and a copy within it is none."""
    with pytest.raises(LookupError, match="on cpu alone, so nothing on cpu:1 can be timed"):
        clock_of("cpu:1")
    with pytest.raises(LookupError, match="leaves a copy"):
        products.copied("cpu")
    assert fake_xla.steps == 0


def test_what_the_figures_of_xla_hold_is_told(fake_xla: FakeXla, tmp_path: Path) -> None:
    """The record, the tables and two files side by side say that a call is more than a product; other devices have no note."""
    stage = _stage(tmp_path)
    for case, number in stage.items():
        stage.visit(case, number)
    bench = _bench(stage, tmp_path)
    records.write(bench, tmp_path / records.FILE_NAME)

    assert fake_xla.steps
    assert bench.complete
    (note,) = records.read(tmp_path).notes.values()
    assert note.startswith(f"{lazy.NOTE}; no bandwidth was measured: LookupError: XLA leaves a copy")
    assert f"cpu: {note}" in list(tables.sentences(bench))
    assert f"second: {note}" in claim.machines(msgspec.structs.replace(bench, notes={}), bench)
    assert lazy.notes(["cuda:0"]) == {}


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
def test_operands_hold_no_zeros(dtype: str) -> None:
    """No kernel can take a short cut, and subnormal operands are counted."""
    given = operands.draw(Shape("square", 256, 256, 256), dtype, 0)
    smallest = 2.0**-14 if dtype == "float16" else 2.0**-126

    assert all(np.count_nonzero(one) == one.size for one in (given.left, given.right))
    both = np.concatenate([given.left.ravel(), given.right.ravel()]).astype(np.float64)
    assert given.subnormals == np.count_nonzero(np.abs(both) < smallest)
    assert (given.subnormals > 0) is (dtype == "float16")


# --- cases ---


@pytest.mark.parametrize("profile", cases.PROFILES)
def test_every_case_is_known_by_its_name(profile: str) -> None:
    """An id is read back as the case that it names, and no two are the same."""
    chosen = cases.chosen(profile, ["cpu", "cuda:0"])

    assert [parsed(case.id) for case in chosen] == chosen
    assert len({case.id for case in chosen}) == len(chosen)
    assert {case.mode for case in chosen if case.device != "cpu"} >= {"warm", *cases.MOVING}
    assert {case.precision for case in chosen if case.dtype == "float32"} == set(cases.PRECISIONS)


def test_what_takes_long_comes_last() -> None:
    """Every dtype, mode and shape has had its turn before the largest squares, and within a sweep sizes grow."""
    chosen = cases.chosen("full", ["cpu"])
    large = [case.shape.n > 2048 and case.shape.kind == "square" for case in chosen]
    plain = [
        case.shape.n
        for case in chosen
        if (case.dtype, case.mode, case.threads) == ("float64", "warm", 1) and case.shape.kind == "square"
    ]

    assert large == sorted(large)
    assert {case.dtype for case in chosen[: large.index(True)]} == set(cases.DTYPES)
    assert plain == sorted(plain)


def test_one_core_has_no_case_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all threads are one, nothing is timed with more."""
    monkeypatch.setattr(cases, "all_threads", lambda: 1)

    assert {case.threads for case in cases.chosen("standard", ["cpu"])} == {1}


@pytest.mark.parametrize("name", ["", "cpu", "cpu float31 8x8x8", "cpu float32 8x8", "cpu float32 8x8x8 hot"])
def test_what_names_no_product_is_told(name: str) -> None:
    """A wrong name is answered by a right one."""
    with pytest.raises(UsageProblem, match="named like 'cpu float32"):
        parsed(name)


@pytest.mark.parametrize(("dtypes", "sizes", "threads"), [(("float31",), (), ()), ((), (0,), ()), ((), (), (-1,))])
def test_wrong_choices_are_told(dtypes: tuple[str, ...], sizes: tuple[int, ...], threads: tuple[int, ...]) -> None:
    """An unknown dtype, a size or a number of threads below 1 is wrong usage."""
    with pytest.raises(UsageProblem):
        cases.chosen("smoke", ["cpu"], dtypes, sizes, threads)


# --- the loops, on a clock that no machine disturbs ---


@dataclass(eq=False)
class Simulated(Clock):
    """A clock that calls set: seconds pass only where a call says so."""

    now: float = 0.0
    noise: Callable[[], float] = field(default=lambda: 1.0)

    def __call__(self) -> float:
        """Read."""
        self.marks.append(Mark(self.now, self.now))
        return self.now

    def call(self, seconds: float) -> Callable[[], None]:
        """Give a call that takes so long, but for the noise."""

        def one() -> None:
            self.now += seconds * self.noise()

        return one


def _noisy(seed: int) -> Callable[[], float]:
    """Give the noise of a shared machine: a tenth of calls are slowed down, by a fifth to three times; and it drifts."""
    drawn = random.Random(seed)  # noqa: S311 - noise is no secret
    state = {"level": 1.0}

    def noise() -> float:
        state["level"] = min(1.3, max(1.0, state["level"] * drawn.gauss(1, 0.01)))
        slowed = drawn.uniform(1.2, 3) if drawn.random() < 0.1 else 1.0
        return state["level"] * slowed * drawn.gauss(1, 0.02)

    return noise


PLAN = timing.Plan(rounds=30, seconds=1.0, warm_up=0.0)


def _verdict(seed: int, factor: float) -> str:
    clock = Simulated(noise=_noisy(seed))
    first, second = (timing.Setting(name, clock.call(0.01 * by), clock) for name, by in (("A", 1.0), ("B", factor)))
    return timing.in_turn(first, second, PLAN).ratio.verdict


def test_a_setting_against_itself_is_hardly_ever_another() -> None:
    """In 200 comparisons of a call with itself on a noisy machine, at most 2 in 100 find a difference."""
    found = [_verdict(seed, 1.0) for seed in range(200)]

    assert sum(one in ("slower", "faster") for one in found) <= 4
    assert found.count("same") > 100


@pytest.mark.parametrize(("factor", "verdict"), [(1.15, "slower"), (1 / 1.15, "faster")])
def test_a_difference_of_15_percent_is_found(factor: float, verdict: str) -> None:
    """On the same noisy machine nine in ten planted differences are found, in either direction."""
    assert [_verdict(seed, factor) for seed in range(20)].count(verdict) >= 18


def test_each_setting_takes_each_place_in_turn() -> None:
    """None of the two is always the one after the other."""
    clock, order = Simulated(), []

    def setting(name: str) -> timing.Setting:
        return timing.Setting(name, clock.call(1.0), clock, lambda: order.append(name))

    timing.in_turn(setting("A"), setting("B"), timing.Plan(rounds=3, seconds=10.0, warm_up=0.0))

    # Each is warmed up first.
    rounds = order[2:]
    assert [rounds[place : place + 3] for place in (0, 3, 6)] == [["A", "B", "A"], ["B", "A", "A"], ["A", "A", "B"]]


def test_rounds_are_long_enough_and_slow_calls_have_few() -> None:
    """A tiny call is repeated within a round; one that would take too long is timed twice and no more."""
    assert timing.iterations(1e-6) * 1e-6 >= timing.SHORTEST_ROUND
    assert timing.iterations(1.0) == 1
    assert timing.rounds(1.0, 1, timing.Plan(seconds=0.1)) == timing.FEWEST_ROUNDS
    assert timing.rounds(1e-3, 2, timing.Plan(seconds=0.1)) == 50


def test_calls_that_are_slow_in_a_row_make_short_rounds() -> None:
    """Where many calls in a row take far longer than one, a round does not take seconds."""
    clock = Simulated()
    count = iter(range(10_000))

    def call() -> None:
        clock.now += 1e-6 if next(count) < 8 else 1e-2

    found = timing.timed(call, clock, timing.Plan(rounds=2, seconds=0.1, warm_up=1e-9))

    assert found.iterations == 1
    assert len(found.wall) <= 12


def test_what_is_done_before_each_call_counts_as_time_that_is_spent() -> None:
    """A cold call of a microsecond after a setup of a tenth of a second has few rounds, of one call each."""
    clock = Simulated()

    found = timing.timed(clock.call(1e-6), clock, timing.Plan(seconds=1.0, warm_up=1e-9), setup=clock.call(0.1))

    assert len(found.wall) in (9, 10)
    assert max(found.wall) == pytest.approx(1e-6)


def test_the_first_call_is_told_apart() -> None:
    """What only the first call costs is in no round."""
    clock = Simulated()
    work = clock.call(0.01)
    calls = iter([clock.call(5.0)])

    def call() -> None:
        next(calls, work)()

    found = timing.timed(call, clock, timing.Plan(seconds=0.1, warm_up=0.0))

    assert found.first == 5.0
    assert max(found.wall) < 0.02


# --- the stage ---


def _stage(folder: Path, **options: Any) -> Stage:
    asked = {"profile": "smoke", "devices": ("cpu",), "dtypes": ("float32",), "sizes": (8,), "threads": (1,), **options}
    return Stage.begin(Options(**asked), folder)


def _bench(stage: Stage, folder: Path) -> Bench:
    stage.end()
    return assembly.assembled(visits.read(folder / visits.FILE_NAME))


def test_a_run_is_written_down(tmp_path: Path) -> None:
    """Each case has its figures, each is timed twice, and the file keeps to its schema."""
    stage = _stage(tmp_path)
    for case, number in stage.items():
        stage.visit(case, number)
    bench = _bench(stage, tmp_path)
    records.write(bench, tmp_path / records.FILE_NAME)

    assert bench.complete
    assert records.read(tmp_path) == bench
    jsonschema.validate(msgspec.json.decode((tmp_path / records.FILE_NAME).read_bytes()), records.schema())
    for one in bench.cases:
        assert one.seconds is not None
        assert one.noise is not None
        assert one.gflops == pytest.approx(one.shape.operations / one.seconds.median / 1e9)
        assert len(one.samples) <= records.MOST_SAMPLES
    assert "complete" not in "".join(tables.sentences(bench))


def test_a_wrong_product_is_refused_and_not_timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that is wrong in one element gets no figure, and the reason says where."""
    right = torch.matmul

    def wrong(left: Any, right_operand: Any) -> Any:
        result = right(left, right_operand)
        result[-1, -1] += 1
        return result

    monkeypatch.setattr(torch, "matmul", wrong)
    stage = _stage(tmp_path)
    (case, number), *_ = stage.items()
    made = stage.visit(case, number)

    assert made.not_run.startswith("refused, not timed: 1 of 64 elements")
    assert not made.wall
    assert _bench(stage, tmp_path).cases[0].seconds is None


def test_a_device_that_vanishes_costs_only_its_own_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was measured before is kept, and the device's other cases say that it is gone."""
    stage = _stage(tmp_path)
    gone = Case("cuda:0", "float32", SQUARE, "warm", 0, "highest")
    stage.cases += [gone, Case("cuda:0", "float64", SQUARE)]
    stage.visit(stage.cases[0], 0)
    monkeypatch.setattr(products, "prepared", _raiser(RuntimeError("CUDA error: unspecified launch failure")))

    first, second = (stage.visit(case, 0) for case in stage.cases[-2:])

    assert first.not_run.startswith("cuda:0 was lost in mid-run (CUDA error: unspecified launch failure")
    assert second.not_run == first.not_run
    lines = visits.read(tmp_path / visits.FILE_NAME)
    assert [one.id for one in lines if isinstance(one, visits.Visit) and one.wall] == [stage.cases[0].id]


def _raiser(error: Exception) -> Callable[..., Any]:
    def raising(*_: Any) -> Any:
        raise error

    return raising


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "no memory: CUDA out of memory"),
        (MemoryError(), "no memory: MemoryError"),
        (NotImplementedError("\"addmm\" not implemented for 'Int'"), "\"addmm\" not implemented for 'Int'"),
    ],
)
def test_what_can_not_be_timed_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    """No memory, and a product that a device has not, are a sentence, and are not tried again."""
    monkeypatch.setattr(products, "prepared", _raiser(error))
    stage = _stage(tmp_path)
    case = stage.cases[0]

    assert stage.visit(case, 0).not_run == reason
    assert stage.why_not(case, 1) == reason


def test_no_memory_is_seen_before_it_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A product that needs more memory than is free is not begun."""
    stage = _stage(tmp_path)
    monkeypatch.setattr(machine, "free_memory", lambda: 10)

    assert stage.visit(stage.cases[0], 0).not_run.startswith("no memory: it needs about")


def test_sizes_grow_until_a_call_takes_a_second(tmp_path: Path) -> None:
    """The size that takes longer is timed, those after it are over budget, and so is one that would take far longer."""
    stage = _stage(tmp_path, sizes=(8, 16, 32, 512))
    eight, sixteen, thirty_two, large = (case for case in stage.cases if case.precision == "highest")
    stage._note(eight, 1e-2)  # noqa: SLF001 - as if it had been timed

    assert "by the size before, a call would take some 2621 s" in stage.why_not(large, 0)
    assert stage.why_not(sixteen, 0) == ""

    stage._note(sixteen, 1.5)  # noqa: SLF001

    assert stage.why_not(thirty_two, 0) == "over budget: a call of 16x16x16 takes 1.5 s already"
    assert stage.why_not(sixteen, 1) == ""


def test_a_first_call_that_takes_far_too_long_is_the_only_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a figure of one call, and the larger sizes are not begun."""
    monkeypatch.setattr("conformance.benchmark.stage.LONGEST_CALL", 1e-12)
    stage = _stage(tmp_path, sizes=(16, 8))
    eight, sixteen = (case for case in stage.cases if case.precision == "highest")

    assert (eight.shape.n, sixteen.shape.n) == (8, 16)
    assert len(stage.visit(eight, 0).wall) == 1
    assert stage.visit(sixteen, 0).not_run.startswith("over budget: a call of 8x8x8 takes")


def test_whatever_is_raised_costs_its_case_alone(tmp_path: Path) -> None:
    """A number of threads that PyTorch can't take is a reason, and the other cases are timed."""
    stage = _stage(tmp_path, threads=(99_999_999_999, 1))
    for case, number in stage.items():
        stage.visit(case, number)
    bench = _bench(stage, tmp_path)

    assert stage.unreached() == ""
    assert {bool(one.not_run) for one in bench.cases if one.threads == 1} == {False}
    assert {bool(one.not_run) for one in bench.cases if one.threads != 1} == {True}


def test_visits_that_were_not_come_to_make_a_run_incomplete(tmp_path: Path) -> None:
    """Whatever ends the stage, a run is complete only where every visit was come to."""
    stage = _stage(tmp_path)
    stage.visit(stage.cases[0], 0)

    assert stage.unreached() == f"{2 * len(stage.cases) - 1} visits were not come to"


def test_a_profile_keeps_to_its_seconds(tmp_path: Path) -> None:
    """What its seconds don't reach is not run, and says so."""
    stage = _stage(tmp_path)
    stage.begun -= 1000

    assert stage.visit(stage.cases[0], 0).not_run == "over budget: the 30 s of the profile smoke are spent"


@pytest.mark.parametrize("device", ["nowhere", "cuda"])
def test_a_device_that_is_not_here(tmp_path: Path, device: str) -> None:
    """An unknown one is wrong usage; a known one that is not here has a reason, and no figure."""
    if device == "nowhere":
        with pytest.raises(UsageProblem, match="nowhere"):
            _stage(tmp_path, devices=(device,))
        return
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    stage = _stage(tmp_path, devices=(device,))
    for case, number in stage.items():
        stage.visit(case, number)
    bench = _bench(stage, tmp_path)

    assert bench.cases
    assert all("CUDA" in one.not_run for one in bench.cases)


# --- what is made of it ---


def _lines(*made: visits.Visit, devices: dict[str, str] | None = None, end: bool = True) -> list[visits.Line]:
    start = visits.Start(
        torch="2.13.0",
        machine=Machine("a processor", 2, 8, "Linux x86_64"),
        devices=devices or {"cpu": "a processor", "cuda:0": "Tesla T4"},
        reasons={},
        environment={},
        profile="smoke",
        seed=0,
        command=(),
        started="2026-01-01T00:00:00+00:00",
        ids=tuple(dict.fromkeys(one.id for one in made)),
    )
    return [start, *made, *([visits.End()] if end else [])]


def _visit(name: str, seconds: float, **more: Any) -> visits.Visit:
    return visits.Visit(name, wall=(seconds,) * 5, cpu=(seconds,) * 5, first=seconds, **more)


def _square(device: str, n: int, mode: str = "warm") -> str:
    return f"{device} float32 {n}x{n}x{n} {mode}{' threads=2' if device == 'cpu' else ''}"


def test_speedups_and_the_crossover() -> None:
    """The crossover is the size from which on the device is faster at every size, with and without transfers."""
    seconds = {
        ("cpu", 16): 1e-6,
        ("cuda:0", 16): 2e-6,
        ("cpu", 64): 8e-6,
        ("cuda:0", 64): 4e-6,
        ("cpu", 256): 1e-3,
        ("cuda:0", 256): 1e-5,
    }
    made = [_visit(_square(device, n), one) for (device, n), one in seconds.items()]
    made += [_visit(_square("cuda:0", n, "transfers pageable"), 1e-4, moved=1000) for n in (16, 64, 256)]
    bench = assembly.assembled(_lines(*made))
    speedups = {one.id: one.speedup for one in bench.cases}

    found = speedups[_square("cuda:0", 256)]
    assert found is not None
    assert (found.low, found.median, found.high) == pytest.approx((100, 100, 100))
    assert speedups[_square("cpu", 256)] is None
    assert {(one.mode, one.n) for one in bench.crossovers} == {("warm", 64), ("transfers pageable", 256)}


def test_nowhere_faster_is_told() -> None:
    """A device that is slower at the largest size has no crossover."""
    bench = assembly.assembled(_lines(_visit(_square("cpu", 16), 1e-6), _visit(_square("cuda:0", 16), 2e-6)))

    assert [one.n for one in bench.crossovers] == [None]
    assert any("nowhere faster" in one for one in tables.sentences(bench))


def test_why_a_device_has_no_bandwidth_is_told_beside_its_other_notes() -> None:
    """Where copies can't be timed, the record says why, and has no peak of them."""
    start, *others = _lines(_visit(_square("cpu", 16), 1e-6))
    assert isinstance(start, visits.Start)
    noted = msgspec.structs.replace(start, notes={"xla:0": "a call is more than a product"})
    missing = [visits.Bandwidth(one, not_run="LookupError: nothing waits") for one in ("xla:0", "cpu")]
    bench = assembly.assembled([noted, *missing, *others])

    why = "no bandwidth was measured: LookupError: nothing waits"
    assert bench.notes == {"xla:0": f"a call is more than a product; {why}", "cpu": why}
    assert [one.unit for one in bench.peaks] == ["GFLOP/s"]
    assert f"cpu: {why}" in list(tables.sentences(bench))


def test_peaks_are_the_best_of_a_sweep_and_the_published_ones() -> None:
    """A share is of the best that was measured, and of what the vendor publishes for this very hardware."""
    made = [_visit(_square("cuda:0", 64), 2 * 64**3 / 2e12), _visit(_square("cuda:0", 256), 2 * 256**3 / 4e12)]
    lines = [*_lines(*made)[:-1], visits.Bandwidth("cuda:0", 160e9), visits.End()]
    bench = assembly.assembled(lines)
    shares = [one.share_of_peak for one in bench.cases]

    assert [one.measured for one in shares if one] == [pytest.approx(0.5), pytest.approx(1.0)]
    assert [one.published for one in shares if one] == [
        pytest.approx(2 / 8.1, rel=0.01),
        pytest.approx(4 / 8.1, rel=0.01),
    ]
    assert {one.unit: one.measured for one in bench.peaks}["GB/s"] == 160
    first = bench.cases[0].gigabytes or 0.0
    assert first == pytest.approx(3 * 64**2 * 4 / (2 * 64**3 / 2e12) / 1e9)
    assert f"{first:.3g} ({first / 160:.0%} of a copy)" in tables.markdown(bench).replace("\\", "")
    assert "cuda:0 copies 160 GB/s, read and written, 50% of the published 320" in list(tables.sentences(bench))


def test_numpys_share_stands_beside_pytorchs() -> None:
    """Both are told as shares of the best that was measured, be it in the sweep or side by side."""
    name = "cpu float32 64x64x64 warm threads=1"
    found = records.Ratio("NumPy", "PyTorch", Interval(0.5, 0.4, 0.6), "faster", Interval(1, 1, 1), gflops=(2.0, 4.0))
    lines = [*_lines(_visit(name, 2 * 64**3 / 3e9))[:-1], visits.Beside(name, found), visits.End()]
    bench = assembly.assembled(lines)

    assert bench.ratios[0].shares == (0.5, 1.0)
    (told,) = [one for one in tables.sentences(bench) if one.startswith("PyTorch takes 0.500")]
    assert told.endswith(
        "(NumPy against itself: 1.000 to 1.000); PyTorch: 4 GFLOP/s, 100% of the measured peak; "
        "NumPy: 2 GFLOP/s, 50% of the measured peak"
    )


def test_noise_is_how_far_two_visits_lie_apart() -> None:
    """The second visit's median over the first's, or the other way round, and over the run what 9 of 10 stay below."""
    name = _square("cpu", 64)
    bench = assembly.assembled(_lines(_visit(name, 1.2e-3), _visit(name, 1.0e-3)))

    assert bench.cases[0].noise == pytest.approx(1.2)
    assert bench.noise == pytest.approx(1.2)


def test_a_run_without_an_end_keeps_what_was_measured(tmp_path: Path) -> None:
    """A process that died leaves whole lines; what it did not reach says so."""
    start, first, _ = _lines(_visit(_square("cpu", 16), 1e-6), _visit(_square("cpu", 64), 1e-6), end=False)
    path = tmp_path / visits.FILE_NAME
    path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in (start, first)) + b'{"kind":"visit","id":"cp')

    bench = assembly.assembled(visits.read(path), "the process ended by SIGSEGV")

    assert not bench.complete
    assert [bool(one.not_run) for one in bench.cases] == [False, True]
    assert any("SIGSEGV" in one for one in tables.sentences(bench))
    assert "SIGSEGV" in tables.markdown(bench)


# --- the command ---


def _command(folder: Path, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "conformance", "bench", *arguments, "--report", str(folder)]
    return subprocess.run(whole, capture_output=True, text=True, check=False, cwd=ROOT, **more)


SMALL = ("--profile", "smoke", "--device", "cpu", "--sizes", "8", "--threads", "1", "--dtype", "float64")


def test_the_command_writes_its_files(tmp_path: Path) -> None:
    """A run ends with 0, tables on the screen, and bench.json and bench.md in the folder."""
    done = _command(tmp_path, *SMALL)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "8x8x8" in done.stdout
    assert records.read(tmp_path).complete
    assert "8x8x8" in (tmp_path / "bench.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--sizes", "8,x"), "--sizes takes whole numbers"),
        (("--dtype", "float31"), "unknown dtype 'float31'"),
        (("--device", "nowhere"), "nowhere"),
        (("--device", "rehearsal"), "its times say nothing"),
        (("--threads", "0"), "0 is no size and no number of threads"),
        (("--seed", "-1"), "-1"),
    ],
)
def test_wrong_input_is_a_sentence(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    """Wrong usage ends with 2 and one sentence."""
    done = _command(tmp_path, *arguments)

    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_required_device_that_is_not_here(tmp_path: Path) -> None:
    """A run that must time a device and can't ends with 1."""
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    done = _command(tmp_path, *SMALL, "--require-device", "cuda")

    assert done.returncode == 1
    assert "the device cuda is required, and timed nothing: it was not asked for" in done.stdout


@contextlib.contextmanager
def _running(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Give a long run of the command that has measured something."""
    whole = [
        sys.executable,
        "-m",
        "conformance",
        "bench",
        "--profile",
        "full",
        "--device",
        "cpu",
        "--report",
        str(folder),
    ]
    with subprocess.Popen(whole, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            _wait_for_visits(folder, process)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_keeps_what_it_measured(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """After an interrupt the cases that were timed are in bench.json."""
    with _running(tmp_path) as process:
        process.send_signal(number)
        process.communicate(timeout=60)

    assert process.returncode == code
    bench = records.read(tmp_path)
    assert not bench.complete
    assert any(one.seconds is not None for one in bench.cases)


def test_a_process_that_dies_keeps_what_it_measured(tmp_path: Path) -> None:
    """Where the stage's own process is killed, the command says by what, and keeps the rest."""
    with _running(tmp_path) as process:
        (child,) = _children(process.pid)
        os.kill(child, signal.SIGKILL)
        out, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert "the process ended by SIGKILL at cpu float32" in out
    assert any(one.seconds is not None for one in records.read(tmp_path).cases)


def _children(pid: int) -> list[int]:
    """Give the processes that a process has begun."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            if f"\nPPid:\t{pid}\n" in status.read_text(encoding="utf-8"):
                found.append(int(status.parent.name))
    return found


def _wait_for_visits(folder: Path, process: subprocess.Popen[Any]) -> None:
    path = folder / visits.FILE_NAME
    for _ in range(600):
        if path.exists() and path.read_bytes().count(b'"kind":"visit"') >= 2:
            return
        assert process.poll() is None
        time.sleep(0.1)
    raise AssertionError("nothing was measured within a minute")


def test_it_refuses_to_run_under_xdist(tmp_path: Path) -> None:
    """Several things at once can't be timed."""
    done = _pytest(tmp_path, "-n", "2")

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "run it without pytest-xdist's -n" in done.stderr


def test_pytest_alone_runs_it_with_the_options_of_pytest_benchmark(tmp_path: Path) -> None:
    """`pytest conformance/benchmark --benchmark-json` writes pytest-benchmark's file, and ours beside it."""
    done = _pytest(tmp_path, "--benchmark-json", str(tmp_path / "own.json"))
    own = msgspec.json.decode((tmp_path / "own.json").read_bytes())

    assert done.returncode == 0, done.stdout
    assert own["benchmarks"]
    assert {one["extra_info"]["gflops"] > 0 for one in own["benchmarks"]} == {True}
    assert records.read(tmp_path).complete


def test_a_disabled_benchmark_is_timed_by_the_stages_own_loop(tmp_path: Path) -> None:
    """`--benchmark-disable` leaves the figures of bench.json as they are."""
    done = _pytest(tmp_path, "--benchmark-disable")

    assert done.returncode == 0, done.stdout
    assert records.read(tmp_path).complete


def _pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = [
        "-p",
        "no:cacheprovider",
        "--bench-size",
        "8",
        "--bench-threads",
        "1",
        "--bench-dtype",
        "float64",
        "--bench-device",
        "cpu",
    ]
    whole = [sys.executable, "-m", "pytest", "conformance/benchmark", *own, "--bench-report", str(folder), *arguments]
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(whole, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)


def test_two_products_are_measured_in_turn() -> None:
    """`conformance bench ratio` names both and says what may be said."""
    whole = [
        sys.executable,
        "-m",
        "conformance",
        "bench",
        "ratio",
        "cpu float32 8x8x8 threads=1",
        "cpu float32 64x64x64 threads=1",
        "--seconds",
        "0.2",
    ]
    done = subprocess.run(whole, capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("cpu float32 64x64x64 warm threads=1 takes ")


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        ("cuda:0 float32 64x64x64", "CUDA"),
        ("cpu float32 0x0x0", "has no elements"),
        ("cpu float32 8x8x8 threads=99999999999", "can't be measured"),
    ],
)
def test_what_can_not_be_measured_in_turn_is_told(second: str, sentence: str) -> None:
    """A device that is not here, nothing to time, and a setting that PyTorch refuses are a sentence each."""
    if "cuda" in second and torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    whole = [sys.executable, "-m", "conformance", "bench", "ratio", "cpu float32 8x8x8", second]
    done = subprocess.run(whole, capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_machine_is_known_by_its_accelerators_too() -> None:
    """The same computer with another GPU is another machine."""
    assert machine.fingerprint(("Tesla T4",)) != machine.fingerprint(())
    assert machine.fingerprint(()) == machine.fingerprint(())


def test_both_clocks_are_read() -> None:
    """What passes on each is told by itself."""
    assert Clock().between(Mark(1.0, 2.0), Mark(3.0, 5.0)) == Spent(2.0, 3.0, None)


def _stored(folder: Path, seconds: float, **changed: Any) -> Path:
    """Write a file of one case, measured twice."""
    name = _square("cpu", 64)
    samples = [seconds * (1 + place / 1000) for place in range(20)]
    visit = visits.Visit(name, wall=tuple(samples), cpu=tuple(samples), first=seconds)
    bench = msgspec.structs.replace(assembly.assembled(_lines(visit, visit)), **changed)
    records.write(bench, folder / records.FILE_NAME)
    return folder / records.FILE_NAME


def _compare(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    whole = [sys.executable, "-m", "conformance", "bench", "compare", *arguments, "--report", str(folder / "out")]
    return subprocess.run(whole, capture_output=True, text=True, check=False, cwd=ROOT)


def test_two_files_are_compared(tmp_path: Path) -> None:
    """A slower case is suspected, and fails once a repetition says the same; what came out is in the folder."""
    old, new = _stored(tmp_path / "old", 1e-3), _stored(tmp_path / "new", 2e-3)
    again = _stored(tmp_path / "again", 2e-3, started="2026-01-02T00:00:00+00:00")

    suspected, confirmed = (
        _compare(tmp_path, str(old), str(new)),
        _compare(tmp_path, str(old), str(new), "--again", str(again)),
    )

    assert (suspected.returncode, confirmed.returncode) == (0, 1), confirmed.stderr
    assert "64x64x64" in (tmp_path / "out/compare.md").read_text(encoding="utf-8")
    assert msgspec.json.decode((tmp_path / "out/compare.json").read_bytes())["cases"]


@pytest.mark.parametrize("text", [None, "", "{}", '{"schema_version": 99}', '{"schema_version": 1}'])
def test_a_file_that_can_not_be_read_is_told(tmp_path: Path, text: str | None) -> None:
    """No file, an empty, a foreign, a newer and a damaged one are a sentence each, and exit code 2."""
    old, wrong = _stored(tmp_path / "old", 1e-3), tmp_path / "wrong.json"
    if text is not None:
        wrong.write_text(text, encoding="utf-8")
    done = _compare(tmp_path, str(old), str(wrong))

    assert done.returncode == 2
    assert "wrong.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_files_of_two_machines_are_refused_unless_told(tmp_path: Path) -> None:
    """Times of two machines say nothing of a version of PyTorch."""
    old = _stored(tmp_path / "old", 1e-3)
    new = _stored(tmp_path / "new", 1e-3, machine=Machine("another processor", 2, 8, "Linux x86_64"))

    assert _compare(tmp_path, str(old), str(new)).returncode == 2
    assert _compare(tmp_path, str(old), str(new), "--different-machines").returncode == 0


def test_nothing_is_measured_again_in_another_place(tmp_path: Path) -> None:
    """`--repeat` looks at the machine before it spends the seconds of a profile."""
    old, new = _stored(tmp_path / "old", 1e-3), _stored(tmp_path / "new", 2e-3)
    done = _compare(tmp_path, str(old), str(new), "--repeat")

    assert done.returncode == 2
    assert "this is another place" in done.stderr
    assert not (tmp_path / "out" / "again").exists()


def test_figures_are_drawn_again_from_the_file(tmp_path: Path) -> None:
    """All that is drawn is in bench.json."""
    path = _stored(tmp_path, 1e-3)
    whole = [sys.executable, "-m", "conformance", "bench", "figures", str(path), "--into", str(tmp_path / "figures")]
    done = subprocess.run(whole, capture_output=True, text=True, check=False, cwd=ROOT)

    assert done.returncode == 0, done.stderr
    assert {one.suffix for one in (tmp_path / "figures").iterdir()} == {".svg", ".png"}
