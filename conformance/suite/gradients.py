"""Gradients."""

from conformance.catalogue import clause
from conformance.strategies.tables import programs


@clause("gradients.mean-of-a-sum", "gradient-of-a-mean")
def mean_of_a_sum():
    """The gradient of the mean of `x + y` is one over the number of elements, for both."""


@clause("gradients.line", "gradient-of-a-line")
def line():
    """The gradient of `2x + 1` is 2, and the result carries the gradient's history."""


@clause("gradients.non-leaf-has-none", "gradient-of-a-non-leaf")
def non_leaf_has_none():
    """The `grad` of a tensor that is no leaf is None, and reading it warns with a UserWarning."""


@clause("gradients.non-leaf-warning", "gradient-of-a-non-leaf", level="wording", reads="wording",
        requires=("gradients.non-leaf-has-none",))
def non_leaf_warning():
    """The warning says that the `grad` attribute of a tensor that is no leaf is being accessed."""


@clause("gradients.graph-follows-the-code", "graph-of-a-loop")
def graph_follows_the_code():
    """Loops and branches on computed values shape the graph as they run, and `backward` walks that graph."""


@clause("gradients.training-step", "training-step")
def training_step():
    """A step against the gradient changes the weights and lowers the loss."""


@clause("gradients.programs", level="general", place="6 In [22]", table=programs.gradients,
        requires=("gradients.mean-of-a-sum", "aliasing.programs"),
        source="Autograd mechanics, in-place operations; Tensor Views: what is written through a view is part of its base's history")
def whole_programs():
    """Each leaf gets the gradient of what was calculated from it, whatever views and writes came between."""
