"""Proposes waivers of a run's failures, for a person to complete: `conformance run --write-waivers FILE`.

What only a person can say is left as `FILL IN`, and a file that still says so is refused: a waiver without a reason, the
sentence that is broken and a place where it is reported would hide a failure.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from conformance import catalogue
from conformance.waivers import TO_FILL_IN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.observation import Difference
    from conformance.reporting.results import ClauseLine, Results

# A proposal must be looked at again after so many days.
DAYS = 90
_HEAD = """\
# Proposed by `conformance run --write-waivers`. Complete what says {mark}, and narrow each entry to the cases that have the
# fault: when = {{ dtype = ["int8"], case = ["*keyword*"] }} (fixtures/README.md of the suite describes the form).
"""


def proposal(results: Results, today: dt.date) -> str:
    """Give the text of a file of waivers, an entry for each clause that fails by a difference.

    Args:
        results: of a run.
        today: from which the days of a proposal count.
    """
    known = {one.id: one for one in catalogue.unchecked()}
    failing = [line for line in results.lines if line.verdict == "fail" and line.failure and line.failure.differences]
    entries = ["\n".join(_entry(line, results, known[line.id], today)) for line in failing if line.id in known]
    return "\n\n".join([_HEAD.format(mark=TO_FILL_IN), *entries]) + "\n"


def _entry(line: ClauseLine, results: Results, clause: catalogue.Clause, today: dt.date) -> Iterator[str]:
    backend, failure = results.header.backend, line.failure
    assert failure is not None  # noqa: S101 - it was chosen for its differences
    kind = next((one.type for one in results.header.devices if one.name == line.device), "cpu")
    program = failure.reproducer.text if failure.reproducer is not None else ""
    name = line.id.replace(".", "-")
    yield "[[waiver]]"
    yield f"id = {_text(f'{name}-{kind}')}"
    yield f"clause = {_text(line.id)}"
    yield f"reason = {_text(f'{TO_FILL_IN}: what is wrong, and in which versions. Seen: {failure.message}')}"
    yield f"breaks = {_text(clause.source or f'{TO_FILL_IN}: the sentence of the reference')}"
    yield f"link = {_text(f'{TO_FILL_IN}: where it is reported')}"
    yield f"expires = {today + dt.timedelta(days=DAYS)}"
    yield f"versions = {_text(f'=={backend.rules}')}"
    yield f"builds = [{_text(backend.version)}]"
    yield f"devices = [{_text(kind)}]"
    yield f"wrong = [{', '.join(dict.fromkeys(map(_wrong, failure.differences)))}]"
    yield f"reproducer = {_lines(program or f'{TO_FILL_IN}: a few lines that show it')}"


def _wrong(difference: Difference) -> str:
    """Name a difference by its property, and an exception by its type too."""
    raised = difference.got.partition(":")[0] if difference.what in ("outcome", "exception") else ""
    got = f", got = {_text(f'{raised}: *')}" if raised.isidentifier() else ""
    return f"{{ what = {_text(difference.what)}{got} }}"


def _text(text: str) -> str:
    # JSON's strings are TOML's, but for DEL.
    return json.dumps(text[:1000]).replace("\x7f", "\\u007f")


def _lines(text: str) -> str:
    plain = all(one.isprintable() or one == "\n" for one in text)
    return f"'''\n{text.rstrip()}\n'''" if plain and "'''" not in text else json.dumps(text).replace("\x7f", "\\u007f")
