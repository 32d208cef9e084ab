"""What is read from the matmul stage's files: published peaks, comparisons, figures. No test here measures a time."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import matplotlib as mpl
import msgspec
import numpy as np
import pytest

from conformance.benchmark import claim, comparison, figures, machine, peaks, plotting, records, resampling, tables
from conformance.documents import FixtureError
from conformance.problems import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.benchmark.plotting import Plot

T4, A100 = "Tesla T4", "NVIDIA A100-SXM4-40GB"


INTEL = "GenuineIntel family 6 model"
MACHINE = records.Machine("AMD EPYC 7763 64-Core Processor", 4, 16, "Linux x86_64")


def _samples(seconds: float, seed: int = 0, spread: float = 0.02, number: int = 60) -> tuple[float, ...]:
    """Make up times around so many seconds."""
    return tuple((seconds * np.random.default_rng(seed).lognormal(0, spread, number)).tolist())


def _case(
    n: int = 512, seconds: float = 1e-3, *, cpu: float | None = 1.0, seed: int = 0, spread: float = 0.02, **fields: Any
) -> records.CaseRecord:
    """Make up a case that took so long, and by CPU time so many times as long."""
    made: dict[str, Any] = {
        "device": "cpu",
        "dtype": "float32",
        "precision": "highest",
        "mode": "warm",
        "threads": 2,
        **fields,
    }
    shape = made.pop("shape", records.Shape("square", n, n, n))
    id_ = made.pop("id", f"{made['device']} {made['dtype']} {made['precision']} {shape.text} {made['mode']}")
    samples = _samples(seconds, seed, spread)
    made.setdefault("gflops", shape.operations / seconds / 1e9)
    made.setdefault("gigabytes", 4 * shape.elements / seconds / 1e9)
    if cpu is not None:
        made.setdefault("cpu_seconds", resampling.interval([cpu * one for one in samples]))
    return records.CaseRecord(
        id_,
        shape=shape,
        seconds=resampling.interval(samples),
        samples=samples,
        rounds=len(samples),
        iterations=1,
        **made,
    )


def _bench(*cases: records.CaseRecord, **fields: Any) -> records.Bench:
    """Make up a file."""
    made: dict[str, Any] = {
        "torch": "2.13.0",
        "machine": MACHINE,
        "devices": {"cpu": MACHINE.processor},
        "environment": {},
        "started": "2026-01-01T00:00:00",
        "complete": True,
        "noise": 1.02,
        **fields,
    }
    return records.Bench(
        schema_version=1, suite="0.1", profile="smoke", seed=0, command=("conformance", "bench"), cases=cases, **made
    )


def _value(found: peaks.Published | None) -> float | None:
    return found.value if found is not None else None


@pytest.mark.parametrize(
    ("hardware", "name", "bandwidth"),
    [
        ("Tesla T4", "NVIDIA T4", 320),
        ("NVIDIA T4", "NVIDIA T4", 320),
        ("NVIDIA L4", "NVIDIA L4", 300),
        ("NVIDIA A100-SXM4-40GB", "NVIDIA A100 40 GB", 1555),
        ("A100-PCIE-40GB", "NVIDIA A100 40 GB", 1555),
        ("NVIDIA A100-SXM4-80GB", "NVIDIA A100 80 GB SXM", 2039),
        ("NVIDIA A100 80GB PCIe", "NVIDIA A100 80 GB PCIe", 1935),
        ("NVIDIA H100 80GB HBM3", "NVIDIA H100 SXM", 3350),
        ("NVIDIA H100 PCIe", "NVIDIA H100 PCIe", 2000),
        ("TPU v2", "TPU v2", 350),
        ("TPU v2-8", "TPU v2-8", None),
        ("TPU v5 lite", "TPU v5e", 819),
        ("TPU v5e", "TPU v5e", 819),
    ],
)
def test_an_accelerator_is_found_by_what_it_calls_itself(hardware: str, name: str, bandwidth: float | None) -> None:
    """Each name of a driver or of PJRT gives its own row, and with it the memory's bandwidth."""
    found = peaks.accelerator(hardware)

    assert found is not None
    assert found.name == name
    assert _value(peaks.bandwidth(hardware)) == bandwidth


@pytest.mark.parametrize(
    "hardware",
    ["", "NVIDIA A100-SXM4-40GB MIG 1g.5gb", "GRID T4-16Q", "NVIDIA L40", "NVIDIA T4G", "NVIDIA H100 NVL", "TPU v4"],
)
def test_what_is_not_in_the_file_has_no_published_peak(hardware: str) -> None:
    """A part of a GPU, a sibling or an unknown one gets no figure of another."""
    assert peaks.published(hardware, "float16", "") is None
    assert peaks.bandwidth(hardware) is None


