"""The journal: each case is written down before it runs, so that a fatal one is known.

It is a file that its writer has in its memory, which costs a case no call of the system, and which outlives the process: where
its lines end, as a number of eight bytes, then the lines, and then room for more.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

# A case may take as long as the watchdog allows; the controller's clock gives the worker's own watchdog that much more.
GRACE_SECONDS = 5.0
TAIL_BYTES = 4096
_END = struct.Struct("@Q")
_ROOM_BYTES = 1 << 18
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
        path = folder / f"{os.getpid()}.journal"
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        self._pid = os.getpid()
        self._make_room(0 if os.fstat(self._descriptor).st_size else _ROOM_BYTES)
        self._end = _END.unpack_from(self._memory)[0] or _END.size
        self._folder = folder
        self._nodeid = nodeid
        self._limit = limit

    def close(self) -> None:
        """Close it, when the item is done."""
        self._memory.close()
        os.close(self._descriptor)

    def keep(self, line: bytes, if_gone: bytes = b"") -> None:
        """Store a clause's line, in case what follows ends the process, and its line if the device is gone."""
        kept_path(self._folder, os.getpid()).write_bytes(line)
        kept_path(self._folder, os.getpid(), if_gone=True).write_bytes(if_gone)

    def begin(self, case: str, limit: float | None = None) -> None:
        """Write that a case begins; one that runs in a process apart has another limit, since a clock of its own ends it."""
        self._write(case, "", limit)

    def end(self, case: str, verdict: str) -> None:
        """Write a case's verdict."""
        self._write(case, verdict)

    def _write(self, case: str, verdict: str, limit: float | None = None) -> None:
        seconds = self._limit if limit is None else limit
        entry = Entry(self._pid, self._nodeid, case, verdict, time.monotonic(), seconds)
        line = msgspec.json.encode(entry) + b"\n"
        end = self._end + len(line)
        if end > len(self._memory):
            self._memory.close()
            self._make_room(max(_ROOM_BYTES, len(line)))
        self._memory[self._end : end] = line
        # The lines end there only when the last is whole.
        _END.pack_into(self._memory, 0, end)
        self._end = end

    def _make_room(self, more: int) -> None:
        """Add so many bytes to the file, written so that a full disk is found out here, and take it into memory."""
        os.lseek(self._descriptor, 0, os.SEEK_END)
        os.write(self._descriptor, bytes(more))
        self._memory = mmap.mmap(self._descriptor, 0)


def kept_path(folder: Path, pid: int, *, if_gone: bool = False) -> Path:
    """Give the file in which a process keeps a clause's line, or the one that holds if its device is gone."""
    return folder / f"{pid}.{'gone' if if_gone else 'line'}"


def entries(path: Path) -> list[Entry]:
    """Read a journal; a file that is none, or is damaged, has what can be read of it."""
    found = []
    with path.open("rb") as stream:
        lines = stream.read(_end_of(stream) - stream.tell()).splitlines()
    for line in lines:
        try:
            found.append(msgspec.json.decode(line, type=Entry))
        except msgspec.DecodeError:
            break
    return found


def _end_of(stream: BinaryIO) -> int:
    """Read where a journal's lines end, and stand where they begin."""
    head = stream.read(_END.size)
    told = int(_END.unpack(head)[0]) if len(head) == _END.size else 0
    return min(max(told, len(head)), os.fstat(stream.fileno()).st_size)


def open_case(folder: Path, nodeid: str) -> tuple[Entry | None, list[Entry]]:
    """Give the case of an item that began and did not end, and the item's ended cases."""
    told = [[entry for entry in entries(path) if entry.nodeid == nodeid] for path in folder.glob("*.journal")]
    # Of several processes that had it, the last.
    own = max((some for some in told if some), key=lambda some: some[-1].at, default=[])
    return (own[-1] if own and not own[-1].verdict else None), [entry for entry in own if entry.verdict]


def overdue(folder: Path) -> list[int]:
    """Give the processes whose case has taken longer than its limit and the grace.

    Args:
        folder: of the journals.
    """
    last = [_last(path) for path in folder.glob("*.journal")]
    now = time.monotonic()
    return [entry.pid for entry in last if entry and not entry.verdict and now - entry.at > entry.limit + GRACE_SECONDS]


def _last(path: Path) -> Entry | None:
    """Read a journal's last whole line, however long it has grown."""
    with path.open("rb") as stream:
        end = _end_of(stream)
        stream.seek(max(stream.tell(), end - TAIL_BYTES))
        *_, whole, _ = [b"", b"", *stream.read(end - stream.tell()).split(b"\n")]
    try:
        return msgspec.json.decode(whole, type=Entry)
    except msgspec.DecodeError:
        return None
