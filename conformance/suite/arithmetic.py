"""Elementwise arithmetic."""

from conformance.catalogue import clause


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
