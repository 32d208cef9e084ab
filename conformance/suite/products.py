"""Matrix products and transposition."""

from conformance.catalogue import clause


@clause("products.mm", "mm", "mm-of-floats")
def mm():
    """`mm` gives the matrix product of two matrices."""


@clause("products.operator", "matmul-operator", "matmul-operator-of-floats")
def operator():
    """`@` gives the matrix product of two matrices."""


@clause("products.method-equals-function", "matmul-method", "matmul-function", "matmul-of-floats")
def method_equals_function():
    """The method `matmul` and the function `matmul` give the same matrix product."""


@clause("products.transpose", "transposed")
def transpose():
    """The transposed matrix has the rows as its columns."""
