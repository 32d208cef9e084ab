"""What a library declares, what a case needs, and adapters made of tables."""

from __future__ import annotations

import ast
import inspect
import textwrap
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from conformance import catalogue
from conformance.backends import declaration, registry
from conformance.backends.declaration import KEYWORDS, WORDS, DeclarationError
from conformance.backends.names import GRADIENTS, NAMES
from conformance.backends.numpy import NumpyBackend
from conformance.dtypes import DTYPES, numpy_dtype
from conformance.observation import Observation, Raised
from conformance.program import PlainInput, encode_plain
from conformance.runner import declared, needs, plan
from conformance.runner.clauses import run_clause
from conformance.runner.settings import Settings
from conformance.selftest.support import ROOT, command, judged
from conformance.selftest.test_verdicts import CPU, Toy, case, clause, context, program, rows, tensors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.backends.protocol import Device
    from conformance.backends.shaped import Adapter, Entry

# The built-in adapters, each by its name; the library of all but NumPy's may be missing.
ADAPTERS = ("numpy", "paddle", "jax", "jax-x64", "mlx", "tinygrad")
INSTALLED = tuple(
    name for name in ADAPTERS if not registry.BUILT_IN[name].needs or find_spec(registry.BUILT_IN[name].needs)
)
# Attributes of NumPy's arrays, of Python's own objects and of devices that programs use too.
NO_TENSORS = {
    "all", "append", "array", "asarray", "astype", "base", "copy", "count", "endswith", "get", "index", "manual_seed", "name",
    "partition", "remove", "replace", "startswith", "stack", "unique", "cat", "ones", "dtypes", "flags", "__getitem__", "__repr__",
}  # fmt: skip


@cache
def _used() -> tuple[set[str], set[str], set[str]]:
    """Give the attributes of `torch` in programs, those of all else, and the words of arguments, by which `getattr` may ask."""
    functions: set[str] = set()
    others: set[str] = set()
    words: set[str] = set()
    for one in catalogue.select((), "wording"):
        for a_case in one.all_cases("smoke", 0):
            arguments = a_case.inputs.arguments.values()
            words |= {str(a.value).split(" ")[0].lstrip(".") for a in arguments if isinstance(a, PlainInput)}
            for node in ast.walk(a_case.program.definition):
                if isinstance(node, ast.Attribute):
                    is_torch = isinstance(node.value, ast.Name) and node.value.id == "torch"
                    (functions if is_torch else others).add(node.attr)
    return functions, others, words


def test_every_name_that_programs_use_is_in_the_table() -> None:
    """A backend's author reads there what the library must have; and the table has no name that none uses."""
    functions, others, words = _used()
    constants = {*DTYPES, "int"}
    missed = {name for name in functions - constants if f"torch.{name}" not in NAMES}
    missed |= {name for name in others - NO_TENSORS if f".{name}" not in NAMES and not name.startswith("__")}
    used = {*(f"torch.{name}" for name in functions | words), *(f".{name}" for name in others | words)}
    unused = {
        name
        for name in NAMES
        if name not in used and not name.removesuffix("_").endswith(("subtract", "multiply", "divide"))
    }

    assert missed == set()
    assert unused == set()


# --- declarations ---


@pytest.mark.parametrize(
    ("lacks", "words"),
    [
        ({"bfloat61": "no"}, "'bfloat61', which is no word of the protocol; near it: bfloat16"),
        ({"torch.stak": "no"}, "near it: torch.stack"),
        ({"bfloat16": " "}, "lacks 'bfloat16', and does not say why"),
    ],
)
def test_a_declaration_uses_words_that_exist_and_says_why(lacks: dict[str, str], words: str) -> None:
    """One sentence, which names what is near."""
    with pytest.raises(DeclarationError, match=f"backend 'mine' declares.*{words}"):
        declaration.check("mine", lacks)


def test_every_word_and_pattern_is_taken() -> None:
    """Words, dtypes, names, arguments, and patterns over them."""
    declaration.check("mine", dict.fromkeys([*WORDS, *NAMES, *KEYWORDS, "int8", "torch.*Tensor", "aliasing.*"], "why"))


def test_a_false_word_is_the_users_mistake() -> None:
    """The run ends with one sentence before anything is run."""

    class Wrong(Toy):
        def __init__(self) -> None:
            super().__init__()
            self.lacks = {"gradient": "none"}

    with pytest.raises(DeclarationError, match="near it: gradients"):
        plan.of(Wrong(), Settings())


