"""Where the stage runs: the fingerprint by which two files are known to be of one machine."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from conformance.benchmark.cases import all_threads
from conformance.benchmark.records import Machine

_GIB = 2**30
# What /proc/cpuinfo says of a CPU beside its name, with the words before it.
_NUMBERS = {
    "vendor_id": "",
    "cpu family": "family ",
    "model": "model ",
    "stepping": "stepping ",
    "CPU implementer": "implementer ",
    "CPU part": "part ",
}


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


def numbers() -> str:
    """Say what identifies the CPU where its name doesn't: `GenuineIntel family 6 model 85 stepping 7 AVX-512 Google`.

    The clock is added in virtual machines that know one clock alone; elsewhere it is that of a moment.
    """
    first = _text("/proc/cpuinfo").partition("\n\n")[0]
    fields = dict(re.findall(r"^(\S[^:\n]*?)[ \t]*:[ \t]*(.*?)[ \t]*$", first, re.MULTILINE))
    flags = set(fields.get("flags", "").split())
    found = [f"{word}{fields[key]}" for key, word in _NUMBERS.items() if fields.get(key)]
    found += ["AVX-512"] if "avx512f" in flags else []
    found += [f"clock {fields['cpu MHz']} MHz"] if _one_clock(flags) and fields.get("cpu MHz") else []
    return " ".join([*found, _text("/sys/class/dmi/id/sys_vendor").strip()]).strip()


def _one_clock(flags: set[str]) -> bool:
    return "hypervisor" in flags and "aperfmperf" not in flags


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
