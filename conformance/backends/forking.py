"""What becomes of the child of a library that forks and lets it come back."""

from __future__ import annotations

import os


def end_child_of(process: int) -> None:
    """End this process if it is not the one that called the library.

    Where the child of a fork comes back to the suite, a second run would go on from there, and soon a third.

    Args:
        process: `os.getpid()` before the call.
    """
    if os.getpid() != process:
        os._exit(0)
