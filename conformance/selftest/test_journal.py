"""The journal tells which case was going on, whatever became of its process."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from conformance.runner import journal
from conformance.runner.journal import Journal
from conformance.selftest.support import ROOT

if TYPE_CHECKING:
    from pathlib import Path

KILLED = """
import os, pathlib, signal, sys
from conformance.runner.journal import Journal
own = Journal(pathlib.Path(sys.argv[1]), "item", 0.0)
for number in range(3):
    own.begin(f"case {number}")
    own.end(f"case {number}", "pass")
own.begin("the last")
os.kill(os.getpid(), signal.SIGKILL)
"""


def _journal(folder: Path) -> Path:
    (path,) = folder.glob("*.journal")
    return path


def test_it_outlives_its_process(tmp_path: Path) -> None:
    """What was written before the process was killed is read, and the case that it left open is overdue."""
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], cwd=ROOT, check=False)
    fatal, ended = journal.open_case(tmp_path, "item")

    assert fatal is not None
    assert fatal.case == "the last"
    assert [one.case for one in ended] == ["case 0", "case 1", "case 2"]
    assert journal.open_case(tmp_path, "another item") == (None, [])
    assert journal.overdue(tmp_path) == []
    end = time.monotonic() - journal.GRACE_SECONDS - 1
    assert fatal.at > end


def test_it_grows_and_is_taken_up_again(tmp_path: Path) -> None:
    """An item after another writes on in the same file, beyond the room that there was, and over a line larger than any room."""
    for item in ("first", "second"):
        own = Journal(tmp_path, item, 1.0)
        for number in range(2000):
            own.begin(f"case {number}")
            own.end(f"case {number}", "pass")
        own.begin("large" * 100_000)
        own.close()

    for item in ("first", "second"):
        fatal, ended = journal.open_case(tmp_path, item)
        assert fatal is not None
        assert fatal.case == "large" * 100_000
        assert [one.case for one in ended] == [f"case {number}" for number in range(2000)]


def test_the_last_process_that_had_an_item_is_asked(tmp_path: Path) -> None:
    """An item that went from one process to another is told by the second."""
    for name in ("one", "two"):
        own = Journal(tmp_path, "item", 1.0)
        own.begin(name)
        own.close()
        _journal(tmp_path).rename(tmp_path / f"{name}.kept")
    for kept in tmp_path.glob("*.kept"):
        kept.rename(kept.with_suffix(".journal"))
    fatal, _ = journal.open_case(tmp_path, "item")

    assert fatal is not None
    assert fatal.case == "two"


def test_a_case_is_overdue_after_its_limit_and_the_grace(tmp_path: Path) -> None:
    """One that began and did not end, and no other."""
    own = Journal(tmp_path, "item", -journal.GRACE_SECONDS)
    own.begin("a")
    time.sleep(0.01)
    assert len(journal.overdue(tmp_path)) == 1
    own.end("a", "pass")
    assert journal.overdue(tmp_path) == []
    own.close()


def test_a_damaged_file_tells_what_can_be_read(tmp_path: Path) -> None:
    """An empty file, one of noise and one that was cut off stop nobody."""
    own = Journal(tmp_path, "item", 1.0)
    own.begin("a")
    own.end("a", "pass")
    own.begin("b")
    own.close()
    path = _journal(tmp_path)
    whole = path.read_bytes()
    (tmp_path / "1.journal").write_bytes(b"")
    (tmp_path / "2.journal").write_bytes(b"\xff" * 100)
    (tmp_path / "3.journal").write_bytes(whole[: whole.index(b'"b"')])
    path.unlink()
    fatal, ended = journal.open_case(tmp_path, "item")

    assert fatal is None
    assert [one.case for one in ended] == ["a"]
    assert journal.overdue(tmp_path) == []