@pytest.mark.parametrize(
    ("one", "inputs", "word"),
    [
        (program("return x + 1"), tensors([1.0]), "float32"),
        (program("x[0] = 1", "return x"), tensors([1.0]), "in-place"),
        (program("return getattr(x, 'add_')(1)"), tensors([1.0]), "in-place"),
        (program("y = x.view(1, 1)", "x[0] = 1", "return y"), tensors([1.0]), "aliasing.view"),
        (program("y = x.reshape(1, 1)", "y.add_(1)", "return x"), tensors([1.0]), "aliasing.reshape"),
        (program("y = x[0]", "x.zero_()", "return y"), tensors([1.0]), "aliasing.index"),
        (program("y = x.numpy()", "y[0] = 1", "return x"), tensors([1.0]), "aliasing.numpy"),
        (program("return x[5]"), tensors([1.0]), "bounds"),
        (program("return x * 2"), tensors([1.0], leaf=True), "gradients"),
        (program("return x.requires_grad"), tensors([1.0]), "gradients"),
        (program("return repr(x)"), tensors([1.0]), "printed-form"),
        (program("return str(x)"), tensors([1.0]), "printed-form"),
        (program("return x[:1]"), tensors([1.0]), "slices"),
        (program("return x[..., 0]"), tensors([1.0]), "slices"),
        (program("return x[None]"), tensors([1.0]), "slices"),
        (program("return f'{x}'"), tensors([1.0]), "printed-form"),
        (program("x[5] = 1", "return x"), tensors([1.0]), "in-place"),
        (program("x[0] = 1", "x[0] = 2", "return x"), tensors([1.0]), "in-place"),
        (program("return torch.add(x[:1], x[:1], out=x[:1])"), tensors([1.0]), "aliasing.index"),
        (program("x += torch.tensor([1j], device=device)", "return x"), tensors([1.0]), "in-place"),
    ],
)
def test_a_case_needs_what_it_does(one: Any, inputs: Any, word: str) -> None:
    """Declared away, it makes the case unsupported in the declaration's sentence; without a declaration, nothing does."""
    a_case = case(one, inputs)

    assert needs.lacking(a_case, "values", {word: "so it is"}) == "so it is"
    assert needs.lacking(a_case, "values", {}) == ""
    found = {other for other in WORDS if needs.lacking(a_case, "values", {other: "no"})}
    # The inputs are made by `detach`, and a write may be out of bounds too.
    assert found - {word, "in-place", "bounds", "slices", "aliasing.detach"} == set()


def test_a_case_of_a_table_needs_the_dtype_of_its_result() -> None:
    """A documented one does not: where no dtype is printed, what the library gives by default is right."""
    of_a_table = case(program("return x.bool(), [x.argmax()]"), tensors([1.0]))
    documented = msgspec.structs.replace(of_a_table, by_reference=False)

    for word in ("bool", "int64"):
        assert needs.lacking(of_a_table, "values", {word: "so it is"}) == "so it is"
        assert needs.lacking(documented, "values", {word: "so it is"}) == ""


def test_the_name_of_a_device_is_no_printed_form() -> None:
    """What a text holds of other things a library need not print as PyTorch does."""
    named = case(program("return str(x.device), f'{x.device}', str(device)"), tensors([1.0]))

    assert needs.lacking(named, "values", {"printed-form": "its own"}) == ""


@pytest.mark.parametrize("line", ["x.unsqueeze(3)", "x.size(1)", "x[0, 0]", "torch.cat([x], 1)"])
def test_a_dim_out_of_range_needs_no_look_at_indices(line: str) -> None:
    """A library that takes any index may still refuse a dim that is not there, and more indices than dims."""
    refused = case(program(f"return {line}"), tensors([1.0]))

    assert needs.lacking(refused, "values", {"bounds": "it takes any index"}) == ""


def test_a_copy_shares_nothing() -> None:
    """What is written in a copy need not be seen through any view."""
    copied = case(program("y = x.contiguous().clone()", "y.add_(1)", "return x"), tensors([[1.0, 2.0], [3.0, 4.0]]))

    assert needs.lacking(copied, "values", {"aliasing.*": "never"}) == ""
    assert needs.lacking(copied, "values", {"in-place": "never"}) == "never"


