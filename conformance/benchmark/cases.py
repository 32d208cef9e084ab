"""Which products are timed: devices x dtypes x shapes x modes x threads, the most telling first.

A profile has so many seconds in all. What comes first is what is wanted first: warm float32 squares on every device, then
other dtypes, shapes and modes; what the seconds don't reach is not run, and says so.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.benchmark.records import MODES, CaseRecord, Mode, Shape
from conformance.dtypes import kind_of
from conformance.problems import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

DTYPES = ("float32", "bfloat16", "float16", "float64", "int8", "int16", "int32", "int64", "uint8")
# What float32 products may be made of (torch.set_float32_matmul_precision); the others have no such setting.
PRECISIONS = ("highest", "high", "medium")
MOVING: tuple[Mode, ...] = ("transfers pageable", "transfers pinned", "transfers alone")
# Where nothing is moved, since operands and device share one memory.
_CPU_MODES: tuple[Mode, ...] = ("warm", "cold")


@dataclass(frozen=True)
class Profile:
    """How much is timed.

    Attributes:
        seconds: for everything, the start included.
        case_seconds: for the rounds of a case, in each of two visits.
        squares: sizes of the square products.
        dtypes: those that are timed unless others are asked for.
        shaped: whether tall, wide, batched and matrix-vector products are timed too.
        modes: of those of a device.
        every_thread: whether one thread is timed for more than float32 as such.
        visits: how often each case is timed, the visits apart in time; their difference is its noise.
    """

    seconds: float
    case_seconds: float
    squares: tuple[int, ...]
    dtypes: tuple[str, ...]
    shaped: bool
    modes: tuple[Mode, ...]
    every_thread: bool = False
    visits: int = 2


PROFILES = {
    "smoke": Profile(30, 0.08, (64, 256, 512), ("float32", "bfloat16"), shaped=False, modes=("warm", *MOVING)),
    "standard": Profile(
        120, 0.15, (16, 64, 256, 512, 1024, 2048), ("float32", "bfloat16", "float16", "float64", "int64"),
        shaped=True, modes=("warm", "cold", *MOVING),
    ),
    "full": Profile(
        600, 0.25, (16, 32, 64, 128, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192), DTYPES,
        shaped=True, modes=MODES, every_thread=True,
    ),
}  # fmt: skip

SHAPED = (
    Shape("tall", 4096, 256, 64),
    Shape("wide", 64, 256, 4096),
    Shape("matrix-vector", 2048, 2048, 1),
    Shape("batched", 128, 128, 128, batch=32),
    Shape("batched", 16, 64, 16, batch=256),
)


_LARGE = Shape("square", 2048, 2048, 2048).operations


@dataclass(frozen=True)
class Case:
    """A product to be timed: what it is, and where."""

    device: str
    dtype: str
    shape: Shape
    mode: Mode = "warm"
    threads: int = 0
    precision: str = ""

    @property
    def id(self) -> str:
        """Its name, the same in each run."""
        kind = f"{self.dtype}/{self.precision}" if self.precision not in ("", "highest") else self.dtype
        threads = f" threads={self.threads}" if self.threads else ""
        vector = " vector" if self.shape.kind == "matrix-vector" else ""
        return f"{self.device} {kind} {self.shape.text}{vector} {self.mode}{threads}"

    def record(self, not_run: str = "") -> CaseRecord:
        """Give its record before it is timed, or with the reason why it was not."""
        return CaseRecord(
            self.id, self.device, self.dtype, self.mode, self.shape, self.threads, self.precision, not_run=not_run
        )


_ID = re.compile(
    r"(?P<device>\S+) (?P<dtype>\w+)(?:/(?P<precision>\w+))? (?:(?P<batch>\d+)x(?=\d+x\d+x\d))?(?P<m>\d+)x(?P<k>\d+)x(?P<n>\d+)"
    r"(?P<vector> vector)?(?: (?P<mode>[a-z]+(?: [a-z]+)?))?(?: threads=(?P<threads>\d+))?"
)


def parsed(name: str) -> Case:
    """Give the case of an id; a mode that is left out is warm, threads of the CPU are all.

    Raises:
        UsageProblem: it is none.
    """
    found = _ID.fullmatch(name)
    if found is None or found["dtype"] not in DTYPES or (found["mode"] or "warm") not in MODES:
        raise UsageProblem(f"{name!r} names no product; one is named like 'cpu float32 512x512x512 warm threads=1'")
    m, k, n = (int(found[one]) for one in "mkn")
    batch = int(found["batch"] or 1)
    kind = "matrix-vector" if found["vector"] else "batched" if batch > 1 else _kind(m, k, n)
    mode: Mode = found["mode"] or "warm"  # type: ignore[assignment]  # it is one of MODES, as was seen above
    threads = int(found["threads"] or (all_threads() if found["device"] == "cpu" else 0))
    if 0 in (m, k, n, batch):
        raise UsageProblem(f"{name!r} has no elements, so there is nothing to time")
    precision = (found["precision"] or PRECISIONS[0]) if found["dtype"] == "float32" else ""
    return Case(found["device"], found["dtype"], Shape(kind, m, k, n, batch), mode, threads, precision)


def _kind(m: int, k: int, n: int) -> str:
    if m == k == n:
        return "square"
    return "tall" if m > n else "wide"


def all_threads() -> int:
    """Give the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def chosen(
    profile: str,
    devices: Sequence[str],
    dtypes: Sequence[str] = (),
    sizes: Sequence[int] = (),
    threads: Sequence[int] = (),
) -> list[Case]:
    """Give the cases of a profile, in the order in which they are timed.

    Args:
        profile: its name.
        devices: as PyTorch names them.
        dtypes: instead of the profile's.
        sizes: of squares, instead of the profile's; other shapes are then left out.
        threads: of the CPU, instead of one and all.

    Raises:
        UsageProblem: an unknown dtype, or a size or number of threads below 1.
    """
    if unknown := [one for one in dtypes if one not in DTYPES]:
        raise UsageProblem(f"unknown dtype {unknown[0]!r}: the matmul stage knows {', '.join(DTYPES)}")
    if wrong := [one for one in (*sizes, *threads) if one < 1]:
        raise UsageProblem(f"{wrong[0]} is no size and no number of threads: both begin at 1")
    plan = PROFILES[profile]
    numbers = sorted({*(threads or (all_threads(), 1))}, reverse=True)
    squares = [Shape("square", n, n, n) for n in sorted({*(sizes or plan.squares)})]
    groups = _groups(devices, tuple(dict.fromkeys(dtypes or plan.dtypes)), plan, numbers)
    found = [case for group in groups for case in _cases(group, squares)]
    if plan.shaped and not sizes:
        found += [case for group in groups if _is_plain(group, numbers[0]) for case in _cases(group, SHAPED)]
    # What takes long comes last, so that every dtype and mode has its turn.
    found.sort(key=lambda case: case.shape.operations > _LARGE)
    return list({case.id: case for case in found}.values())


