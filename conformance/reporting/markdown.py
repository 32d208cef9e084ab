"""A Markdown summary, made from results alone: failures first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.reporting.verdict import failing, headline, ordered, reproduced

if TYPE_CHECKING:
    from conformance.documents import Erratum
    from conformance.reporting.results import ClauseLine, Results

# GitHub cuts a job summary at 1 MiB and a comment at 65,536 characters.
SIZE_LIMIT = 60_000
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def summary(results: Results) -> str:
    """Give the summary."""
    header = results.header
    blocks = [
        f"## Conformance of {safe(header.backend.name)} {safe(header.backend.version)}",
        safe(headline(results)),
    ]
    blocks += [f"**Note:** {safe(note)}." for note in results.notes]
    blocks += [f"**Warning:** {safe(sentence)}." for sentence in results.false_declarations]
    if results.is_partial:
        stopped = results.footer.stopped if results.footer is not None else "no end was written"
        blocks.append(f"**Partial:** {safe(stopped)}.")
    lines = ordered(results)
    blocks += [_failure(line, through) for line, through in failing(results)]
    rest = [line for line in lines if line.verdict in ("waived", "unsupported", "not-run") or line.partial]
    if rest:
        blocks.append(_table(rest))
    blocks.append(_errata(header.errata))
    return _within_limit(blocks)


def _failure(line: ClauseLine, through: list[str]) -> str:
    failure = line.failure
    parts = [f"### {line.verdict}: {safe(line.id)} on {safe(line.device)}", safe(line.sentence)]
    if failure is not None:
        parts.append(fenced("\n".join([failure.called, *map(str, failure.differences or (failure.message,))])))
        parts.append(fenced("\n".join(filter(None, [failure.rerun, reproduced(failure)]))))
    if through:
        parts.append(f"{len(through)} more fail through it: {', '.join(map(safe, through))}.")
    return "\n\n".join(parts)


def _errata(errata: tuple[Erratum, ...]) -> str:
    rows = [f"| {safe(one.place)} | {safe(one.printed)} | {safe(one.right)} | {safe(one.why)} |" for one in errata]
    head = ["| erratum of the documents | printed there | right | why |", "| --- | --- | --- | --- |"]
    return "\n".join(["Errata, for which nobody is failed:", "", *head, *rows])


def _table(lines: list[ClauseLine]) -> str:
    rows = [
        f"| {safe(line.id)} | {safe(line.device)} | {'partial' if line.partial else line.verdict} | {safe(line.reason)} |"
        for line in lines
    ]
    return "\n".join(["| clause | device | verdict | reason |", "| --- | --- | --- | --- |", *rows])


def fenced(text: str) -> str:
    """Give a block of code that no text can end early."""
    shown = _CONTROL.sub(_code, text).strip()
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{shown}\n{fence}"


def safe(text: str) -> str:
    """Give a text as one line that Markdown shows as it is."""
    shown = _CONTROL.sub(_code, text).replace("\n", " ")
    return _SPECIAL.sub(r"\\\1", shown)


def _code(match: re.Match[str]) -> str:
    return f"\\u{ord(match[0]):04x}"


def _within_limit(blocks: list[str]) -> str:
    kept: list[str] = []
    size = 0
    for block in blocks:
        size += len(block.encode("utf-8", errors="replace")) + 2
        if size > SIZE_LIMIT:
            kept.append(f"{len(blocks) - len(kept)} more blocks are left out; they are in results.jsonl.")
            break
        kept.append(block)
    return "\n\n".join(kept) + "\n"
