"""Programs: what is one, and what collection refuses."""

from __future__ import annotations

import pytest

from conformance.program import ProgramError, checked

GOOD = """
def double(torch, x, *, device):
    import numpy

    zero = torch.zeros(2, device=device)
    return x * 2 + zero, numpy.pi, [n for n in range(3)]
"""


def test_a_program_is_compiled_and_runs() -> None:
    """A program's function takes the namespace, the inputs and the device."""
    program = checked("def shifted(torch, x, *, device):\n    return x + 1, device\n")

    assert program.function()(None, 2, device="cpu") == (3, "cpu")
    assert program.arguments == ("x",)


def test_a_good_program_is_accepted() -> None:
    """Builtins, NumPy inside, comprehensions and creation on the device are allowed."""
    assert checked(GOOD).name == "double"


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("x = 1", "exactly one function"),
        ("def f(:", "valid Python"),
        ("def f(x, *, device):\n    return x", "`torch` as its first argument"),
        ("def f(torch, x):\n    return x", "must take `device`"),
        ("def f(torch, x=1, *, device):\n    return x", "without defaults"),
        ("def f(torch, x: int, *, device):\n    return x", "no annotations"),
        ("def f(torch, *, device):\n    y: int = 1\n    return y", "no annotations"),
        ("def f(torch, *, device):\n    return math.pi", "no global name but builtins"),
        ("def f(torch, *, device):\n    return [math.pi for _ in range(2)]", "no global name but builtins"),
        ("def f(torch, *, device):\n    print(1)", "must not call print()"),
        ("def f(torch, *, device):\n    yield 1", "must not yield"),
        ("def f(torch, *, device):\n    import os\n    return os", "import nothing but NumPy"),
        ("def f(torch, *, device):\n    return torch.zeros(2)", "pass `device` to torch.zeros()"),
        ("@staticmethod\ndef f(torch, *, device):\n    return 1", "no decorator"),
    ],
)
def test_what_is_no_program_is_refused(source: str, complaint: str) -> None:
    """Each rule of programs has a text that breaks it, and is refused with that rule."""
    with pytest.raises(ProgramError, match=complaint.replace("(", r"\(").replace(")", r"\)")):
        checked(source)