@pytest.mark.parametrize(
    ("hardware", "dtype", "precision", "gflops"),
    [
        (T4, "float32", "highest", 8_100),
        (T4, "float32", "", 8_100),
        (T4, "float16", "", 65_000),
        (T4, "bfloat16", "", None),
        (T4, "complex64", "", None),
        # No TF32 there: computed as highest.
        (T4, "float32", "high", 8_100),
        (T4, "float32", "medium", 8_100),
        (A100, "float32", "highest", 19_500),
        (A100, "float32", "medium", 156_000),
        (A100, "float64", "", 19_500),
        # Published with sparsity: halved.
        ("NVIDIA L4", "float32", "high", 60_000),
        ("NVIDIA H100 80GB HBM3", "bfloat16", "", 989_500),
        # A chip's 45,000, of which each of two devices has half.
        ("TPU v2", "bfloat16", "", 22_500),
        ("TPU v2-8", "bfloat16", "", 22_500),
        ("TPU v5e", "float32", "medium", 197_000),
        ("TPU v5e", "float32", "highest", None),
    ],
)
def test_a_peak_is_dense_and_of_its_dtype_and_precision(
    hardware: str, dtype: str, precision: str, gflops: float | None
) -> None:
    """The vendor's figure, halved where it counts skipped zeros, shared where devices share it, or none."""
    assert _value(peaks.published(hardware, dtype, precision)) == gflops


def test_a_figure_says_how_it_was_made_from_its_source() -> None:
    """Each has a source; one that was halved or divided says so."""
    halved, shared = peaks.published("NVIDIA L4", "int8"), peaks.published("TPU v2", "bfloat16")

    assert halved is not None
    assert shared is not None
    assert "datasheet, table of specifications" in halved.source
    assert halved.source.endswith("; half of the figure with sparsity")
    assert shared.source.endswith("; shared by 2 devices")


@pytest.mark.parametrize(
    ("name", "threads", "dtype", "gflops"),
    [
        # 512 bits are 16 elements: 2 x 3.9 x 16 x 2 x 2.
        ("Intel(R) Xeon(R) Platinum 8260 CPU @ 2.40GHz", 2, "float32", 499.2),
        ("Intel(R) Xeon(R) Platinum 8260 CPU @ 2.40GHz", 2, "float64", 249.6),
        ("Intel(R) Xeon(R) Platinum 8480+", 1, "float32", 243.2),
        ("AMD EPYC 7763 64-Core Processor", 4, "float32", 448.0),
        ("AMD EPYC 7763 64-Core Processor", 4, "bfloat16", None),
        ("AMD EPYC 7702P 64-Core Processor", 1, "float64", 53.6),
        # One AVX-512 unit, but for two models.
        ("Intel(R) Xeon(R) Silver 4208 CPU @ 2.10GHz", 1, "float32", 102.4),
        ("Intel(R) Xeon(R) Gold 5118 CPU @ 2.30GHz", 1, "float32", 73.6),
        ("Intel(R) Xeon(R) Gold 5122 CPU @ 3.60GHz", 1, "float32", 230.4),
        # Made for one customer: the provider's clock, or the one in the name.
        ("Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", 1, "float32", 211.2),
        ("Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz", 1, "float32", 160.0),
        ("AMD EPYC 7B12", 2, "float32", None),
        # Hidden by the virtual machine, but for its numbers.
        (f"Intel(R) Xeon(R) CPU @ 2.20GHz {INTEL} 79 stepping 0 clock 2200.212 MHz Google", 1, "float32", 118.4),
        (f"Intel(R) Xeon(R) CPU @ 2.20GHz {INTEL} 79 stepping 0 clock 2200.212 MHz", 1, "float32", 70.4),
        (f"Intel(R) Xeon(R) CPU @ 2.00GHz {INTEL} 85 stepping 3 AVX-512 Google", 1, "float32", 224.0),
        (f"Intel(R) Xeon(R) Processor @ 2.50GHz {INTEL} 85 stepping 7 AVX-512 Amazon EC2", 1, "float32", 160.0),
        (f"Intel(R) Xeon(R) Processor @ 2.50GHz {INTEL} 85 stepping 7 Amazon EC2", 1, "float32", 80.0),
        (f"Intel Xeon Processor (Icelake) {INTEL} 106 stepping 0 AVX-512 clock 2000.000 MHz QEMU", 1, "float32", 128.0),
        ("AMD EPYC 7571 AuthenticAMD family 23 model 1 stepping 2 clock 2200.000 MHz", 1, "float32", 35.2),
        ("AMD EPYC-Rome AuthenticAMD family 23 model 49 stepping 0 clock 2250.000 MHz", 1, "float32", 72.0),
        ("AMD EPYC 7B12 AuthenticAMD family 23 model 49 stepping 0 clock 2250.000 MHz Google", 1, "float32", 105.6),
        ("AMD EPYC 7763v AuthenticAMD family 25 model 1 stepping 1", 1, "float32", None),
        (f"Intel(R) Xeon(R) Processor {INTEL} 167 stepping 1 AVX-512 clock 2600.000 MHz", 1, "float32", None),
        # Arm has no name and no clock.
        ("aarch64 implementer 0x41 part 0xd0c Amazon EC2", 1, "float32", 40.0),
        ("aarch64 implementer 0x41 part 0xd40 Amazon EC2", 1, "float32", 83.2),
        ("aarch64 implementer 0x41 part 0xd4f Amazon EC2", 1, "float64", 44.8),
        ("aarch64 implementer 0x41 part 0xd0c Google", 1, "float32", 48.0),
        ("aarch64 implementer 0x41 part 0xd4f", 1, "float32", None),
        ("Apple M1", 1, "float32", None),
        ("Intel(R) Xeon(R) Processor @ 2.20GHz", 2, "float32", None),
        ("", 2, "float32", None),
    ],
)
def test_a_processors_peak_is_computed_from_what_its_vendor_states(
    name: str, threads: int, dtype: str, gflops: float | None
) -> None:
    """Cores x clock x vector x units x 2, by the name or the numbers, with the published clock before the reported one."""
    assert _value(peaks.of_processor(name, threads, dtype)) == (pytest.approx(gflops) if gflops else None)