@dataclass(frozen=True)
class _Group:
    device: str
    dtype: str
    precision: str
    mode: Mode
    threads: int


def _cases(group: _Group, shapes: Iterable[Shape]) -> Iterator[Case]:
    for shape in shapes:
        yield Case(group.device, group.dtype, shape, group.mode, group.threads, group.precision)


def _groups(devices: Sequence[str], dtypes: Sequence[str], plan: Profile, threads: Sequence[int]) -> list[_Group]:
    """Give what a sweep over sizes has in common: warm ones first, in the order of dtypes, then the other modes."""
    found = [
        _Group(device, dtype, precision, mode, number)
        for mode in plan.modes
        for dtype in dtypes
        for precision in _precisions(dtype, mode)
        for device in devices
        for number in (threads if device == "cpu" else (0,))
        if device != "cpu" or (mode in _CPU_MODES and _is_of_interest(dtype, precision, mode, number, threads[0], plan))
    ]
    return sorted(found, key=lambda group: plan.modes.index(group.mode))


def _precisions(dtype: str, mode: Mode) -> tuple[str, ...]:
    if dtype != "float32":
        return ("",)
    return PRECISIONS if mode == "warm" else PRECISIONS[:1]


def _is_of_interest(dtype: str, precision: str, mode: Mode, number: int, most: int, plan: Profile) -> bool:
    """Leave out of the CPU's what tells little: cold caches of whole numbers, and fewer threads than all but of the plainest."""
    if number != most:
        plainest = dtype == "float32" and precision == PRECISIONS[0]
        return mode == "warm" and (plainest or (plan.every_thread and kind_of(dtype) == "float"))
    return mode == "warm" or kind_of(dtype) == "float"


def _is_plain(group: _Group, most: int) -> bool:
    """Say whether other shapes than squares are timed too: warm floats as such, with all threads."""
    plain = group.mode == "warm" and group.threads in (0, most) and kind_of(group.dtype) == "float"
    return plain and group.precision in ("", PRECISIONS[0])
