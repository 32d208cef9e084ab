"""Elementwise arithmetic."""

from conformance.catalogue import clause
from conformance.strategies.tables import elementwise


@clause("arithmetic.vector-plus-number", "vector-plus-number")
def vector_plus_number():
    """A vector plus a Python number adds it to each element and keeps the vector's dtype."""


@clause("arithmetic.vector-times-number", "vector-times-number")
def vector_times_number():
    """A vector times a Python number multiplies each element and keeps the vector's dtype."""


@clause("arithmetic.vector-plus-vector", "vector-plus-vector")
def vector_plus_vector():
    """The sum of two vectors is taken element by element."""


@clause("arithmetic.add", "matrix-plus-matrix", "int-add")
def add():
    """The sum of two integer matrices is taken element by element and stays integer."""


@clause("arithmetic.subtract", "int-subtract")
def subtract():
    """The difference of two integer matrices is taken element by element and stays integer."""


@clause("arithmetic.multiply", "matrix-times-matrix", "int-multiply")
def multiply():
    """`*` of two integer matrices is the product element by element, not the matrix product, and stays integer."""


@clause("arithmetic.true-division", "int-divide")
def true_division():
    """`/` of two integer matrices is true division element by element and gives floats."""


@clause("arithmetic.rounding", level="general", place="4 In [2]", table=elementwise.layouts,
        source="torch.add, sub, mul, div: the operation element by element; IEEE 754: correctly rounded")
def rounding(torch, x, y, operation, *, device):
    """`+ - * /` of two tensors of one dtype, however they lie in memory, are correctly rounded bit for bit, and integers wrap around."""
    return getattr(torch, operation)(x, y)


@clause("arithmetic.subnormals", level="general", place="4 In [2]", table=elementwise.subnormals, subnormals=True,
        source="torch.set_flush_denormal: by default denormal numbers are not flushed; IEEE 754: gradual underflow")
def subnormals(torch, x, y, operation, *, device):
    """Subnormal operands and results keep their values: nothing is flushed to zero."""
    return getattr(torch, operation)(x, y)


@clause("arithmetic.broadcasting", level="general", place="1 In [4]", table=elementwise.broadcasts,
        source="Broadcasting semantics: dimensions of size 1 are expanded, and missing ones are taken as 1")
def broadcasting(torch, x, y, operation, *, device):
    """Operands of different shapes are broadcast: sizes are equal, 1, or missing, counted from the last dimension."""
    return getattr(torch, operation)(x, y)


@clause("arithmetic.shapes-that-differ", level="general", place="1 In [4]", table=elementwise.shapes_that_differ,
        source="Broadcasting semantics: dimension sizes must either be equal, one of them is 1, or one of them does not exist",
        requires=("arithmetic.broadcasting",))
def shapes_that_differ(torch, x, y, operation, *, device):
    """Operands whose sizes neither agree nor are 1 are refused with a RuntimeError."""
    return getattr(torch, operation)(x, y)


@clause("arithmetic.in-place", level="general", place="4 In [2]", table=elementwise.in_place,
        source="Type promotion: in place, the result must not be of a higher category than the tensor it is written to")
def in_place(torch, x, y, operation, *, device):
    """An operation in place writes its result, cast to the target's dtype, or is refused where the category would have to fall."""
    returned = getattr(x, operation + "_")(y)
    return returned, x