def test_a_clock_that_nobody_published_is_told() -> None:
    """The peak says that it stands at the clock that the machine reports; a published clock is silent."""
    published = peaks.of_processor("AMD EPYC 7763 64-Core Processor", 1, "float32")
    reported = peaks.of_processor("Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz", 1, "float32")

    assert published is not None
    assert reported is not None
    assert peaks.REPORTED not in published.source
    assert "1 cores x 2.5 GHz (that the machine reports, none is published; turbo may exceed it)" in reported.source


_SKYLAKE = "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nmodel name\t: X\nstepping\t: 4\ncpu MHz\t\t: 2000.1\n"


@pytest.mark.parametrize(
    ("cpuinfo", "vendor", "said"),
    [
        (
            f"{_SKYLAKE}flags\t\t: fpu avx512f hypervisor\n\nprocessor\t: 1\nstepping\t: 9\n",
            "Google\n",
            f"{INTEL} 85 stepping 4 AVX-512 clock 2000.1 MHz Google",
        ),
        # The clock of a moment, not the machine's.
        (f"{_SKYLAKE}flags\t\t: fpu\n", "", f"{INTEL} 85 stepping 4"),
        (f"{_SKYLAKE}flags\t\t: hypervisor aperfmperf\n", "", f"{INTEL} 85 stepping 4"),
        (
            "processor\t: 0\nBogoMIPS\t: 243\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n",
            "Amazon EC2\n",
            "implementer 0x41 part 0xd0c Amazon EC2",
        ),
        ("", "", ""),
    ],
)
def test_a_processor_is_known_by_its_numbers(
    cpuinfo: str, vendor: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the first CPU, with the machine's maker; the clock only where a virtual machine knows no other."""
    files = {"/proc/cpuinfo": cpuinfo, "/sys/class/dmi/id/sys_vendor": vendor}
    monkeypatch.setattr(machine, "_text", files.__getitem__)

    assert machine.numbers() == said


def test_a_faster_precision_is_not_the_arithmetic_of_a_processors_vector_units() -> None:
    """Bfloat16 may use other units, whose rate is not in the file."""
    assert peaks.of_processor("AMD EPYC 7763", 1, "float32", "highest") is not None
    assert peaks.of_processor("AMD EPYC 7763", 1, "float32", "medium") is None


@pytest.fixture
def peaks_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put another file in the place of the suite's."""
    monkeypatch.setattr(peaks, "fixtures_folder", lambda: tmp_path)
    peaks._file.cache_clear()  # noqa: SLF001
    yield tmp_path / peaks.FILE_NAME
    peaks._file.cache_clear()  # noqa: SLF001


_ONE = "[[accelerator]]\nname = 'X'\nsource = 'S'\n"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (None, "No such file"),
        ("[[accelerator", "damaged"),
        ("accelerator = []", "processor"),
        ("processor = []\n" + _ONE + "match = 'X'\nwatts = 70", "watts"),
        ("processor = []\n" + _ONE + "match = '('\ndense = { int8 = 1 }", "unterminated"),
        ("processor = []\n" + _ONE + "match = 'X'\ndense = { int8 = 0 }", "figures above 0"),
        ("processor = []\n" + _ONE + "match = 'X'\ndense = { int8 = 1 }\nsparse = { int8 = 2 }", "twice"),
        (
            "accelerator = []\n[[processor]]\nfamily = 'X'\nmatch = 'X'\nvector_bits = 1\nunits = 1\nclocks = {}\nsource = 'S'",
            "group `model`",
        ),
        (
            "accelerator = []\n[[processor]]\nfamily = 'X'\nmatch = '(?P<model>X)'\nvector_bits = 1\nunits = 0\nclocks = {}\nsource = 'S'",
            "figures above 0",
        ),
    ],
)
def test_a_damaged_file_is_told_in_a_sentence(peaks_file: Path, text: str | None, word: str) -> None:
    """Whoever reads it learns which file, what is wrong, and what to do."""
    if text is not None:
        peaks_file.write_text(text, encoding="utf-8")

    with pytest.raises(FixtureError, match=r"^fixtures/peaks\.toml is missing or damaged \(.*\); restore it") as raised:
        peaks.published(T4, "float32", "")

    assert word in str(raised.value)
    assert "\n" not in str(raised.value)


def _again(*cases: records.CaseRecord, **fields: Any) -> records.Bench:
    """Make up a repetition."""
    return _bench(*cases, started="2026-01-01T01:00:00", **fields)


