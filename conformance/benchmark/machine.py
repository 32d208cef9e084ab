"""Where the stage runs: the fingerprint by which two files are known to be of one machine."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from conformance.benchmark.cases import all_threads
from conformance.benchmark.records import Machine

_GIB = 2**30


def fingerprint(accelerators: tuple[str, ...]) -> Machine:
    """Describe this machine.

    Args:
        accelerators: what the hardware of each calls itself.
    """
    return Machine(
        _processor(),
        all_threads(),
        round(_memory("SC_PHYS_PAGES") / _GIB),
        f"{platform.system()} {platform.machine()}",
        accelerators,
    )


def free_memory() -> int:
    """Give the bytes that this process may still take; a large number where the system can't say."""
    found = re.search(r"^MemAvailable:\s*(\d+) kB$", _text("/proc/meminfo"), re.MULTILINE)
    free = int(found[1]) * 1024 if found else _memory("SC_AVPHYS_PAGES") or 2**62
    limit, used = (_text(f"/sys/fs/cgroup/memory.{one}").strip() for one in ("max", "current"))
    return min(free, int(limit) - int(used)) if limit.isdigit() and used.isdigit() else free


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _memory(name: str) -> int:
    try:
        return os.sysconf(name) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 0


def _processor() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", _text("/proc/cpuinfo"), re.MULTILINE)
    return found[1].strip() if found else platform.processor() or "unknown"
