"""What goes wrong and is told in one sentence."""

from __future__ import annotations


class UsageProblem(Exception):  # noqa: N818 - it is the user's mistake, not an error of the suite
    """Wrong input: the message is one sentence that says what to do."""