def test_a_run_against_itself_fails_nothing() -> None:
    """Two runs of one program, apart by their noise alone, are the same, however often they are repeated."""
    old, new, again = (_bench(*(_case(n, seed=10 * n + run) for n in (64, 128, 256, 512))) for run in range(3))
    found = comparison.compare(old, new, msgspec.structs.replace(again, started="later"))

    assert {one.kind for one in found.cases} == {"same"}
    assert found.failures == found.suspected == ()
    assert found.exit_code == 0


def test_drift_within_the_noise_fails_nothing() -> None:
    """What a case or a run does against itself is no difference, up to three times its distance from 1."""
    old, new, again = _bench(_case()), _bench(_case(seconds=1.3e-3)), _again(_case(seconds=1.3e-3))
    alone = comparison.compare(old, new, again)
    noisy_case = comparison.compare(old, _bench(_case(seconds=1.3e-3, noise=1.12)), again)
    noisy_run = comparison.compare(msgspec.structs.replace(old, noise=1.12), new, again)

    assert alone.exit_code == 1
    assert [one.cases[0].found.limit for one in (alone, noisy_case, noisy_run)] == pytest.approx([1.10, 1.36, 1.36])
    assert noisy_case.failures == noisy_run.failures == ()
    # Slower it is all the same, and shown so.
    assert noisy_case.cases[0].kind == noisy_run.cases[0].kind == "slower"


@pytest.mark.parametrize(
    ("noises", "noise", "limit"),
    [((None, None, 1.0, 1.0), 1.0, 1.1), ((1.02, None, 1.0, 1.03), 1.03, 1.1), ((None, 0.8, 1.0), 1.25, 1.75)],
)
def test_noise_is_a_distance_from_1(noises: tuple[float | None, ...], noise: float, limit: float) -> None:
    """The greatest counts, on either side of 1; three times its distance is let pass, and 10 % always."""
    assert comparison.noise_of(*noises) == pytest.approx(noise)
    assert comparison.limit_of(comparison.noise_of(*noises)) == pytest.approx(limit)


def test_a_ratio_must_be_clear_of_the_limit_with_its_whole_interval() -> None:
    """A case that is 8 % slower is slower, and does not fail; nor does one of 12 % that may be one of 8 %."""
    certain: dict[str, Any] = {"cpu_seconds": records.Interval(1.5e-3, 1.5e-3, 1.5e-3)}
    for slower in (_case(seconds=1.08e-3), _case(seconds=1.12e-3, spread=0.1, **certain)):
        found = comparison.compare(_bench(_case()), _bench(slower), _again(slower))

        assert found.cases[0].kind == "slower"
        assert found.cases[0].found.wall.low < comparison.GATE
        assert found.failures == ()
    assert found.cases[0].found.wall.median > comparison.GATE


def test_a_second_clock_that_is_not_certain_does_not_agree() -> None:
    """The widest ratio that the intervals of both medians allow must be a slowdown."""
    uncertain = _case(seconds=1.5e-3, cpu_seconds=records.Interval(1.5e-3, 0.9e-3, 2e-3))

    assert comparison.compare(_bench(_case()), _bench(uncertain), _again(uncertain)).failures == ()


def test_a_noisy_repetition_confirms_nothing() -> None:
    """Its own noise counts in it."""
    old, new = _bench(_case()), _bench(_case(seconds=1.5e-3))

    for again in (_again(_case(seconds=1.5e-3, noise=1.3)), _again(_case(seconds=1.5e-3), noise=1.3)):
        assert comparison.compare(old, new, again).cases[0].kind == "not confirmed"


@pytest.mark.parametrize("clock", ["cpu_seconds", "device_seconds"])
def test_both_clocks_must_agree(clock: str) -> None:
    """Where the second clock says nothing of a slowdown, or there is none, no case fails."""
    slower = 1.5e-3
    same: dict[str, Any] = {clock: resampling.interval(_samples(1e-3))}
    more: dict[str, Any] = {clock: resampling.interval(_samples(slower))}
    old = _bench(_case(cpu=None, **same))
    disagreeing, agreeing = (_case(seconds=slower, cpu=None, **by) for by in (same, more))
    without = _case(seconds=slower, cpu=None)

    assert comparison.compare(old, _bench(disagreeing), _again(disagreeing)).failures == ()
    assert comparison.compare(old, _bench(without), _again(without)).failures == ()
    assert len(comparison.compare(old, _bench(agreeing), _again(agreeing)).failures) == 1


def test_the_devices_own_events_come_before_cpu_time() -> None:
    """CPU time of a program that waits for a device says nothing of the device."""
    events: dict[str, Any] = {"device_seconds": resampling.interval(_samples(1e-3))}
    found = comparison.compare(_bench(_case(**events)), _bench(_case(seconds=1.5e-3, **events)))

    assert found.cases[0].found.clock == "device"
    assert found.suspected == ()


