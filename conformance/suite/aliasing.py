"""Views and copies: who sees a write."""

from conformance.catalogue import clause


@clause("aliasing.view-keeps-order", "view")
def view_keeps_order():
    """`view` gives another shape with the elements in the same order."""


@clause("aliasing.base-write-seen-in-view", "view-then-write", requires=("aliasing.view-keeps-order",))
def base_write_seen_in_view():
    """A write to the base is seen in its view."""


@clause("aliasing.clone-keeps-its-values", "clone-then-write", requires=("aliasing.view-keeps-order",))
def clone_keeps_its_values():
    """A write to the base is not seen in a clone that was taken before."""


@clause("aliasing.reshape-shows-earlier-writes", "write-then-reshape")
def reshape_shows_earlier_writes():
    """`reshape` after a write shows the written value."""
