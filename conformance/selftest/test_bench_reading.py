"""What is read from the matmul stage's files: published peaks, comparisons, figures. No test here measures a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.benchmark import peaks
from conformance.documents import FixtureError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

T4, A100 = "Tesla T4", "NVIDIA A100-SXM4-40GB"


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
        # A chip's 46,000, of which each of two devices has half.
        ("TPU v2", "bfloat16", "", 23_000),
        ("TPU v2-8", "bfloat16", "", 180_000),
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
    assert halved.source.endswith("datasheet, table of specifications; half of the figure with sparsity")
    assert shared.source.endswith("; shared by 2 devices")


@pytest.mark.parametrize(
    ("name", "threads", "dtype", "gflops"),
    [
        # 512 bits are 16 elements: 2 x 3.4 x 16 x 2 x 2.
        ("Intel(R) Xeon(R) Platinum 8380 CPU @ 2.30GHz", 2, "float32", 435.2),
        ("Intel(R) Xeon(R) Platinum 8380 CPU @ 2.30GHz", 2, "float64", 217.6),
        ("Intel(R) Xeon(R) Platinum 8480+", 1, "float32", 243.2),
        ("AMD EPYC 7763 64-Core Processor", 4, "float32", 448.0),
        ("AMD EPYC 7763 64-Core Processor", 4, "bfloat16", None),
        # Made for one customer, hidden by the virtual machine, not in the table.
        ("Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", 2, "float32", None),
        ("AMD EPYC 7B12", 2, "float32", None),
        ("Intel(R) Xeon(R) Processor @ 2.20GHz", 2, "float32", None),
        ("", 2, "float32", None),
    ],
)
def test_a_processors_peak_is_computed_from_what_its_vendor_states(
    name: str, threads: int, dtype: str, gflops: float | None
) -> None:
    """Cores x clock x vector x units x 2, for models with a published clock only."""
    assert _value(peaks.of_processor(name, threads, dtype)) == (pytest.approx(gflops) if gflops else None)


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