def test_a_repetition_must_confirm() -> None:
    """Without one a case is suspected, with one it fails, or is cleared."""
    old, slow = _bench(_case()), _case(seconds=1.5e-3)
    new = _bench(slow)
    alone = comparison.compare(old, new)
    confirmed = comparison.compare(old, new, _again(slow))
    cleared = comparison.compare(old, new, _again(_case()))
    not_repeated = comparison.compare(old, new, _again(_case(64)))

    assert (alone.suspected, alone.failures) == ((slow.id,), ())
    assert (confirmed.suspected, confirmed.exit_code) == ((), 1)
    assert confirmed.failures[0].startswith(f"{slow.id} takes 1.5 times")
    assert (cleared.suspected, cleared.failures, cleared.cases[0].kind) == ((), (), "not confirmed")
    assert not_repeated.suspected == (slow.id,)


def test_a_repetition_is_one_of_the_new_run() -> None:
    """Another version, another machine or the very same file repeats nothing."""
    old, new = _bench(_case(), torch="2.12.0"), _bench(_case())
    smaller = msgspec.structs.replace(MACHINE, cores=2)

    with pytest.raises(UsageProblem, match="the second one itself"):
        comparison.compare(old, new, new)
    with pytest.raises(UsageProblem, match=r"no repetition .*torch 2\.13\.0 against 2\.12\.0"):
        comparison.compare(old, new, _again(torch="2.12.0"))
    with pytest.raises(UsageProblem, match=r"no repetition .*cores 4 against 2"):
        comparison.compare(old, new, _again(machine=smaller))


@pytest.mark.parametrize(
    "reason", ["over budget: the 600 s of the profile full are spent", "no memory: it needs about 3 GiB"]
)
def test_a_case_that_the_new_run_had_no_room_for_is_told_and_fails_nothing(reason: str) -> None:
    """Seconds and memory that were short say nothing of the library."""
    one, other = _case(64), _case(128)
    missing = records.CaseRecord(other.id, "cpu", "float32", "warm", other.shape, not_run=reason)
    found = comparison.compare(_bench(one, other), _bench(one, missing))

    assert found.vanished == ()
    assert found.exit_code == 0
    assert any(
        text.startswith("1 cases of the old run were not reached") and other.id in text for text in found.differences
    )


def test_a_library_that_became_too_slow_for_a_size_fails_at_the_size_before() -> None:
    """That a larger size was over budget hides nothing: what made it so shows in the last one that was timed."""
    old = _bench(_case(64), _case(128))
    missing = records.CaseRecord(
        _case(128).id,
        "cpu",
        "float32",
        "warm",
        _case(128).shape,
        not_run="over budget: a call of 64x64x64 takes 2 s already",
    )
    new, again = (
        _bench(_case(64, 2e-3), missing),
        _bench(_case(64, 2e-3, seed=1), missing, started="2026-01-02T00:00:00"),
    )

    assert comparison.compare(old, new, again).exit_code == 1


def test_a_case_that_vanished_fails() -> None:
    """Not there, or not run: timed before, it must be timed now. What was not timed before is new."""
    kept, gone, not_run, added = _case(64), _case(128), _case(256), _case(1024)
    reason = records.CaseRecord(not_run.id, "cpu", "float32", "warm", not_run.shape, not_run="not implemented")
    before = records.CaseRecord(added.id, "cpu", "float32", "warm", added.shape, not_run="no memory")
    found = comparison.compare(_bench(kept, gone, not_run, before), _bench(kept, reason, added))

    assert [(one.id, one.reason) for one in found.vanished] == [
        (gone.id, "the new file has no such case"),
        (not_run.id, "not implemented"),
    ]
    assert found.added == (added.id,)
    assert found.exit_code == 1
    assert all("is not any more" in one for one in found.failures)


def test_an_incomplete_run_says_so() -> None:
    """What vanished because a run was stopped is told with the reason."""
    found = comparison.compare(_bench(_case()), _bench(complete=False, stopped="interrupted"))

    assert found.vanished[0].reason == "the new run was stopped (interrupted)"
    assert found.differences == ("the new run is incomplete: interrupted",)


def test_files_of_two_machines_are_refused() -> None:
    """Their times tell nothing of PyTorch, and the sentence names what differs; whoever asks for it sees them."""
    other = msgspec.structs.replace(MACHINE, cores=2, accelerators=(T4,))
    old, new = _bench(_case()), _bench(_case(), machine=other)

    with pytest.raises(UsageProblem, match="cores 4 against 2; accelerators none against Tesla T4"):
        comparison.compare(old, new)
    assert comparison.compare(old, new, different_machines=True).differences == (
        "two machines: cores 4 against 2; accelerators none against Tesla T4",
    )


def test_two_versions_of_torch_are_what_is_compared() -> None:
    """They are named, and so is what else differs."""
    old, new = _bench(_case(), torch="2.12.0"), _bench(_case(), environment={"OMP_NUM_THREADS": "1"})
    found = comparison.compare(old, new)

    assert "torch 2.12.0 (2026-01-01T00:00:00) to torch 2.13.0" in comparison.headline(found)
    assert found.differences == ("environment: OMP_NUM_THREADS unset against 1",)


def _varied() -> comparison.Comparison:
    times = {64: 1e-3, 128: 1.5e-3, 256: 0.5e-3, 512: 1.07e-3, 1024: 2e-3}
    old = _bench(*(_case(n) for n in times), _case(2048))
    new = _bench(*(_case(n, seconds) for n, seconds in times.items()), _case(4096))
    return comparison.compare(old, new, _again(_case(1024, 2e-3), _case(128)))


