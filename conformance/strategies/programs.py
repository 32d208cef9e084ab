"""Whole programs, statement by statement: views, writes, reads and calculations, of which every value is determined.

A trace grows by one statement at a time, which is run at once on the strict reference: a statement that it refuses is
not taken. So whatever a trace says is right for every library that keeps the rules, bit for bit. The choices come from
outside: from a seeded generator for the rows of a table, from Hypothesis for its state machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from conformance.dtypes import kind_of, numpy_dtype
from conformance.program import Base, Inputs, Program, TensorInput, bits_of_array
from conformance.reference import strict
from conformance.reference.strict import StrictTensor
from conformance.strategies.layouts import LAYOUTS

if TYPE_CHECKING:
    from types import CodeType

    from numpy.typing import NDArray

T = TypeVar("T")
# Gives one of several; where it shrinks, towards the first.
Choose = Callable[[Sequence[Any]], Any]

DTYPES = (
    "int64", "float32", "bool", "uint8", "int8", "int16", "int32", "float16", "bfloat16", "float64", "complex64",
)  # fmt: skip
# Gradients are exact in these; the half types round them.
LEAF_DTYPES = ("float32", "float64")
# Those that an argument is seen in; elements that share memory can't be written.
ARGUMENT_LAYOUTS = tuple(name for name in LAYOUTS if name != "expanded")
SHAPES = (
    (2, 3), (4,), (2, 2), (2, 4), (17,), (2, 2, 2), (2, 1, 3), (1, 4), (3, 1), (2, 3, 2, 2), (9, 2), (), (2, 1, 2, 1, 2, 2),
    (1,), (4, 1, 2),
)  # fmt: skip
NAMES = "abcdefghijklmnopqrsuvwz"
KEYS = {
    1: ("0", "-1", "1:", ":-1", "::2", "1::2", ":2", "None", "...", "..., None", "..., 0", "..., ::2"),
    2: ("0", "1:", ":, 0", "..., -1", "0, 1:", "1:, :1", "::2, 1:", ":, None", "-1, ::2", "..., None, :", "0, -1"),
    3: ("..., 0", ":, 0", "0, ..., None", ":, 1:", "..., ::2", "1, :, 0", "0, 0", "..., 1:, :1", "-1, ..., 0"),
}
TRIES = 6
LONGEST = 16


@lru_cache(maxsize=4096)
def _compiled(line: str) -> CodeType:
    """Compile a statement; short ones come again and again."""
    return compile(line, "<statement>", "exec", dont_inherit=True)


class Trace:
    """A program in the making, and the state of the strict reference after its statements."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.lines: list[str] = []
        self.values: dict[str, Any] = strict.built(inputs)

    @property
    def tensors(self) -> list[str]:
        """The names of its tensors, the newest first."""
        return [name for name, value in reversed(self.values.items()) if isinstance(value, StrictTensor)]

    @property
    def leaves(self) -> list[str]:
        """The names of the arguments that collect a gradient."""
        return [
            name for name, one in self.inputs.arguments.items() if isinstance(one, TensorInput) and one.requires_grad
        ]

    @property
    def with_history(self) -> list[str]:
        """The names of the tensors that gradients go back from, the newest first."""
        return [name for name in self.tensors if self.values[name].requires_grad]

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a tensor."""
        shape: tuple[int, ...] = self.values[name].shape
        return shape

    def dtype(self, name: str) -> str:
        """The dtype of a tensor, by name."""
        return str(self.values[name].dtype)

    def take(self, line: str) -> bool:
        """Run a statement, and keep it unless the strict reference refuses."""
        known = {"torch": strict.NAMESPACE, "device": "cpu"}
        try:
            exec(_compiled(line), known, self.values)  # noqa: S102 - as in Program
        except strict.REFUSALS:
            return False
        self.lines.append(line)
        return True

    def name(self, expression: str) -> bool:
        """Give what an expression makes a name of its own."""
        name = next(one for one in NAMES if one not in self.values)
        return self.take(f"{name} = {expression}")

    def program(self) -> Program:
        """The program so far, which returns every value that has a name."""
        arguments = ", ".join(["torch", *self.inputs.arguments])
        body = "\n".join(f"    {line}" for line in (*self.lines, f"return {', '.join(self.values)}"))
        return Program(f"def trace({arguments}, *, device):\n{body}\n")


# --- inputs ---


def elements(dtype: str, shape: tuple[int, ...], shift: int) -> Base:
    """Give a base of small whole numbers, of which neighbours differ."""
    number = math.prod(shape)
    values = (np.arange(number) * 3 + shift) % 11
    if kind_of(dtype) == "bool":
        values = (values % 3 == 0).astype(np.int64)
    elif dtype != "uint8":
        values -= 3
    array: NDArray[Any] = values.astype(numpy_dtype(dtype)).reshape(shape)
    return Base(dtype, shape, bits_of_array(array))


@dataclass(frozen=True)
class Start:
    """What a program is given: two arguments, of one base or of two.

    Attributes:
        dtype: of the first argument.
        shape: of the first argument.
        layout: of the first argument.
        other: what the second is: the base of the first, or a tensor of its own in this layout.
        other_dtype: of the second, where it has a base of its own.
        shift: changes the elements.
        leaves: the arguments that collect a gradient.
    """

    dtype: str = "int64"
    shape: tuple[int, ...] = (2, 3)
    layout: str = "dense"
    other: str = "base"
    other_dtype: str = "int64"
    shift: int = 0
    leaves: tuple[str, ...] = ()

    def inputs(self) -> Inputs:
        """Make the inputs."""
        layout = LAYOUTS[self.layout if len(self.shape) >= LAYOUTS[self.layout].least else "dense"]
        bases = {"p": elements(self.dtype, layout.base(self.shape), self.shift)}
        x = TensorInput("p", layout.steps(self.shape), "x" in self.leaves)
        if self.other == "base":
            return Inputs(bases, {"x": x, "y": TensorInput("p", (), "y" in self.leaves)})
        second = LAYOUTS[self.other if len(self.shape) >= LAYOUTS[self.other].least else "dense"]
        bases["q"] = elements(self.other_dtype, second.base(self.shape), self.shift + 5)
        return Inputs(bases, {"x": x, "y": TensorInput("q", second.steps(self.shape), "y" in self.leaves)})


# --- statements ---


def _key(trace: Trace, name: str, choose: Choose) -> str:
    rank = len(trace.shape(name))
    return str(choose(KEYS[min(rank, 3)])) if rank else str(choose(("...", "None", "..., None")))


def _number(trace: Trace, name: str, choose: Choose) -> str:
    kind = kind_of(trace.dtype(name))
    if kind == "bool":
        return str(choose(("True", "False")))
    return str(choose(("1", "2", "3", "-1", "0.5", "1.5") if kind in ("float", "complex") else ("1", "2", "3", "5")))


def _partner(trace: Trace, name: str, choose: Choose) -> str:
    """Give another tensor, or a view of one, that fits a tensor's shape if there is one."""
    shape = trace.shape(name)
    fitting = [
        other
        for other in trace.tensors
        if len(trace.shape(other)) <= len(shape)
        and all(one in (1, two) for one, two in zip(trace.shape(other)[::-1], shape[::-1], strict=False))
    ]
    return str(choose(fitting))


