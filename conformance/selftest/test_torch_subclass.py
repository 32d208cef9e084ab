"""A plain subclass of PyTorch's tensor as a backend: its operands are of the subclass, and what a subclass breaks is told."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from conformance.backends import registry
from conformance.backends.torch_subclass import Plain, SubclassBackend
from conformance.selftest.support import command, judged

if TYPE_CHECKING:
    from pathlib import Path

BACKEND = SubclassBackend()
CPU = BACKEND.device("cpu")


def _operand() -> Any:
    return BACKEND.make_tensor(np.ones((2, 2), np.float32), "float32", CPU)


def test_operands_are_of_the_subclass_and_so_is_what_comes_of_them() -> None:
    """Results, views and leaves stay what they came of; a gradient, and what `torch.tensor` makes, are PyTorch's own."""
    x = _operand()
    leaf = BACKEND.require_grad(x)
    (leaf * 2).sum().backward()

    assert {type(one) for one in (x, x + 1, x[0], torch.add(1, x), leaf)} == {Plain}
    assert BACKEND.is_leaf(leaf)
    assert {type(one) for one in (leaf.grad, BACKEND.namespace.tensor([1.0]))} == {torch.Tensor}


class Crooked(torch.Tensor):  # type: ignore[misc] # mypy follows no imports of torch
    """Overrides one function, and gives its first operand in the place of its sum."""

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Break the sum."""
        if func is torch.Tensor.add or func is torch.add:
            return args[0]
        return super().__torch_function__(func, types, args, kwargs or {})


class CrookedBackend(SubclassBackend):
    """PyTorch, with operands of the crooked subclass."""

    kind = Crooked


def test_a_fault_of_a_subclass_fails_and_a_plain_one_passes() -> None:
    """The clause of the operator that a subclass breaks."""
    verdicts = [
        {line.verdict for line in judged(one, "arithmetic.integers-wrap", profile="smoke").values()}
        for one in (registry.find("torch-subclass"), CrookedBackend())
    ]

    assert verdicts == [{"pass"}, {"fail"}]


def test_a_reproducer_makes_its_operands_of_the_subclass(tmp_path: Path) -> None:
    """PyTorch prints the subclass's own name, so this rule fails; the program beside it shows that with PyTorch alone."""
    ran = command(
        "run", "--backend", "torch-subclass", "--profile", "smoke", "--select", "printing.matrix", "--select",
        "arithmetic.integers-wrap", "-n", "1", folder=tmp_path,
    )  # fmt: skip
    kept, broken = ran.lines["arithmetic.integers-wrap[cpu]"], ran.lines["printing.matrix[cpu]"]

    assert (kept.verdict, broken.verdict) == ("pass", "fail")
    assert broken.failure is not None
    assert "Plain(" in broken.failure.message
    assert broken.failure.reproducer is not None
    assert broken.failure.reproducer.file is not None
    text = (ran.report / broken.failure.reproducer.file).read_text(encoding="utf-8")
    assert "import torch\nclass Plain(torch.Tensor): pass\n" in text
    assert ".as_subclass(Plain)" in text
    assert "conformance" not in text.partition("import torch")[2]
    assert subprocess.run([sys.executable, "-c", text], check=False, capture_output=True).returncode == 1