def test_the_table_has_the_worst_first() -> None:
    """What fails comes first, then what may, then the rest by its ratio."""
    found = _varied()

    assert [(one.shape.n, one.kind) for one in found.cases] == [
        (1024, "failed"),
        (128, "not confirmed"),
        (512, "slower"),
        (64, "same"),
        (256, "faster"),
    ]


@pytest.mark.parametrize("render", [comparison.as_text, comparison.as_markdown])
def test_a_page_says_all_of_it(render: Any) -> None:
    """Both forms hold the verdicts, the ratio with its interval, the noise beside it, what vanished and what is new."""
    page = render(_varied()).replace("\\", "")

    assert "1 failed, 1 not confirmed, 1 slower, 1 same, 1 faster, 1 vanished, 1 new" in page
    assert "2048x2048x2048 warm was timed and is not any more" in page
    assert "New: cpu float32 highest 4096x4096x4096 warm." in page
    (line,) = [one for one in page.splitlines() if "1024x1024x1024" in one and "ms" in one]
    assert re.search(r"2 \[1\.9\d, 2\.0\d\]", line)
    assert "1.02" in line


def test_a_long_table_stays_one_page() -> None:
    """What is not shown is counted."""
    cases = [_case(n) for n in range(1, 51)]
    gone = [_case(n) for n in range(101, 201)]
    found = comparison.compare(_bench(*cases, *gone), _bench(*cases))
    page = comparison.as_text(found)

    assert "10 more cases are not shown: 10 same." in page
    assert "FAILED 60 more" in page
    assert len(page.splitlines()) < 100


def test_a_comparison_has_a_stable_json_form() -> None:
    """It is valid by its schema, and comes back as it was."""
    found = _varied()
    text = comparison.as_json(found)

    jsonschema.validate(json.loads(text), comparison.schema())
    assert msgspec.json.decode(text, type=comparison.Comparison) == found


def test_a_comparison_of_nothing_says_so() -> None:
    """Two files without a common case are told without a table's worth of silence."""
    assert "no case" in comparison.as_text(comparison.compare(_bench(), _bench()))


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.0, "2 s"), (0.00321, "3.21 ms"), (4.5e-6, "4.5 µs"), (7e-9, "7 ns"), (1e-10, "0.1 ns")]
)
def test_a_time_has_the_unit_that_suits_it(seconds: float, text: str) -> None:
    """Three digits are what noise leaves."""
    assert comparison.duration(seconds) == text


def _accelerated(hardware: str, seconds: dict[tuple[str, str], float], **fields: Any) -> records.Bench:
    """Make up a file of an accelerator: its squares of 1024 and 2048 in each kind, and the CPU's."""
    cases = [
        _case(n, one * (n / 1024) ** 3, device="cuda:0", dtype=dtype, precision=precision, threads=0)
        for (dtype, precision), one in seconds.items()
        for n in (1024, 2048)
    ]
    devices = {"cpu": MACHINE.processor, "cuda:0": hardware}
    machine = msgspec.structs.replace(MACHINE, accelerators=(hardware,))
    return _bench(_case(4096, 1.0), *cases, devices=devices, machine=machine, **fields)


HIGHEST, HIGH, HALF = ("float32", "highest"), ("float32", "high"), ("float16", "")


def test_published_ratios_are_computed_from_the_peaks() -> None:
    """None of them is the documents' 13."""
    found = {name: tuple(round(end, 1) for end in ends) for name, ends in claim.published_ratios().items()}

    assert found == {
        "float32 as such": (2.4, 2.4),
        "TF32 against float32": (19.3, 19.3),
        "float16": (4.8, 4.8),
        "memory": (4.9, 6.4),
    }


@pytest.mark.parametrize("swapped", [False, True])
def test_the_claim_stands_beside_what_was_measured_and_published(swapped: bool) -> None:  # noqa: FBT001
    """An A100's file and a T4's, in either order: ratios of A100 to T4 at the largest size that both timed."""
    fast = _accelerated(A100, {HIGHEST: 1e-3, HIGH: 2e-4, HALF: 1e-4})
    slow = _accelerated(T4, {HIGHEST: 2e-3, HIGH: 2e-3})
    page = claim.machines(slow, fast) if swapped else claim.machines(fast, slow)
    lines = page.splitlines()

    assert any(line.startswith("The documents say that an A100 is 13 times as fast as a T4.") for line in lines)
    rows = [line for line in lines if line.startswith(("float32 as", "TF32", "float16 ", "memory"))]
    assert [re.split("  +", row)[-1].partition(" [")[0] for row in rows] == ["2", "10", "not measured", "not measured"]
    assert all("at n = 2048" in row for row in rows[:2])
    assert [line for line in lines if "4.9 to 6.4" in line]
    assert [line for line in lines if line.startswith("- ")] == [f"- {caveat}" for caveat in claim.CAVEATS]