def _alike(trace: Trace, name: str, choose: Choose) -> str:
    """Give a tensor of the same shape and dtype."""
    alike = (trace.shape(name), trace.dtype(name))
    return str(choose([one for one in trace.tensors if (trace.shape(one), trace.dtype(one)) == alike]))


def _view_sizes(trace: Trace, name: str, choose: Choose) -> str:
    number = math.prod(trace.shape(name))
    halves = [f"{number // one}, {one}" for one in (2, 3, 4) if number % one == 0]
    return str(choose(["-1", *halves, f"1, {number}", "-1, 1", *(["2, -1, 2"] if number % 4 == 0 else [])]))


def _dim(trace: Trace, name: str, choose: Choose, extra: int = 0) -> str:
    rank = len(trace.shape(name)) + extra
    return str(choose(range(-rank, rank))) if rank else "0"


def _order(trace: Trace, name: str, choose: Choose) -> str:
    rank = len(trace.shape(name))
    if not rank:
        return "()"
    left = list(range(rank))[::-1]
    order = []
    while left:
        order.append(choose(tuple(left)))
        left.remove(order[-1])
    return ", ".join(str(one - rank if choose((0, 1)) else one) for one in order)


def _wider(trace: Trace, name: str, choose: Choose) -> str:
    sizes = [str(choose((2, 3))) if size == 1 else str(choose((-1, size))) for size in trace.shape(name)]
    return ", ".join([*(["2"] if "1" not in map(str, trace.shape(name)) or choose((False, True)) else []), *sizes])


def _numeric(choose: Choose) -> str:
    return str(choose(("+", "*", "-")))


def _tensor_at_key(trace: Trace, name: str, choose: Choose) -> str:
    key = _key(trace, name, choose)
    return f"{name}[{key}] = {_partner(trace, name, choose)}[{key}]"


