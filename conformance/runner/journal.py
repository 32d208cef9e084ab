"""The journal: each case is written down before it runs, so that a fatal one is known."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

# A case may take as long as the watchdog allows; the controller's clock gives the worker's own watchdog that much more.
GRACE_SECONDS = 5.0
TAIL_BYTES = 4096
# Stands in the place of a case while the failing one of a clause, all of whose cases have run, is made smaller.
SHRINKING = "(making the failing case smaller)"
# Likewise, where a process ends itself because it can't use a device any more.
LOST = "(the device can't be used any more)"


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line: a case that begins, or that ended with a verdict, in the process `pid`.

    Attributes:
        nodeid: of the clause's test item.
        case: id of the case.
        verdict: empty where the case begins.
        at: seconds of the machine's monotonic clock, which all its processes share.
        limit: seconds that the case may take.
    """

    pid: int
    nodeid: str
    case: str
    verdict: str
    at: float
    limit: float


class Journal:
    """The writing end, in a worker: `begin` a case, `end` it."""

    def __init__(self, folder: Path, nodeid: str, limit: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{os.getpid()}.jsonl"
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._folder = folder
        self._nodeid = nodeid
        self._limit = limit

    def close(self) -> None:
        """Close it, when the item is done."""
        os.close(self._descriptor)

    def keep(self, line: bytes, if_gone: bytes = b"") -> None:
        """Store a clause's line, in case what follows ends the process, and its line if the device is gone."""
        kept_path(self._folder, os.getpid()).write_bytes(line)
        kept_path(self._folder, os.getpid(), if_gone=True).write_bytes(if_gone)

    def begin(self, case: str) -> None:
        """Write that a case begins."""
        self._write(case, "")

    def end(self, case: str, verdict: str) -> None:
        """Write a case's verdict."""
        self._write(case, verdict)

    def _write(self, case: str, verdict: str) -> None:
        entry = Entry(os.getpid(), self._nodeid, case, verdict, time.monotonic(), self._limit)
        os.write(self._descriptor, msgspec.json.encode(entry) + b"\n")


def kept_path(folder: Path, pid: int, *, if_gone: bool = False) -> Path:
    """Give the file in which a process keeps a clause's line, or the one that holds if its device is gone."""
    return folder / f"{pid}.{'gone' if if_gone else 'line'}"


def entries(path: Path) -> list[Entry]:
    """Read a journal; a last line that was cut off by the end of its process is left out."""
    found = []
    for line in path.read_bytes().splitlines():
        try:
            found.append(msgspec.json.decode(line, type=Entry))
        except msgspec.DecodeError:
            break
    return found


def open_case(folder: Path, nodeid: str) -> tuple[Entry | None, list[Entry]]:
    """Give the case of an item that began and did not end, and the item's ended cases."""
    for path in sorted(folder.glob("*.jsonl"), key=lambda path: path.stat().st_mtime, reverse=True):
        own = [entry for entry in entries(path) if entry.nodeid == nodeid]
        if own:
            return (own[-1] if not own[-1].verdict else None), [entry for entry in own if entry.verdict]
    return None, []


def overdue(folder: Path) -> list[int]:
    """Give the processes whose case has taken longer than its limit and the grace.

    Args:
        folder: of the journals.
    """
    last = [_last(path) for path in folder.glob("*.jsonl")]
    now = time.monotonic()
    return [entry.pid for entry in last if entry and not entry.verdict and now - entry.at > entry.limit + GRACE_SECONDS]


def _last(path: Path) -> Entry | None:
    """Read a journal's last whole line, however long it has grown."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - TAIL_BYTES))
        *_, whole, _ = [b"", b"", *stream.read().split(b"\n")]
    try:
        return msgspec.json.decode(whole, type=Entry)
    except msgspec.DecodeError:
        return None