@pytest.mark.parametrize(
    ("text", "lacks", "found"),
    [
        ("'Tensor' object has no attribute 'mT'", {".mT": "no mT"}, "no mT"),
        ("module 'x' has no attribute 'stack'", {"torch.stack": "no stack"}, "no stack"),
        ("add() got an unexpected keyword argument 'alpha'", {"alpha=": "no alpha"}, "no alpha"),
        ("'alpha' is an invalid keyword argument for add", {"alpha=": "no alpha"}, "no alpha"),
        ("'Tensor' object has no attribute 'mT'", {"torch.stack": "no stack"}, ""),
        ("something else", {".mT": "no mT"}, ""),
    ],
)
def test_a_missing_name_is_unsupported_where_it_is_declared(text: str, lacks: dict[str, str], found: str) -> None:
    """And a failure where it is not."""
    seen = Observation(raised=Raised("AttributeError", (), text))

    assert needs.absent(seen, lacks) == found
    assert needs.absent(Observation(), lacks) == ""


def test_what_is_declared_away_is_unsupported_and_what_is_claimed_fails() -> None:
    """The same library with and without its declaration: of a word, and of a name that it has not."""
    made = clause(rows([1.0]), program("x[0] = 2", "return x"))
    declared = msgspec.structs.replace(CPU, lacks={"in-place": "it never writes"})
    here, there = (run_clause(made, context(_never, device=device)) for device in (declared, CPU))

    assert (here.verdict, here.reason, here.cases) == ("unsupported", "it never writes", {"unsupported": 1})
    assert there.verdict == "pass"


def _never(_: Any) -> bool:
    return False


# --- adapters ---


def _entries(adapter: type[Adapter]) -> Iterator[tuple[str, Entry]]:
    yield from ((f"torch.{name}", entry) for name, entry in adapter.functions.items())
    yield from ((f".{name}", entry) for name, entry in {**adapter.methods, **adapter.properties}.items())


def adapter_of(name: str) -> type[Adapter]:
    """Give the class of a built-in adapter."""
    built_in = registry.BUILT_IN[name]
    found: type[Adapter] = getattr(import_module(built_in.module), built_in.attribute)
    return found


def test_every_adapter_whose_library_is_here_is_checked() -> None:
    """NumPy's is always there, and each other is left out for its library alone; no adapter is forgotten."""
    made_of_tables = {
        path.stem
        for path in (ROOT / "conformance" / "backends").glob("*.py")
        if "(Adapter):" in path.read_text("utf-8")
    }
    modules = {registry.BUILT_IN[name].module.rpartition(".")[2] for name in ADAPTERS}

    assert made_of_tables - {"skeleton"} == modules
    assert "numpy" in INSTALLED


@pytest.mark.parametrize("name", INSTALLED)
def test_every_entry_has_a_name_of_the_protocol(name: str) -> None:
    """An adapter maps no name that no program uses."""
    assert {one for one, _ in _entries(adapter_of(name))} - set(NAMES) == set()


@pytest.mark.parametrize("name", INSTALLED)
def test_what_an_entry_does_beyond_renaming_is_said(name: str) -> None:
    """The library's own function does nothing more; code of the adapter's is one call or attribute, or says what it does."""
    silent = [one for one, entry in _entries(adapter_of(name)) if not entry.does and not _only_renames(entry.call)]

    assert silent == []


@pytest.mark.parametrize("name", INSTALLED)
def test_an_adapter_declares_in_words_that_exist_and_each_name_is_mapped_or_declared(name: str) -> None:
    """What is neither would be a failure of the adapter's, and none of the library's."""
    adapter = adapter_of(name)
    declaration.check(name, adapter.lacks)
    mapped = {one for one, _ in _entries(adapter)}
    gradients = GRADIENTS if "gradients" in adapter.lacks else frozenset()
    # A cast by name is missing where its dtype is.
    short = {one: one.rpartition(".")[2] for one in {*NAMES} - mapped}
    bare = {
        one
        for one, last in short.items()
        if last not in gradients and not any(declaration.reason(word, adapter.lacks) for word in (one, last))
    }

    assert bare == set()


@pytest.mark.parametrize("name", INSTALLED)
def test_a_tensor_of_each_dtype_comes_back(name: str) -> None:
    """With its bits, as the handshake asks before a run."""
    backend = registry.find(name)
    cpu = backend.device("cpu")
    backend.prepare(0)
    for dtype in DTYPES:
        if declaration.reason(dtype, backend.lacks):
            continue
        for array in (np.array([[1, 0, 1]]), np.array(1), np.zeros((2, 0))):
            given = array.astype(numpy_dtype(dtype))
            seen = backend.see(backend.make_tensor(given, dtype, cpu))
            assert (seen.dtype, seen.shape, seen.bits) == (dtype, given.shape, given.tobytes())


