"""The documents' facts as data: golden cases, errata, and where each printed value is accounted for.

The files lie in `fixtures/documents/`: `section1.toml` to `section6.toml`, `errata.toml` and `prints.toml`. A golden
case holds a program of the suite's own wording and, for each value that it returns, the output that the documents
record. See `fixtures/README.md` for the form.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from conformance.program import (
    Argument,
    Base,
    Inputs,
    PlainInput,
    Program,
    ProgramError,
    Step,
    TensorInput,
    base_of_values,
    checked,
    encode_plain,
)

SECTIONS = (1, 2, 3, 4, 5, 6)
_Form = TypeVar("_Form")


class FixtureError(Exception):
    """A data file of the suite is missing or damaged: the message says which, and what to do."""


class Output(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One returned value and what the documents show of it.

    Attributes:
        text: what is right, in PyTorch's printed form. `{device}` stands for the device's own name.
        print: which print call of the cell recorded it, counted from 1; None for a fact of the prose.
        prefix: what the cell prints before the value.
        recorded: what the documents print instead, where that is an erratum.
        erratum: id of that erratum.
        dtype: exact dtype, where it is the point and the printed form is silent.
        device: where a tensor lies, if not on the device that is tested.
        source: where a fact that no cell prints comes from.
        cut: the documents show only the beginning.
        printed: False keeps the value out of the clauses on the printed form.
    """

    text: str
    print: int | None = None
    prefix: str = ""
    recorded: str | None = None
    erratum: str | None = None
    dtype: str | None = None
    device: str | None = None
    source: str | None = None
    cut: bool = False
    printed: bool = True


