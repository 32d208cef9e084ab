"""Reproducers in a library's own words: what stands behind a name is written out where it is called, and no adapter is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from conformance.backends import tables
from conformance.backends.numpy import NumpyBackend
from conformance.backends.protocol import OwnWords
from conformance.backends.shaped import Adapter, Entry
from conformance.reporting.rewriting import Rewriter, UnwritableError, inlined
from conformance.selftest.support import judged
from conformance.selftest.test_backends import INSTALLED, adapter_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SPELLING = NumpyBackend().spelling()


def _rewriter() -> Rewriter:
    assert SPELLING.own is not None
    return Rewriter(SPELLING.own)


@pytest.mark.parametrize(
    ("said", "own"),
    [
        ("torch.add(x, y)", "np.add(x, y)"),
        ("torch.add(other=y, input=x)", "np.add(x, y)"),
        ("x.mean(dim=0)", "np.mean(x, axis=0, keepdims=False)"),
        ("torch.mean(x, 1, dtype=torch.float)", "np.mean(x, axis=1, keepdims=False, dtype=np.dtype('float32'))"),
        ("x.reshape(2, 3).squeeze()", "np.squeeze(np.reshape(x, (2, 3)))"),
        ("x.reshape((6,))", "np.reshape(x, (6,))"),
        ("x.view(-1)", "np.reshape(x, (-1,), copy=False)"),
        ("torch.zeros(2, 3, device='cpu')", "np.zeros((2, 3))"),
        ("torch.cat((x, y), dim=1)", "np.concatenate((x, y), axis=1)"),
        ("x.expand(*shape)", "_expand(x, *shape)"),
        ("(x + 1)[0].T.shape", "tuple((x + 1)[0].T.shape)"),
        ("[one.item() for one in x]", "[one.item() for one in x]"),
        ("np.asarray(x).astype(np.int8)", "np.asarray(x).astype(np.int8)"),
        ("x.fill_(2)", "_fill(x, 2)"),
    ],
)
def test_an_expression_is_written_in_the_librarys_own_words(said: str, own: str) -> None:
    """A call of an entry is its text with the arguments in their places; operators, indices and Python's own stay."""
    assert _rewriter().expression(said).replace("Size(", "tuple(") == own


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("f(torch)", "hands PyTorch's namespace on"),
        ("torch.manual_seed(0)", "behind torch.manual_seed is not written out"),
        ("x.backward()", "behind .backward is not written out"),
        ("getattr(x, name)()", "looks a name up while it runs"),
        ("torch.add(x, **named)", "spreads out arguments that are named"),
        ("torch.bfloat16", "torch.bfloat16 is no dtype that the adapter spells"),
    ],
)
def test_what_cannot_be_written_so_is_refused(said: str, why: str) -> None:
    """Then a reproducer uses the adapter."""
    with pytest.raises(UnwritableError, match=why):
        _rewriter().expression(said)


def test_a_name_that_is_set_is_refused() -> None:
    """What an assignment to a tensor's attribute does is the adapter's to say."""
    definition = ast.parse("def p(torch, x, *, device):\n    x.data = 1\n").body[0]
    assert isinstance(definition, ast.FunctionDef)

    with pytest.raises(UnwritableError, match=r"sets \.data"):
        _rewriter().program(definition)


def test_a_program_rests_on_what_is_used_alone() -> None:
    """It takes neither `torch` nor an unused device, and what an entry rests on stands before it, imports first."""
    definition = ast.parse("def p(torch, x, *, device):\n    x.zero_()\n    return x\n").body[0]
    assert isinstance(definition, ast.FunctionDef)
    rewriter = _rewriter()
    program = rewriter.program(definition)

    assert program == ["def p(x):", "    _fill(x, 0)", "    return x"]
    assert rewriter.definitions(["x = np.zeros(3)", *program]) == [
        "import numpy as np",
        "def _fill(x, value):",
        "    x.fill(value)",
        "    return x",
    ]


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("lambda x: x + x", "f(g())"),  # it would run twice
        ("lambda x: [x for y in x]", "f(a)"),  # a name of its own
        ("lambda x, **rest: rest", "f(a, b=1)"),
        ("lambda x: x", "f(a, b)"),
        ("lambda x: x", "f(*a)"),
        ("lambda x, *, y: x", "f(a)"),
    ],
)
def test_a_lambda_stays_one_where_its_body_would_say_something_else(function: str, call: str) -> None:
    """It is named then, and called."""
    made, given = ast.parse(function, mode="eval").body, ast.parse(call, mode="eval").body
    assert isinstance(made, ast.Lambda)
    assert isinstance(given, ast.Call)

    assert inlined(made, given.args, {one.arg: one.value for one in given.keywords if one.arg}) is None


