"""The printed form."""

from conformance.catalogue import clause


@clause("printing.zero-dim", "zero-dim", "zero-dim-sum", "item", reads="text")
def zero_dim():
    """A 0-d tensor prints as its number alone in `tensor(...)`."""


@clause("printing.size", "one-element", "ellipsis-keeps-leading-dims", "rand", "permute", "legacy-tensor-shape",
        reads="text")
def size():
    """A shape prints as `torch.Size([...])`."""


@clause("printing.whole-floats", "float-vector", "vector-plus-number", "vector-times-number", "vector-plus-vector",
        "mean-dim-0", "int-plus-float", reads="text")
def whole_floats():
    """Floats that are all whole numbers print with a point and no digits behind it."""


@clause("printing.four-digits", "int-divide", "mean", "mean-dim-1", "gradient-of-a-mean", reads="text")
def four_digits():
    """Floats that are not all whole numbers print with four digits behind the point."""


@clause("printing.legacy-constructors", "float-tensor", "long-tensor", "legacy-tensor", "legacy-tensor-again",
        on="cpu", reads="text")
def legacy_constructors():
    """Tensors of the legacy constructors print like all others."""


@clause("printing.int-vector", "row", "column", "last-column", "ellipsis", "argmax", "argmax-dim-0", "argmax-dim-1",
        "view-then-write", reads="text")
def int_vector():
    """Integers print without a point, each padded to the width of the widest."""


@clause("printing.matrix", "matrix", "nested-list", "matrix-plus-matrix", "matrix-times-matrix", "int-add",
        "int-subtract", "int-multiply", "cat-rows", "cat-columns", "view", "clone-then-write", "write-then-reshape",
        "squeeze-all", reads="text")
def matrix():
    """A matrix prints a row a line, aligned under the first."""


@clause("printing.products", "mm", "matmul-operator", "matmul-method", "matmul-function", reads="text")
def products():
    """A matrix product prints like every other matrix."""


@clause("printing.blocks", "three-dims", "unsqueeze-first", "unsqueeze-last", reads="text")
def blocks():
    """A tensor of three or more dimensions prints in blocks with an empty line between them."""


@clause("printing.dtype-suffix", "int-plus-cast-float", reads="text")
def dtype_suffix():
    """A tensor of another dtype than the default one of its kind prints it as `dtype=...`."""


@clause("printing.dtype", "dtype-argument", "float-literal", reads="text")
def dtype():
    """A dtype prints as `torch.` and its name."""


@clause("printing.numpy-types", "to-array", "from-array", on="cpu", reads="text")
def numpy_types():
    """The results of the NumPy bridge and their types print as NumPy's and PyTorch's own."""


@clause("printing.device", "cpu-leaves-the-original", on="accelerator", reads="text")
def device():
    """The device of a tensor prints as its type and index."""


@clause("printing.moved-to-the-cpu", "matmul-after-moving", on="accelerator", reads="text")
def moved_to_the_cpu():
    """A tensor on the CPU prints without a device, wherever its values came from."""


@clause("printing.grad-fn", "gradient-of-a-line", reads="text")
def grad_fn():
    """A tensor with a gradient's history prints the function that made it as `grad_fn=<...>`."""


@clause("printing.summary", "summarised", reads="text")
def summary():
    """A tensor of more than 1000 elements prints the first and last three of each dimension and `...` between."""
