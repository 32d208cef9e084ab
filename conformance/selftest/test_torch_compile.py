"""torch.compile as a backend: programs are compiled, whatever they raise is told as the program's, and reproducers compile too."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conformance.backends.registry import UnknownBackendError
from conformance.backends.torch_compile import CompileBackend, EagerBackend
from conformance.runner.execution import describe_exception, described
from conformance.selftest.support import command

if TYPE_CHECKING:
    from pathlib import Path

BACKEND = EagerBackend()


def test_a_program_is_compiled_once_for_each_form_of_its_inputs() -> None:
    """The compiler is asked, and its result is kept."""
    import torch

    seen: list[Any] = []

    def compiler(graph: Any, inputs: list[Any]) -> Any:
        seen.append(len(inputs))
        return graph.forward

    class Noting(CompileBackend):
        """Notes what is compiled."""

        def _compile(self, function: Any) -> Any:
            return torch.compile(function, backend=compiler, dynamic=False)

    def program(torch: Any, x: Any, *, device: str) -> Any:
        return torch.add(x, x), device

    compiled = Noting().compiled(program)
    for size in (2, 2, 3):
        compiled(torch, torch.ones(size), device="cpu")

    assert seen == [1, 1]


def test_what_a_compiler_wraps_is_the_programs_own_error() -> None:
    """A refusal counts whatever the compiler calls it; what no compiler raised has no other meaning."""
    wrapping = type("TorchRuntimeError", (RuntimeError,), {})
    wrapped = wrapping("while tracing")
    wrapped.__cause__ = IndexError("out of range")
    told = described(BACKEND, wrapped)
    plain = ValueError("no")
    plain.__cause__ = IndexError("out of range")

    assert told is not None
    assert told.type == "TorchRuntimeError"
    assert "IndexError" in told.bases
    assert described(BACKEND, plain) == describe_exception(plain)


def test_a_pytorch_without_a_compiler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says which version has one."""
    import torch

    monkeypatch.delattr(torch, "compile")

    with pytest.raises(UnknownBackendError, match=r"needs PyTorch 2\.0 or newer"):
        CompileBackend()


def test_a_run_compiles_and_its_reproducer_does_too(tmp_path: Path) -> None:
    """A clause that a compiler breaks fails, and the program beside it shows that with PyTorch alone; one that it keeps passes."""
    ran = command(
        "run", "--backend", "torch-compile-eager", "--profile", "smoke", "--select", "printing.format-with-dimensions",
        "--select", "arithmetic.integers-wrap", "-n", "1", folder=tmp_path,
    )  # fmt: skip
    kept, broken = ran.lines["arithmetic.integers-wrap[cpu]"], ran.lines["printing.format-with-dimensions[cpu]"]

    assert (kept.verdict, broken.verdict) == ("pass", "fail")
    assert broken.failure is not None
    assert broken.failure.reproducer is not None
    assert broken.failure.reproducer.file is not None
    text = (ran.report / broken.failure.reproducer.file).read_text(encoding="utf-8")
    assert "format_with_dimensions = torch.compile(format_with_dimensions, backend='eager', dynamic=False)" in text
    assert "conformance" not in text.partition("import torch")[2]
    assert subprocess.run([sys.executable, "-c", text], check=False, capture_output=True).returncode == 1
