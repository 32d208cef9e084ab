"""The catalogue for a reader, and for a machine."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.catalogue import Level  # noqa: TC001 - msgspec resolves field types at run time
from conformance.program import describe_inputs

if TYPE_CHECKING:
    from conformance.catalogue import Clause
    from conformance.documents import Case, Erratum, Output


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A clause in `conformance list clauses --json`."""

    id: str
    sentence: str
    level: Level
    on: str
    reads: str
    section: int
    place: str
    since: str
    requires: tuple[str, ...]
    versions: str
    source: str
    cases: tuple[str, ...]


def entry(clause: Clause) -> Entry:
    """Make the entry of a clause."""
    same = {name: getattr(clause, name) for name in Entry.__struct_fields__ if name != "cases"}
    return Entry(**same, cases=tuple(case.id for case in clause.cases))


def as_json(clauses: list[Clause]) -> str:
    """Give the catalogue as JSON."""
    return msgspec.json.format(msgspec.json.encode([entry(clause) for clause in clauses]), indent=2).decode()


def schema() -> dict[str, Any]:
    """Give the JSON Schema of the catalogue."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "conformance list clauses --json",
        **msgspec.json.schema(list[Entry]),
    }


def as_text(clauses: list[Clause]) -> str:
    """Give the catalogue a line a clause, and how many there are."""
    width = max((len(clause.id) for clause in clauses), default=0)
    lines = [f"{clause.id:<{width}}  {clause.level:<10}  {clause.sentence}" for clause in clauses]
    return "\n".join([*lines, f"{len(clauses)} clauses"])


def errata(found: tuple[Erratum, ...]) -> str:
    """Give the errata, a paragraph each."""
    return "\n\n".join(
        f"{one.id} ({one.place})\n  printed: {one.printed}\n  right:   {one.right}\n  why:     {one.why}"
        for one in found
    )


def explain(clause: Clause) -> str:
    """Explain a clause: its rule, where it comes from, its programs, inputs, and what is expected."""
    facts = [
        ("level", clause.level),
        ("place", clause.place),
        ("applies on", clause.on),
        ("judged by", clause.reads),
        ("since", clause.since),
        ("requires", ", ".join(clause.requires)),
        ("versions", clause.versions),
        ("source", clause.source or "the documents"),
    ]
    head = [clause.id, f"  {clause.sentence}", "", *(f"  {name + ':':<12}{text}" for name, text in facts if text)]
    cases = [line for case in clause.cases for line in _explain_case(case)]
    return "\n".join([*head, *cases, *_explain_table(clause)])


def _explain_table(clause: Clause) -> list[str]:
    """Show a clause's program (its own, or that of the first row), how many rows its table has, and the first of them."""
    if clause.table is None:
        return []
    rows = [case for case in clause.all_cases("standard", 0) if case.by_reference]
    lines = ["", textwrap.indent(rows[0].program.source.rstrip(), "    "), ""]
    each = "" if clause.program is not None else ", each with its own program"
    lines.append(f"  expected: what the reference gives, in each of {len(rows)} cases{each}; the first:")
    return [*lines, f"  {rows[0].id}", *(f"    {line}" for line in describe_inputs(rows[0].inputs))]


def _explain_case(case: Case) -> list[str]:
    lines = ["", f"case {case.id} ({case.place})"]
    conditions = [
        f"only on {case.only_on.removeprefix('!')} devices" if case.only_on and case.only_on[0] != "!" else "",
        f"not on {case.only_on[1:]} devices" if case.only_on and case.only_on[0] == "!" else "",
        f"needs {', '.join(case.needs)}" if case.needs else "",
    ]
    lines += [f"  {condition}" for condition in conditions if condition]
    lines += [f"  {line}" for line in describe_inputs(case.inputs)]
    lines += ["", textwrap.indent(case.program.source.rstrip(), "    "), ""]
    if case.raises:
        lines.append(f"  expected: a {case.raises}, while the case {case.twin} works")
    if case.warns:
        lines.append(f"  expected: a {case.warns}")
    for output in case.outputs:
        lines += _explain_output(output)
    return lines


def _explain_output(output: Output) -> list[str]:
    origin = f"print {output.print}" if output.print is not None else output.source or ""
    first, *rest = output.text.splitlines()
    lines = [f"  expected: {first}", *(f"            {line}" for line in rest), f"            ({origin})"]
    if output.erratum:
        lines.append(f"            the documents print {output.recorded}: erratum {output.erratum}")
    return lines