class Case(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One program with one set of inputs, and what is right for it.

    Attributes:
        id: unique over all sections.
        section: of the documents.
        cell: the number in `In [n]`; None for a fact of the prose.
        program: what runs.
        inputs: what it is given.
        outputs: what is right for each returned value.
        raises: the documented type of the exception, if it must raise.
        raises_words: the stable words of its text; `{device}` stands for the device's own name.
        twin: the case that is the nearest legal call, if it must raise.
        warns: the category of a warning that must be given.
        warns_words: the stable words of its text.
        writes: inputs that the program may change.
        sets: global state that the program may change (`rng`).
        needs: what a device may lack by its own documentation (`integer-matmul`).
        only_on: device types to which the case is restricted; `!cuda` for all but that one.
        by_reference: the reference says what is right, instead of `outputs`.
        twin_inputs: the inputs of the nearest legal call of the same program, where the reference refuses this one.
        strides: the strides of what is returned are judged too.
        subnormals: subnormal results must be exact; elsewhere a zero in their place is right too.
        may_refuse: a RuntimeError that changes nothing is right too.
        whole: a whole program of its own, of several statements: what is made of it must be determined by the rules.
    """

    id: str
    section: int
    cell: int | None
    program: Program
    inputs: Inputs
    outputs: tuple[Output, ...] = ()
    raises: str | None = None
    raises_words: tuple[str, ...] = ()
    twin: str | None = None
    warns: str | None = None
    warns_words: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    only_on: str | None = None
    by_reference: bool = False
    twin_inputs: Inputs | None = None
    strides: bool = False
    subnormals: bool = False
    may_refuse: bool = False
    whole: bool = False

    @property
    def place(self) -> str:
        """Where the documents show it: `5 In [17]`, or `1 prose`."""
        return f"{self.section} In [{self.cell}]" if self.cell is not None else f"{self.section} prose"

    def runs_on(self, device_type: str) -> bool:
        """Say whether the case applies to a type of device."""
        if self.only_on is None:
            return True
        return device_type != self.only_on[1:] if self.only_on.startswith("!") else device_type == self.only_on


class Erratum(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place where the documents contradict themselves: nobody is failed for it.

    Attributes:
        id: a durable word.
        place: where.
        printed: what the documents print there.
        right: what the code shown gives.
        why: why the two differ.
        prints: the print calls concerned, as (section, cell, number).
    """

    id: str
    place: str
    printed: str
    right: str
    why: str
    prints: tuple[tuple[int, int, int], ...] = ()


class PrintedCell(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many live print calls a cell of the documents has."""

    section: int
    cell: int
    prints: int


class _TensorText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tensor input as its file holds it: values of its own, or the name of a shared base."""

    values: Any = None
    dtype: str | None = None
    base: str | None = None
    device: Literal["device", "other_device"] = "device"
    view: tuple[tuple[Any, ...], ...] = ()
    requires_grad: bool = False


def fixtures_folder() -> Path:
    """Find `fixtures/`: inside the package where it is installed, beside it in a checkout or an editable install.

    Raises:
        FixtureError: it is in neither place.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "fixtures", package.parent / "fixtures"):
        if (folder / "documents").is_dir():
            return folder
    raise FixtureError("the suite's data (fixtures/documents) is missing; reinstall tensor-conformance")


@cache
def cases() -> dict[str, Case]:
    """Give every golden case by its id, in the documents' order.

    Raises:
        FixtureError: a file is missing or damaged, or an id is used twice.
    """
    found: dict[str, Case] = {}
    for section in SECTIONS:
        name = f"section{section}.toml"
        for case in _section_cases(name, section):
            if case.id in found:
                raise _damaged(name, ValueError(f"the id {case.id!r} is used twice"))
            found[case.id] = case
    for case in found.values():
        if (case.raises is None) != (case.twin is None) or (case.twin is not None and case.twin not in found):
            raise _damaged(f"section{case.section}.toml", ValueError(f"{case.id!r} needs `raises` and a known `twin`"))
    return found


@cache
def section_titles() -> dict[int, str]:
    """Give the title of each section."""
    return {section: str(_load(f"section{section}.toml").get("title", "")) for section in SECTIONS}


@cache
def errata() -> tuple[Erratum, ...]:
    """Give the places where the documents contradict themselves."""
    return tuple(_convert("errata.toml", _load("errata.toml").get("erratum", []), list[Erratum]))


@cache
def printed_cells() -> tuple[PrintedCell, ...]:
    """Give the documents' cells with the number of their live print calls."""
    return tuple(_convert("prints.toml", _load("prints.toml").get("cell", []), list[PrintedCell]))


def _section_cases(name: str, section: int) -> list[Case]:
    data = _load(name)
    if data.get("section") != section or not isinstance(data.get("case"), list):
        raise _damaged(name, ValueError(f"it must say `section = {section}` and hold cases"))
    try:
        forms = [{**case, "section": section, "cell": case.get("cell"), **_parsed(case)} for case in data["case"]]
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(name, error) from error
    return _convert(name, forms, list[Case])


def _parsed(case: dict[str, Any]) -> dict[str, Any]:
    try:
        program = checked(case["program"])
        inputs = inputs_of(case.get("inputs", {}))
    except ProgramError as error:
        raise ProgramError(f"case {case.get('id')!r}: {error}") from error
    if set(program.arguments) != set(inputs.arguments):
        raise ProgramError(f"case {case.get('id')!r}: its inputs are not the program's arguments")
    return {"program": program, "inputs": inputs}


def inputs_of(data: dict[str, Any]) -> Inputs:
    """Turn the short form of the files (`x = {dtype=..., values=...}`, `n = 3`) into bases and arguments.

    Raises:
        ProgramError: an input is incomplete, or names a base that none of the others makes.
        msgspec.ValidationError: an input has unknown keys.
    """
    bases: dict[str, Base] = {}
    arguments: dict[str, Argument] = {}
    for name, value in data.items():
        if not isinstance(value, dict):
            arguments[name] = PlainInput(encode_plain(value))
            continue
        form = msgspec.convert(value, _TensorText)
        base = form.base or name
        if form.base is None:
            if form.dtype is None or form.values is None:
                raise ProgramError(f"input {name!r} needs dtype and values, or a base")
            bases[name] = msgspec.structs.replace(base_of_values(form.values, form.dtype), device=form.device)
        steps = tuple(Step(str(op), tuple(args)) for op, *args in form.view)
        arguments[name] = TensorInput(base, steps, form.requires_grad)
    unknown = {i.base for i in arguments.values() if isinstance(i, TensorInput)} - set(bases)
    if unknown:
        raise ProgramError(f"unknown base {min(unknown)!r}")
    return Inputs(bases, arguments)


def _load(name: str) -> dict[str, Any]:
    path = fixtures_folder() / "documents" / name
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(name, error) from error


def _convert(name: str, data: Any, form: type[_Form]) -> _Form:
    try:
        return msgspec.convert(data, form)
    except msgspec.ValidationError as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> FixtureError:
    detail = str(error).splitlines()[0]
    return FixtureError(f"fixtures/documents/{name} is missing or damaged ({detail}); restore it or reinstall")