def test_measured_memory_stands_beside_the_published_one() -> None:
    """The best bandwidth that each file measured."""
    peak = {
        name: (records.Peak("cuda:0", "", "", 0, "GB/s", measured=one),) for name, one in ((A100, 1300.0), (T4, 260.0))
    }
    page = claim.machines(*(_accelerated(name, {HIGHEST: 1e-3}, peaks=peak[name]) for name in (A100, T4)))

    assert "5 (1300 against 260 GB/s)" in page


def test_other_machines_are_set_side_by_side_without_the_claim() -> None:
    """Two that are not an A100 and a T4, a part of one among them, support nothing that is said of those."""
    share = records.Share(measured=0.9, published=0.5)
    part = _accelerated("NVIDIA A100-SXM4-40GB MIG 1g.5gb", {HIGHEST: 2e-3, HALF: 1e-3})
    plain = _bench(
        _case(1024, 0.1, share_of_peak=share), _case(2048, 0.8, share_of_peak=share), _case(8192, mode="cold")
    )
    page = claim.machines(part, plain)

    assert "so nothing is said of that here" in page
    assert "published" not in page.replace("50% of published", "")
    (line,) = [one for one in page.splitlines() if one.startswith("float32")]
    assert line.split()[:3] == ["float32", "highest", "2048"]
    assert "50 [" in line
    assert "90% of measured, 50% of published" in line


def test_a_file_without_squares_is_told() -> None:
    """There is nothing to set side by side."""
    assert "The second file holds no square product" in claim.machines(_bench(_case()), _bench())


def _measured() -> records.Bench:
    """Make up a run of a CPU and an accelerator, of which all figures have something to show."""
    cuda: dict[str, Any] = {"device": "cuda:0", "threads": 0, "noise": 1.01}
    cases = []
    for n in (64, 256, 1024):
        cases += [_case(n, n**3 * 2e-11, noise=1.03), _case(n, n**3 * 4e-11, threads=1, id=f"one thread {n}")]
        cases.append(_case(n, n**3 * 4e-11, dtype="float64", precision=""))
        for mode, by in (("warm", 0.1), ("transfers pinned", 0.5)):
            speedup = records.Interval(n / 100, n / 110, n / 90)
            cases.append(_case(n, n**3 * 2e-11 * by, mode=mode, speedup=speedup, **cuda))
    cases.append(_case(1, 1e-3, shape=records.Shape("matrix-vector", 1024, 1024, 1)))
    crossovers = [
        records.Crossover("cuda:0", "float32", "highest", "warm", 256),
        records.Crossover("cuda:0", "float32", "highest", "transfers pinned", None),
    ]
    roofs = [
        records.Peak("cpu", "float32", "highest", 2, "GFLOP/s", measured=110.0, published=448.0, source="AMD"),
        records.Peak("cpu", "", "", 2, "GB/s", measured=20.0),
    ]
    devices = {"cpu": MACHINE.processor, "cuda:0": T4}
    return _bench(*cases, devices=devices, crossovers=tuple(crossovers), peaks=tuple(roofs))


def test_a_figure_carries_what_must_be_known_of_its_device(tmp_path: Path) -> None:
    """The notes of the devices that it shows, and no other's."""
    bench = msgspec.structs.replace(_measured(), notes={"cuda:0": "a call is a product and more", "xla:0": "no matter"})
    notes = [plot.note for plot in (*figures.speed(bench), *figures.speedup(bench))]
    (speedup,) = figures.speedup(bench)

    assert notes == ["", "", "cuda:0: a call is a product and more", "cuda:0: a call is a product and more"]
    svg = next(file for file in plotting.write(speedup, tmp_path) if file.suffix == ".svg")
    assert "a call is a product and more" in svg.read_text("utf-8")


def _series(plot: Plot, panel: int = 0) -> dict[str, plotting.Series]:
    return {one.label: one for one in plot.panels[panel].series}


def test_speed_is_shown_over_n_for_each_device_and_dtype() -> None:
    """A plot for each device and number of threads, a series for each dtype, the device's own name above it."""
    all_threads, one_thread, cuda = figures.speed(_measured())

    assert all_threads.title.startswith(f"{MACHINE.processor}, 2 threads")
    assert one_thread.title.startswith(f"{MACHINE.processor}, 1 thread:")
    assert cuda.title.startswith(T4)
    assert "torch 2.13.0" in cuda.subtitle
    assert {label: [point[0] for point in one.points] for label, one in _series(all_threads).items()} == {
        "float32 highest": [64, 256, 1024],
        "float64": [64, 256, 1024],
    }
    assert _series(all_threads)["float32 highest"].points[-1][1] == pytest.approx(100.0)


def test_a_roofline_has_the_measured_roof_and_the_published_one() -> None:
    """Flat at the peak, sloped by the bandwidth where one is known, over the width of the points."""
    plot = next(figures.roofline(_measured()))
    found = _series(plot)
    vector, *_ = found["matrix-vector"].points[0]

    measured = [coordinate for point in found["measured roof"].points for coordinate in point]
    assert measured == pytest.approx([vector, 20 * vector, 5.5, 110, found["square"].points[-1][0], 110])
    assert {y for _, y in found["published roof"].points} == {448.0}
    assert plot.panels[1].heading == "float64"
    assert set(_series(plot, 1)) == {"square"}