def _made(call: Any) -> Entry:
    return Entry(call)


class _Mixed(Adapter):
    functions: Mapping[str, Entry] = {
        "add": Entry(np.add),
        "sub": _made(np.subtract),
        **{name: Entry(np.dot) for name in ("dot",)},
    }


def test_an_entry_that_is_not_written_out_is_left_out() -> None:
    """One that something makes has no text of its own; a program that needs it is written by the adapter."""
    assert tables.of(_Mixed).entries == {"torch.add": "np.add"}


class _Derived(NumpyBackend):
    methods: dict[str, Entry] = {  # noqa: RUF012 - a table, as in every adapter
        **{name: entry for name, entry in NumpyBackend.methods.items() if name != "clone"},
        "unsqueeze": _made(np.expand_dims),
        "detach": Entry(np.asarray),
    }


def test_what_a_derived_adapter_replaces_or_takes_out_is_no_text_of_its_bases() -> None:
    """A program would call what the adapter does not."""
    written = tables.of(_Derived).entries

    assert {".clone", ".unsqueeze"}.isdisjoint(written)
    assert (written[".detach"], written[".squeeze"], written["torch.clone"]) == ("np.asarray", "np.squeeze", "np.copy")


@pytest.mark.parametrize("line", ["y = hidden(x)", "def f(a):\n    return [hidden for b in a]"])
def test_a_program_that_uses_a_name_which_nothing_defines_is_refused(line: str) -> None:
    """It ends with 1, as one does that shows its failure."""
    with pytest.raises(UnwritableError, match="nothing in it defines hidden"):
        Rewriter.check(["import numpy as np", "x = np.zeros(1)", *line.splitlines()])


def test_what_a_program_defines_imports_or_catches_is_known() -> None:
    """Arguments, names of loops and of exceptions, and builtins too."""
    lines = ["import numpy as np", "def f(x):", "    return [np.add(y, len(x)) for y in x]"]
    Rewriter.check([*lines, "try:", "    f(1)", "except BaseException as error:", "    print(error)"])


def test_every_entry_of_numpy_is_written_out() -> None:
    """So that each of its reproducers can need NumPy alone."""
    written = tables.of(NumpyBackend).entries
    mapped = {f"torch.{name}" for name in NumpyBackend.functions}
    mapped |= {f".{name}" for name in (*NumpyBackend.methods, *NumpyBackend.properties)}

    assert set(written) == mapped


@pytest.mark.parametrize("name", INSTALLED)
def test_what_an_entry_rests_on_is_written_too(name: str) -> None:
    """Every name in the text of an entry is a builtin's, or one that the adapter's module defines or imports."""
    written = tables.of(adapter_of(name))
    for text in written.entries.values():
        lines = [f"entry = {text}"]
        Rewriter.check([*Rewriter(OwnWords({}, written.definitions, {}, "", "")).definitions(lines), *lines])


REPAIRED = """
import numpy
broken = numpy.squeeze
numpy.squeeze = lambda x, dim=None: x if dim is not None and x.shape[dim] != 1 else broken(x, dim)
"""


def test_a_reproducer_needs_the_library_alone_and_passes_where_it_is_right(tmp_path: Path) -> None:
    """It ends with 1 on NumPy, which refuses to squeeze what is not 1, and with 0 on one that leaves it as it is."""
    (line,) = judged(NumpyBackend(), "shapes.squeeze-dim", profile="smoke").values()
    assert line.failure is not None
    assert line.failure.reproducer is not None
    text = line.failure.reproducer.text
    program = tmp_path / "reproducer.py"
    ends = []
    for before in ("", REPAIRED):
        program.write_text(before + text, encoding="utf-8")
        ends.append(subprocess.run([sys.executable, "-I", program], check=False, capture_output=True, cwd=tmp_path))

    assert "conformance.backends" not in text
    assert "torch" not in "".join(one for one in text.splitlines() if not one.startswith("#"))
    assert len(text.splitlines()) <= 20
    assert [one.returncode for one in ends] == [1, 0], ends
