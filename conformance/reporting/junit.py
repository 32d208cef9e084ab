"""JUnit XML, made from results alone: a test case for each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from conformance.reporting.results import FAILING
from conformance.reporting.verdict import reproduced

if TYPE_CHECKING:
    from conformance.reporting.results import ClauseLine, Results

# What XML 1.0 can't hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def document(results: Results) -> str:
    """Give the XML document."""
    suite = ET.Element(
        "testsuite",
        name="conformance",
        tests=str(len(results.lines)),
        failures=str(sum(line.verdict in FAILING for line in results.lines)),
        errors=str(sum(line.verdict == "error" for line in results.lines)),
        skipped=str(sum(line.verdict in ("not-run", "unsupported") for line in results.lines)),
        time=f"{sum(line.seconds for line in results.lines):.3f}",
        timestamp=results.header.started,
    )
    if results.notes:
        properties = ET.SubElement(suite, "properties")
        for note in results.notes:
            ET.SubElement(properties, "property", name="note", value=legal(note))
    for line in results.lines:
        suite.append(_case(line))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(line: ClauseLine) -> ET.Element:
    case = ET.Element(
        "testcase",
        classname=f"conformance.{line.id.partition('.')[0]}",
        name=f"{line.id}[{line.device}]",
        time=f"{line.seconds:.3f}",
    )
    properties = ET.SubElement(case, "properties")
    for name in ("id", "level", "device", "verdict", "place", "since"):
        ET.SubElement(properties, "property", name="clause" if name == "id" else name, value=legal(getattr(line, name)))
    if line.verdict in FAILING or line.verdict == "error":
        message = line.failure.message if line.failure is not None else line.verdict
        tag = "error" if line.verdict == "error" else "failure"
        element = ET.SubElement(case, tag, type=line.verdict, message=legal(f"{line.sentence} {message}"))
        element.text = legal(_text(line))
    elif line.verdict in ("not-run", "unsupported"):
        ET.SubElement(case, "skipped", message=legal(f"{line.verdict}: {line.reason}"))
    return case


def _text(line: ClauseLine) -> str:
    if line.failure is None:
        return ""
    parts = [line.failure.called, *map(str, line.failure.differences), line.failure.trace or "", line.failure.rerun]
    parts.append(reproduced(line.failure) or "")
    return "\n".join(part for part in parts if part)


def legal(text: str) -> str:
    """Show characters that XML can't hold by their code."""
    return _ILLEGAL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