def _only_renames(call: Any) -> bool:
    """Say whether a callable is not the adapter's own, or is a single call, attribute or argument."""
    if not inspect.isfunction(call) or not call.__module__.startswith("conformance."):
        return True
    if call.__name__ != "<lambda>":
        body = ast.parse(textwrap.dedent(inspect.getsource(call))).body[0].body  # type: ignore[attr-defined]
        return len(body) == 1 and isinstance(body[0], ast.Return) and isinstance(body[0].value, ast.Call)
    # Python keeps the names of named arguments among the constants; all others are values of the adapter's own.
    written = {name for one in call.__code__.co_consts[1:] for name in (one if isinstance(one, tuple) else (one,))}
    return len(call.__code__.co_names) <= 3 and written <= {"axis", "dim", "keepdims", "axes", "shape", "order"}


def test_every_built_in_backend_is_found_by_its_name() -> None:
    """And says what pip installs for it."""
    assert isinstance(registry.find("numpy"), NumpyBackend)


def test_numpy_keeps_what_it_shares_with_pytorch_and_breaks_what_it_does_not() -> None:
    """Its own function gives what is right of views and orders; it refuses to squeeze what is not 1; gradients are declared away."""
    lines = judged(NumpyBackend(), "shapes.*", "gradients.line", "aliasing.base-write-seen-in-view", profile="smoke")
    verdicts = {name.partition("[")[0]: line.verdict for name, line in lines.items()}

    assert {"error", "crash", "timeout"}.isdisjoint(verdicts.values())
    assert verdicts["shapes.permute-orders"] == "pass"
    assert verdicts["shapes.squeeze-dims"] == "fail"
    assert verdicts["gradients.line"] == "unsupported"


def test_an_exception_stands_for_the_one_that_it_is_declared_to_stand_for() -> None:
    """NumPy's ValueError of shapes that do not fit is PyTorch's RuntimeError, by its declaration alone."""
    declared, silent = NumpyBackend(), NumpyBackend()
    silent.errors = {}
    verdicts = [judged(one, "arithmetic.shapes-that-differ", profile="smoke") for one in (declared, silent)]

    assert [next(iter(lines.values())).verdict for lines in verdicts] == ["pass", "fail"]


def test_arguments_are_named_as_pytorch_names_them() -> None:
    """A library that names them otherwise gets them at their places."""
    torch = NumpyBackend().namespace
    x = torch.tensor([[1.0, 2.0]])

    assert torch.matmul(input=x, other=torch.transpose(x, dim1=1, dim0=0)).tolist() == [[5.0]]
    assert x.reshape(shape=(2,)).tolist() == [1.0, 2.0]
    assert torch.as_tensor(x) is x
    assert isinstance(x.numpy(), np.ndarray)


def test_what_takes_a_targets_place_does_so_under_one_name_alone() -> None:
    """NumPy's numbers can't be written: `x += 1` binds `x` to another, and a second name keeps the first."""
    x = y = NumpyBackend().namespace.tensor([1, 2])[0]
    x += 1

    assert (x.item(), y.item()) == (2, 1)


def test_an_attribute_that_is_set_reaches_the_library() -> None:
    """It takes it or refuses it."""
    x = NumpyBackend().namespace.tensor([1, 2])

    with pytest.raises(AttributeError):
        x.ndim = 3


def test_numpy_takes_a_tensor_as_the_librarys_own_array() -> None:
    """`np.asarray` gives its memory, `np.array` a copy, of numbers too; and its class is PyTorch's to whoever asks."""
    backend = NumpyBackend()
    x = backend.namespace.tensor([1, 2])

    assert np.shares_memory(np.asarray(x), x.held)
    assert not np.shares_memory(np.array(x), x.held)
    assert np.array(x[0]).shape == ()
    assert backend.see(type(x)).value == "torch.Tensor"


def test_a_smaller_case_fails_by_what_is_claimed() -> None:
    """Not by a name that is declared away, which raises the same exception: here `clone`, where `double` is the fault."""
    backend = NumpyBackend()
    for name in ("clone", "double"):
        delattr(backend.tensor, name)
    device = msgspec.structs.replace(CPU, lacks={**NumpyBackend.lacks, ".clone": "it has none"})
    made = clause(rows([1.0]), program("y = x.double()", "y = y.clone()", "return x.clone()"))
    line = run_clause(made, context(backend=backend, device=device))

    assert line.failure is not None
    assert "double" in line.failure.shrunk


class Silent(NumpyBackend):
    """NumPy, which tells of no tensor whether it has a history."""

    def _seen(self, held: Any) -> Any:
        return msgspec.structs.replace(super()._seen(held), requires_grad=None)


