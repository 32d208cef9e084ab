"""Two machines' files side by side, and the documents' claim beside them: that an A100 is 13 times as fast as a T4.

The claim is something to compare with, never a rule: it names no dtype, no size and no program. What the two differ by in
published figures depends on the arithmetic, and is computed from `fixtures/peaks.toml`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.benchmark import peaks, resampling
from conformance.benchmark.comparison import aligned, duration, ratio_text
from conformance.documents import FixtureError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.benchmark.records import Bench, CaseRecord, Interval, Peak

CLAIMED = 13
A100, T4 = "NVIDIA A100", "NVIDIA T4"
# By what each calls itself: the three models of an A100 differ in their memory alone.
_A100S = ("NVIDIA A100-SXM4-40GB", "NVIDIA A100 80GB PCIe", "NVIDIA A100-SXM4-80GB")
_T4 = "Tesla T4"
CAVEATS = (
    "No published ratio is 13: what it is depends on dtype and precision, which a bare number leaves open.",
    "Published ratios are those of dense peaks, which no product reaches; the measured ones are of matmul alone.",
    "TF32 keeps 10 bits of a float32's fraction: 19 is the ratio of a less exact product to an exact one.",
    "Two runs on two machines differ in more than the accelerator: in host, driver, clocks and versions of PyTorch.",
)


class Kind(NamedTuple):
    """An arithmetic in which the two are compared: dtype and precision on the A100, and on the T4."""

    name: str
    dtype: str
    fast: str
    slow: str


KINDS = (
    Kind("float32 as such", "float32", "highest", "highest"),
    Kind("TF32 against float32", "float32", "high", "highest"),
    Kind("float16", "float16", "", ""),
)


class Runner(NamedTuple):
    """A device of a file, with the square products that it timed warm."""

    bench: Bench
    device: str
    squares: dict[tuple[str, str], dict[int, CaseRecord]]

    @property
    def hardware(self) -> str:
        """What its hardware calls itself."""
        return self.bench.devices.get(self.device, "") or self.device

    def square(self, dtype: str, precision: str, n: int) -> CaseRecord:
        """Give a case that was timed."""
        return self.squares[dtype, precision][n]


def machines(first: Bench, second: Bench) -> str:
    """Give two machines' files side by side: their fastest devices, dtype by dtype, and the documents' claim.

    Of each file the first accelerator that timed square products is taken, or else the CPU with most threads. Each dtype and
    precision has the largest size that both timed warm.
    """
    one, two = _runner(first), _runner(second)
    if one is None or two is None:
        which = "first" if one is None else "second"
        return (
            f"The {which} file holds no square product that was timed warm, so there is nothing to set side by side.\n"
        )
    lines = [
        f"first:  {one.hardware} ({first.machine.system}, torch {first.torch})",
        f"second: {two.hardware} ({second.machine.system}, torch {second.torch})",
        "",
        *aligned([_HEAD, *_rows(one, two)]),
        *(
            f"{name}: {note}"
            for name, of in (("first", one), ("second", two))
            if (note := of.bench.notes.get(of.device))
        ),
        "",
        *_claim(one, two),
    ]
    return "\n".join(lines) + "\n"


def published_ratios() -> dict[str, tuple[float, float]]:
    """Give the published ratios of A100 to T4, from the least to the greatest of the A100's models.

    Raises:
        FixtureError: the file of peaks is damaged.
    """
    found = {}
    for kind in KINDS:
        slow = peaks.published(_T4, kind.dtype, kind.slow)
        fast = [peaks.published(one, kind.dtype, kind.fast) for one in _A100S]
        found[kind.name] = _range(fast, slow)
    found["memory"] = _range([peaks.bandwidth(one) for one in _A100S], peaks.bandwidth(_T4))
    return found


def _range(fast: list[peaks.Published | None], slow: peaks.Published | None) -> tuple[float, float]:
    ratios = [one.value / slow.value for one in fast if one is not None and slow is not None]
    if not ratios:
        raise FixtureError(f"fixtures/{peaks.FILE_NAME} has no figures of an A100 and a T4; restore it or reinstall")
    return min(ratios), max(ratios)


_HEAD = ("dtype", "precision", "n", "second/first in time (99 %)", "first", "second", "share of peak: first", "second")


def _runner(bench: Bench) -> Runner | None:
    timed = [one for one in bench.cases if one.samples and one.mode == "warm" and one.shape.kind == "square"]
    devices = list(dict.fromkeys(one.device for one in timed))
    if not devices:
        return None
    device = next((one for one in devices if not one.startswith("cpu")), devices[0])
    squares: dict[tuple[str, str], dict[int, CaseRecord]] = {}
    # Of the CPU's cases with one and with all threads, those with all come last and stay.
    for one in sorted((one for one in timed if one.device == device), key=lambda one: one.threads):
        squares.setdefault((one.dtype, one.precision), {})[one.shape.n] = one
    return Runner(bench, device, squares)


def _rows(one: Runner, two: Runner) -> Iterator[tuple[str, ...]]:
    for kind in one.squares:
        n = _largest(one, two, kind, kind)
        if n is not None:
            first, second = one.square(*kind, n), two.square(*kind, n)
            yield (
                kind[0],
                kind[1] or "-",
                str(n),
                ratio_text(_ratio(first, second)),
                _speed(first),
                _speed(second),
                _share(first),
                _share(second),
            )


def _largest(one: Runner, two: Runner, kind: tuple[str, str], other: tuple[str, str]) -> int | None:
    both = one.squares.get(kind, {}).keys() & two.squares.get(other, {}).keys()
    return max(both, default=None)


def _ratio(first: CaseRecord, second: CaseRecord) -> Interval:
    return resampling.ratio(first.samples, second.samples, resampling.VERDICT_LEVEL)


def _speed(one: CaseRecord) -> str:
    time = duration(one.seconds.median) if one.seconds is not None else "no time"
    return f"{one.gflops:,.0f} GFLOP/s, {time}" if one.gflops is not None else time


def _share(one: CaseRecord) -> str:
    share = one.share_of_peak
    if share is None:
        return "-"
    parts = [(share.measured, "measured"), (share.published, "published")]
    return ", ".join(f"{value:.0%} of {word}" for value, word in parts if value is not None) or "-"


def _claim(one: Runner, two: Runner) -> list[str]:
    if _known(two) == A100:
        one, two = two, one
    claimed = f"The documents say that an A100 is {CLAIMED} times as fast as a T4."
    if (_known(one), _known(two)) != (A100, T4):
        return [f"{claimed} These are {one.hardware} and {two.hardware}, so nothing is said of that here."]
    published = published_ratios()
    rows: list[tuple[str, ...]] = [("A100 over T4", "published", "measured here (99 %)")]
    rows += [(kind.name, _span(published[kind.name]), _speedup(one, two, kind)) for kind in KINDS]
    rows.append(("memory", _span(published["memory"]), _memory(one, two)))
    return [claimed, *aligned(rows), *(f"- {caveat}" for caveat in CAVEATS)]


def _known(runner: Runner) -> str:
    found = peaks.accelerator(runner.hardware)
    return next((name for name in (A100, T4) if found is not None and found.name.startswith(name)), "")


def _span(ends: tuple[float, float]) -> str:
    least, greatest = (f"{end:.1f}" if end < 10 else f"{end:.0f}" for end in ends)  # noqa: PLR2004 - two digits of each
    return least if least == greatest else f"{least} to {greatest}"


def _speedup(fast: Runner, slow: Runner, kind: Kind) -> str:
    n = _largest(fast, slow, (kind.dtype, kind.fast), (kind.dtype, kind.slow))
    if n is None:
        return "not measured"
    ratio = _ratio(fast.square(kind.dtype, kind.fast, n), slow.square(kind.dtype, kind.slow, n))
    return f"{ratio_text(ratio)} at n = {n}"


def _memory(fast: Runner, slow: Runner) -> str:
    above, below = _bandwidth(fast), _bandwidth(slow)
    if above is None or below is None:
        return "not measured"
    return f"{above.measured / below.measured:.3g} ({above.measured:.4g} against {below.measured:.4g} GB/s)"


def _bandwidth(runner: Runner) -> Peak | None:
    found = (one for one in runner.bench.peaks if one.device == runner.device and one.unit == "GB/s" and one.measured)
    return max(found, key=lambda one: one.measured, default=None)