def test_a_roof_at_a_reported_clock_is_told_and_so_is_a_peak_that_nobody_published() -> None:
    """In the figure the roof's name says it, in the report a sentence with the source, or one that there is none."""
    bench = _measured()
    reported = peaks.of_processor("Intel(R) Xeon(R) Platinum 8175M CPU @ 2.50GHz", 2, "float32")
    assert reported is not None
    roof = records.Peak("cpu", "float32", "highest", 2, "GFLOP/s", 110.0, reported.value, reported.source)
    none = records.Peak("cpu", "bfloat16", "", 2, "GFLOP/s", 90.0)
    bench = msgspec.structs.replace(bench, peaks=(roof, none, *bench.peaks[1:]))
    told = list(tables.sentences(bench))

    assert "published roof at the clock reported" in _series(next(figures.roofline(bench)))
    assert f"published peak of cpu: float32 threads=2 320 GFLOP/s; {reported.source}" in told
    assert "no published peak of cpu: bfloat16 threads=2" in told
    assert "cpu copies 20 GB/s, read and written; no bandwidth is published for it" in told


def test_a_speedup_has_its_interval_and_the_crossover_is_marked() -> None:
    """With and without transfers; where an accelerator is nowhere faster, that is told."""
    (plot,) = figures.speedup(_measured())
    (panel,) = plot.panels

    assert panel.level == 1.0
    assert [one.label for one in panel.series] == ["warm", "transfers pinned"]
    assert panel.series[0].points[0] == pytest.approx((64, 0.64, 64 / 110, 64 / 90))
    assert [(mark.x, mark.text) for mark in panel.marks] == [
        (256, "warm: faster from n = 256"),
        (None, "transfers pinned: nowhere faster"),
    ]


def test_noise_is_shown_for_each_case_that_has_it() -> None:
    """Beside what 9 of 10 stay below."""
    (plot,) = figures.noise(_measured())
    (panel,) = plot.panels

    assert panel.level == 1.02
    assert {one.label: len(one.points) for one in panel.series} == {MACHINE.processor: 3, T4: 6}


def test_series_differ_without_colour() -> None:
    """No two of twenty have the same marker and line."""
    looks = {(plotting.MARKERS[n % len(plotting.MARKERS)], plotting.LINES[n % len(plotting.LINES)]) for n in range(20)}

    assert len(looks) == 20


def test_figures_are_drawn_and_redrawn_from_the_json(tmp_path: Path) -> None:
    """Each as SVG and PNG, light and dark; the same file gives the same bytes, whatever the user's own settings are."""
    small = _bench(_case(64), _case(128, noise=1.02))
    records.write(small, tmp_path / records.FILE_NAME)
    first = figures.draw(small, tmp_path / "first")
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": None}):
        second = figures.draw(records.read(tmp_path), tmp_path / "second")

    stems = ("speed-cpu-2-threads", "roofline-cpu-2-threads", "noise")
    names = [f"{stem}-{page}.{form}" for stem in stems for page in ("light", "dark") for form in ("svg", "png")]
    assert [path.name for path in first.files] == names
    assert sorted(path.name for path in (tmp_path / "first").iterdir()) == sorted(names)
    assert [path.read_bytes() for path in first.files] == [path.read_bytes() for path in second.files]
    assert first.left_out == ["No figure of speed-up: no product was timed on an accelerator and on the CPU."]
    svg = first.files[0].read_text(encoding="utf-8")
    assert all(text in svg for text in ("speed (GFLOP/s)", "torch 2.13.0", "float32 highest", MACHINE.processor))
    assert "<dc:date>" not in svg


def test_intervals_crossovers_and_roofs_are_drawn(tmp_path: Path) -> None:
    """What the plots hold reaches the page; a name with a dollar sign is no formula."""
    bench = msgspec.structs.replace(_measured(), devices={"cpu": "CPU $x_1$", "cuda:0": T4})
    (speedup,), roofline = figures.speedup(bench), next(figures.roofline(bench))
    svg = plotting.write(speedup, tmp_path)[0].read_text(encoding="utf-8")
    roofs = plotting.write(roofline, tmp_path)[0].read_text(encoding="utf-8")

    assert "warm: faster from n = 256" in svg
    assert "published roof" in roofs
    assert "CPU $x_1$" in roofs


def test_nothing_to_show_is_told_for_each_figure(tmp_path: Path) -> None:
    """A run in which nothing was timed has no figure and four sentences."""
    reason = records.CaseRecord(
        "cpu", "cpu", "float32", "warm", records.Shape("square", 8, 8, 8), not_run="over budget"
    )
    drawn = figures.draw(_bench(reason), tmp_path)

    assert drawn.files == []
    assert [one.partition(":")[0] for one in drawn.left_out] == [
        "No figure of speed over n",
        "No roofline",
        "No figure of speed-up",
        "No figure of noise",
    ]


def test_without_matplotlib_a_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the extra."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(UsageProblem, match=re.escape("pip install 'tensor-conformance[bench]'")):
        figures.draw(_bench(_case()), tmp_path)