def test_only_a_declaration_frees_a_library_from_telling_of_histories() -> None:
    """One that says nothing of it is failed; one that declares it is judged by all else."""
    verdicts, texts = [], []
    for more in ({}, {".requires_grad*": "it tells of none"}):
        silent = Silent()
        silent.lacks = {**NumpyBackend.lacks, **more}
        (line,) = judged(silent, "shapes.unsqueeze-dims", profile="smoke").values()
        verdicts.append(line.verdict)
        texts += [line.failure.reproducer.text] if line.failure and line.failure.reproducer else []

    assert verdicts == ["fail", "pass"]
    # NumPy's own arrays have no such attribute, and a program of theirs would end by that.
    assert ["import Silent" in one for one in texts] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "add(): incompatible function arguments.\nInvoked with types: array, array, kwargs = { out: array, alpha: int }",
        "add(): incompatible function arguments.\nInvoked with: 1, 2; kwargs: out=3, alpha=2",
    ],
    ids=["nanobind", "pybind11"],
)
def test_a_named_argument_that_is_missing_shows_in_the_words_of_bindings_too(text: str) -> None:
    """They list those that a call named; one that is declared away says why, and without it nothing does."""
    seen = Observation(raised=Raised("TypeError", (), text))

    assert needs.absent(seen, {"alpha=": "it has no factor"}) == "it has no factor"
    assert needs.absent(seen, {"array=": "no", "int=": "no"}) == ""


def test_a_slice_within_a_key_is_one() -> None:
    """Keys that are handed to a program are looked into, and a tuple of sizes is no key of parts."""
    for value, sentence in (((0, slice(1)), "none"), ((..., 0), "none"), ([1, 0], ""), ((2, 3), "")):
        given = tensors([1.0])
        key = PlainInput(encode_plain(value))
        inputs = msgspec.structs.replace(given, arguments={**given.arguments, "key": key})
        a_case = case(program("return x, key", arguments="x, key"), inputs)
        assert needs.lacking(a_case, "values", {"slices": "none"}) == sentence


# --- what is declared to be missing and works ---


class Modest(NumpyBackend):
    """NumPy, which says that it has no int16, no `stack` and no writing, and has them; and, rightly, no gradients."""

    name = "modest"

    def __init__(self) -> None:
        super().__init__()
        self.lacks = {
            **NumpyBackend.lacks,
            "int16": "it has none",
            "torch.stack": "it has none",
            "in-place": "it never writes",
        }


def test_what_is_declared_missing_and_works_is_told_by_name(tmp_path: Path) -> None:
    """A warning, in results.jsonl too; what is really missing is not told."""
    ran = command(
        "run",
        "--backend",
        f"{__name__}:Modest",
        "--select",
        "ranks.*",
        "--select",
        "indexing.*",
        "--profile",
        "smoke",
        folder=tmp_path,
    )

    assert ran.results.footer is not None
    assert {*ran.results.footer.works["cpu"]} == {"int16", "torch.stack", "in-place"}
    assert "declared missing on cpu, and works: " in ran.out


def test_a_true_declaration_is_not_doubted() -> None:
    """NumPy's own: nothing that it declares away works."""
    made = plan.of(NumpyBackend(), Settings(select=("ranks.*", "gradients.line", "printing.*")))

    assert (
        declared.working(NumpyBackend(), made, Settings(select=("ranks.*", "gradients.*", "printing.*")), _ignored)
        == {}
    )


class Narrow(NumpyBackend):
    """NumPy, which says that it has no int64, and makes int32 of it in silence."""

    name = "narrow"

    def __init__(self) -> None:
        super().__init__()
        self.lacks = {**NumpyBackend.lacks, "int64": "it makes int32 of it"}

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Narrow what is wide."""
        narrow = "int32" if dtype == "int64" else dtype
        return super().make_tensor(array.astype(narrow), narrow, device)


def test_a_dtype_that_is_made_a_narrower_one_is_not_there() -> None:
    """Cases that look at no dtype pass on it all the same."""
    settings = Settings(select=("ranks.len", "ranks.shapes", "ranks.tolist"))

    assert declared.working(Narrow(), plan.of(Narrow(), settings), settings, _ignored) == {}


def _ignored(_: object) -> None:
    pass


def test_an_installed_package_brings_a_backend_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found by its name, listed, and no such point takes a built-in backend's place."""
    points = [
        EntryPoint("mine", "conformance.backends.numpy:NumpyBackend", registry.GROUP),
        EntryPoint("torch", "nowhere:Nothing", registry.GROUP),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: [one for one in points if one.group == group])

    assert isinstance(registry.find("mine"), NumpyBackend)
    assert set(registry.brought()) == {"mine"}
    with pytest.raises(registry.UnknownBackendError, match=r"built in: .*, mine; your own"):
        registry.find("nobody")
