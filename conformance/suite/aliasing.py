"""Views and copies: who sees a write."""

from conformance.catalogue import clause
from conformance.strategies.tables import programs, views


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


@clause("aliasing.view-chains", level="general", place="5 In [17]", table=views.view_chains, strides=True,
        source="Tensor Views: a view shares its base's data, seen through its own shape and strides")
def view_chains(torch, x, view, *, device):
    """A chain of view operations shows the base's elements with the shape and strides that its steps give."""
    return view


@clause("aliasing.base-writes-reach-views", level="general", place="5 In [17]", table=views.writes,
        requires=("aliasing.view-chains", "aliasing.base-write-seen-in-view"),
        source="Tensor Views: editing the base tensor is reflected in the view")
def base_writes_reach_views(torch, x, view, index, *, device):
    """A write to an element of the base is seen in every view that shows it, and in no other element."""
    x[index] = 77
    return view, x


@clause("aliasing.view-writes-reach-the-base", level="general", place="5 In [17]", table=views.view_chains,
        requires=("aliasing.view-chains",), source="Tensor Views: editing the view is reflected in the base tensor")
def view_writes_reach_the_base(torch, x, view, *, device):
    """A write through a view is seen in the base, where the view shows it and nowhere else."""
    view[...] = 77
    return x, view


@clause("aliasing.programs", level="general", place="5 In [17]", table=programs.programs,
        requires=("aliasing.base-writes-reach-views", "aliasing.view-writes-reach-the-base"),
        source="Tensor Views: a view shares its base's data, and editing either is reflected in the other")
def whole_programs():
    """However views of tensors, writes, reads and calculations follow each other, each sees what was written before it."""