def _element(trace: Trace, name: str, choose: Choose) -> str:
    sizes = trace.shape(name)
    return f"[{', '.join(str(choose(range(-size, size))) for size in sizes)}]" if sizes and all(sizes) else ""


def _constant(trace: Trace, name: str, choose: Choose) -> str:
    values = [_number(trace, name, choose) for _ in range(2)]
    return f"torch.tensor([{', '.join(values)}], dtype=torch.{trace.dtype(name)}, device=device)"


def _called(choose: Choose, name: str, tensor: str, arguments: str) -> str:
    """Call an operation as a method, or as a function."""
    return str(
        choose((f"{tensor}.{name}({arguments})", f"torch.{name}({tensor}{', ' if arguments else ''}{arguments})"))
    )


def _product(trace: Trace, name: str, choose: Choose) -> str:
    other = choose([one for one in trace.tensors if trace.dtype(one) == trace.dtype(name)])
    return str(choose((f"{name} @ {other}", f"{name}.matmul({other})", f"torch.matmul({name}, {other})")))


Propose = Callable[[Trace, str, Choose], str]


@dataclass(frozen=True)
class Kind:
    """A kind of statement.

    Attributes:
        name: of the kind.
        propose: gives an expression over a tensor's name, or a statement that writes into it.
        names: whether its value is given a name, so that it is no write.
    """

    name: str
    propose: Propose
    names: bool = True


def _kinds(*kinds: Kind) -> dict[str, Kind]:
    return {kind.name: kind for kind in kinds}


