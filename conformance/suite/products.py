"""Matrix products and transposition."""

from conformance.catalogue import clause
from conformance.strategies.tables import products


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


@clause("products.exact", level="general", place="4 In [3]", table=products.matrix_products,
        requires=("products.mm", "products.method-equals-function"),
        source="torch.matmul: vectors, matrices and batches, whose batch dimensions are broadcast")
def exact(torch, x, y, *, device):
    """The product of vectors, matrices and batches of any dtype and layout is exact where its sums are, and an empty sum is zero."""
    return torch.matmul(x, y), x @ y


@clause("products.shapes-that-differ", level="general", place="4 In [3]", table=products.products_that_differ,
        requires=("products.exact",), source="torch.matmul: the inner sizes must agree and the batch sizes be broadcastable")
def shapes_that_differ(torch, x, y, *, device):
    """Products of inner or batch sizes that differ, of 0-d tensors and of bools are refused with a RuntimeError."""
    return torch.matmul(x, y)