VIEWS = _kinds(
    Kind("index", lambda t, x, c: f"{x}[{_key(t, x, c)}]"),
    Kind("view", lambda t, x, c: f"{x}.view({_view_sizes(t, x, c)})"),
    Kind("transpose", lambda t, x, c: _called(c, "transpose", x, f"{_dim(t, x, c)}, {_dim(t, x, c)}")),
    Kind(
        "permute",
        lambda t, x, c: c(("{0}.permute({1})", "{0}.permute(({1},))", "torch.permute({0}, ({1},))")).format(
            x, _order(t, x, c)
        ),
    ),
    Kind("t", lambda _t, x, c: _called(c, "t", x, "")),
    Kind("unsqueeze", lambda t, x, c: _called(c, "unsqueeze", x, _dim(t, x, c, 1))),
    Kind("squeeze", lambda t, x, c: _called(c, "squeeze", x, c(("", _dim(t, x, c))))),
    Kind("expand", lambda t, x, c: f"{x}.expand({_wider(t, x, c)})"),
    Kind("view of a view", lambda t, x, c: f"{x}[{_key(t, x, c)}].{c(('unsqueeze(0)', 'unsqueeze(-1)', 'detach()'))}"),
    Kind("itself", lambda t, x, _c: f"{x}.to(torch.{t.dtype(x)})"),
)
WRITES = _kinds(
    Kind("number at a key", lambda t, x, c: f"{x}[{_key(t, x, c)}] = {_number(t, x, c)}", names=False),
    Kind("number everywhere", lambda t, x, c: f"{x}[...] = {_number(t, x, c)}", names=False),
    Kind("tensor at a key", _tensor_at_key, names=False),
    Kind("tensor everywhere", lambda t, x, c: f"{x}[...] = {_partner(t, x, c)}", names=False),
    Kind("add_", lambda t, x, c: f"{x}.add_({_number(t, x, c)})", names=False),
    Kind("add_ a tensor", lambda t, x, c: f"{x}.add_({_partner(t, x, c)})", names=False),
    Kind("mul_", lambda t, x, c: f"{x}.mul_({_number(t, x, c)})", names=False),
    Kind("sub_", lambda t, x, c: f"{x}.sub_({_partner(t, x, c)})", names=False),
    Kind("augmented", lambda t, x, c: f"{x} {_numeric(c)}= {_number(t, x, c)}", names=False),
    Kind(
        "into out",
        lambda t, x, c: f"torch.{c(('add', 'mul', 'sub'))}({_partner(t, x, c)}, {_partner(t, x, c)}, out={x})",
        names=False,
    ),
    Kind("augmented by a tensor", lambda t, x, c: f"{x} {_numeric(c)}= {_partner(t, x, c)}", names=False),
    Kind("augmented key", lambda t, x, c: f"{x}[{_key(t, x, c)}] {_numeric(c)}= {_number(t, x, c)}", names=False),
    Kind("copy_", lambda t, x, c: f"{x}.copy_({_partner(t, x, c)})", names=False),
    Kind("fill_", lambda t, x, c: f"{x}.{c((f'fill_({_number(t, x, c)})', 'zero_()'))}", names=False),
    Kind(
        "part in place",
        lambda t, x, c: f"{x}[{_key(t, x, c)}].{c(('add_', 'mul_', 'fill_'))}({_number(t, x, c)})",
        names=False,
    ),
)
READS = _kinds(
    Kind("clone", lambda _t, x, _c: f"{x}.clone()"),
    Kind("list", lambda _t, x, _c: f"str({x}.tolist())"),
    Kind("item", lambda t, x, c: f"{x}{_element(t, x, c)}.item()"),
    Kind("clone of a part", lambda t, x, c: f"{x}[{_key(t, x, c)}].clone()"),
    Kind("clone of another shape", lambda t, x, c: f"{x}.reshape({_view_sizes(t, x, c)}).clone()"),
)
CALCULATIONS = _kinds(
    Kind("with a number", lambda t, x, c: f"{x} {_numeric(c)} {_number(t, x, c)}"),
    Kind("the same values", lambda _t, x, c: f"{x} {c(('+ 0', '* 1', '- 0'))}"),
    Kind("reflected", lambda t, x, c: f"{_number(t, x, c)} {_numeric(c)} {x}"),
    Kind("half", lambda _t, x, c: f"{x} / {c(('2', '4', '0.5'))}"),
    Kind("with a tensor", lambda t, x, c: f"{x} {_numeric(c)} {_partner(t, x, c)}"),
    Kind("as a function", lambda t, x, c: f"torch.{c(('add', 'mul', 'sub'))}({x}, {_partner(t, x, c)})"),
    Kind("mean", lambda t, x, c: _called(c, "mean", x, c(("", _dim(t, x, c), f"{_dim(t, x, c)}, True")))),
    Kind("argmax", lambda t, x, c: _called(c, "argmax", x, c(("", _dim(t, x, c), f"{_dim(t, x, c)}, True")))),
    Kind("product", _product),
    Kind("product with its transpose", lambda _t, x, _c: f"{x} @ {x}.t()"),
    Kind("cat", lambda t, x, c: f"torch.cat([{x}, {_partner(t, x, c)}], {_dim(t, x, c)})"),
    Kind("cast", lambda _t, x, c: f"{x}.{c(('to', 'type'))}(torch.{c(DTYPES)})"),
    Kind("copy", lambda _t, x, _c: f"{x}.clone()"),
    Kind("constant", _constant),
)
# What is made of leaves first: a leaf itself can't be written.
SOURCES = _kinds(
    Kind("clone", lambda _t, x, _c: f"{x}.clone()"),
    Kind("product", lambda t, x, c: f"{x} * {_number(t, x, c)}"),
    Kind("sum", lambda t, x, c: f"{x} + {_partner(t, x, c)}"),
    Kind("product of a view", lambda t, x, c: f"{x}[{_key(t, x, c)}] * {_number(t, x, c)}"),
    Kind("sum of a view", lambda t, x, c: f"{x}.transpose(0, -1) + {_number(t, x, c)}"),
)
ENDS = _kinds(
    Kind("mean", lambda _t, x, c: f"{x}.mean().backward({c(('', 'retain_graph=True'))})", names=False),
    Kind("mean of a product", lambda t, x, c: f"({x} * {_partner(t, x, c)}).mean().backward()", names=False),
    Kind(
        "mean of a square", lambda _t, x, c: f"({x} * {x}).mean().backward({c(('', 'retain_graph=True'))})", names=False
    ),
    Kind("element", lambda t, x, c: f"{x}{_element(t, x, c)}.backward()", names=False),
    Kind(
        "given gradient",
        lambda t, x, c: f"{x}.backward({_alike(t, x, c)}.detach().clone(){c(('', ', retain_graph=True'))})",
        names=False,
    ),
    Kind("sum", lambda t, x, c: f"({x} + {_partner(t, x, c)}).mean().backward()", names=False),
)


def grow(trace: Trace, kind: Kind, choose: Choose, names: Sequence[str] = (), tries: int = TRIES) -> bool:
    """Add a statement of a kind over one of some tensors; after some tries that the reference refuses, none."""
    if len(trace.lines) >= LONGEST:
        return False
    for _ in range(tries):
        tensor = choose(names or trace.tensors)
        try:
            proposed = kind.propose(trace, tensor, choose)
        except (IndexError, KeyError, ValueError):
            continue
        if trace.name(proposed) if kind.names else trace.take(proposed):
            return True
    return False
