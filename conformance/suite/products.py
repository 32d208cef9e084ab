"""Matrix products and transposition."""

from conformance.catalogue import clause
from conformance.strategies import reach
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


@clause("products.exact", level="general", reaches=(*reach.LAYOUTS, *reach.NUMERIC_DTYPES, *reach.SHAPES_WITH_DIMS, *reach.SIZES_TO_1024),
        place="4 In [3]", table=products.matrix_products,
        requires=("products.mm", "products.method-equals-function"),
        source="torch.matmul: vectors, matrices and batches, whose batch dimensions are broadcast")
def exact(torch, x, y, *, device):
    """The product of vectors, matrices and batches of any dtype and layout is exact where its sums are, and an empty sum is zero."""
    results = torch.matmul(x, y), x.matmul(y), x @ y, torch.matmul(input=x, other=y), x.matmul(other=y)
    matrices = (x.dim(), y.dim()) == (2, 2)
    return (*results, torch.mm(x, y), x.mm(y), torch.mm(input=x, mat2=y), x.mm(mat2=y)) if matrices else results


@clause("products.batches", level="general", place="4 In [3]", table=products.batches, requires=("products.exact",),
        source="torch.matmul: a batched matrix product is that of each two matrices of the batch")
def batches(torch, x, y, *, device):
    """Each part of a batched product is the product of that part of the batch, and repeating it gives the same."""
    both = x.dim() == y.dim()
    parts = tuple(torch.matmul(x[place], y[place] if both else y) for place in range(len(x)))
    return torch.matmul(x, y), parts, torch.matmul(x, y)


@clause("products.sizes", level="general", place="4 In [3]", table=products.product_sizes, requires=("products.exact",),
        source="torch.mm: an (n, m) matrix with an (m, p) matrix gives an (n, p) one, whatever their sizes")
def sizes(torch, x, y, *, device):
    """Matrix products are right for any inner and outer sizes, in every spelling."""
    results = torch.matmul(x, y), x.matmul(y), x @ y, torch.matmul(input=x, other=y)
    matrices = (x.dim(), y.dim()) == (2, 2)
    return (*results, torch.mm(x, y), x.mm(y)) if matrices else results


@clause("products.own-transpose", level="general", place="1 prose", table=products.own_transposes, requires=("products.exact",),
        source="torch.matmul; Tensor Views: a transpose shares memory with its matrix")
def own_transpose(torch, x, y, *, device):
    """A matrix is multiplied with its own transpose, with itself, or with another part of the same memory, as with a copy."""
    if x.dim() == y.dim() and x.shape[-2:] == y.shape[-2:] and x.dim() > 1:
        return torch.matmul(x, y), x @ y, y @ x, x @ x, y @ y, torch.matmul(x, y)
    return torch.matmul(x, y), x @ y


@clause("products.empty-sums", level="general", place="4 In [3]", table=products.empty_sums, requires=("products.exact",),
        source="torch.matmul: each element is a sum of products, and that of none is zero")
def empty_sums(torch, x, y, rubbish, spelling, *, device):
    """A product whose inner size is zero is all zeros, whatever lay in that memory before."""
    discarded = [rubbish + rubbish for turn in range(4)]
    del discarded
    if spelling == "function":
        return torch.matmul(x, y)
    if spelling == "method":
        return x.matmul(y)
    if spelling == "mm":
        return torch.mm(x, y)
    if spelling == "mm method":
        return x.mm(y)
    if spelling == "keywords":
        return torch.matmul(input=x, other=y)
    return x @ y


@clause("products.not-finite", level="general", place="4 In [3]", table=products.not_finite, requires=("products.exact",),
        source="torch.matmul: each element is a sum of products; IEEE 754: 0 * inf and inf - inf are NaN")
def not_finite(torch, x, y, *, device):
    """Infinities, NaN and large numbers go through a matrix product as through its sums: none is lost, none comes from nothing, and none stays once it is written over."""
    results = torch.matmul(x, y), x.matmul(y), x @ y, torch.matmul(input=x, other=y)
    matrices = (x.dim(), y.dim()) == (2, 2)
    further = (torch.mm(x, y), x.mm(y)) if matrices else ()
    y[...] = 1
    between = x @ y
    x.data[...] = 2
    between = between, torch.matmul(x, y)
    y.data[...] = 3
    return results, further, between, torch.mm(x, y) if matrices else x @ y


@clause("products.accuracy", level="general", place="4 In [3]", table=products.accuracies, requires=("products.exact",),
        source="PyTorch's notes on numerical accuracy, and torch.set_float32_matmul_precision: float32 by default computes in float32")
def accuracy(torch, x, y, *, device):
    """A matrix product of arbitrary numbers lies within the bound of sums in its dtype, half types being added up in float32."""
    results = torch.matmul(x, y), x.matmul(y), x @ y, torch.matmul(input=x, other=y)
    matrices = (x.dim(), y.dim()) == (2, 2)
    return (*results, torch.mm(x, y), x.mm(y)) if matrices else results


@clause("products.identity", level="general", place="4 In [3]", table=products.identities, requires=("products.exact",),
        source="torch.matmul: each element is a sum of products, here of one number and zeros")
def identity(torch, x, y, *, device):
    """A matrix times the identity, or a permutation of it, is the matrix bit for bit, or its columns in that order."""
    return torch.matmul(x, y), x @ y, x.mm(y)


@clause("products.integers-wrap", level="general", place="4 In [3]", table=products.wrapping,
        requires=("products.exact", "arithmetic.integers-wrap"),
        source="torch.matmul: each element is a sum of products, and those of integers are taken modulo 2^bits")
def integers_wrap(torch, x, y, *, device):
    """Matrix products of integers that do not fit their dtype wrap around."""
    results = torch.matmul(x, y), x.matmul(y), x @ y, torch.matmul(input=x, other=y)
    matrices = (x.dim(), y.dim()) == (2, 2)
    return (*results, torch.mm(x, y), x.mm(y)) if matrices else results


@clause("products.outputs", level="general", place="4 In [3]", table=products.outputs, requires=("products.exact",),
        source="torch.mm, torch.matmul: out (Tensor, optional): the output tensor")
def outputs(torch, base, x, y, target, spelling, *, device):
    """`out=` takes a product where it lies, and nothing beside it is written."""
    if spelling == "mm":
        return torch.mm(x, y, out=target), target, base
    if spelling == "mm keywords":
        return torch.mm(input=x, mat2=y, out=target), target, base
    if spelling == "keywords":
        return torch.matmul(input=x, other=y, out=target), target, base
    return torch.matmul(x, y, out=target), target, base


@clause("products.shapes-that-differ", level="general", place="4 In [3]", table=products.products_that_differ,
        requires=("products.exact",), source="torch.matmul: the inner sizes must agree and the batch sizes be broadcastable")
def shapes_that_differ(torch, x, y, spelling, *, device):
    """Products of inner or batch sizes that differ, of 0-d tensors and of bools are refused with a RuntimeError."""
    if spelling == "function":
        return torch.matmul(x, y)
    if spelling == "method":
        return x.matmul(y)
    if spelling == "mm":
        return torch.mm(x, y)
    if spelling == "mm method":
        return x.mm(y)
    if spelling == "keywords":
        return torch.matmul(input=x, other=y)
    return x @ y


@clause("products.mm-takes-matrices", level="general", place="1 prose", table=products.no_matrices, requires=("products.mm",),
        source="torch.mm: this function does not broadcast; if input is an (n, m) tensor, mat2 is an (m, p) tensor")
def mm_takes_matrices(torch, x, y, spelling, *, device):
    """`mm` refuses whatever is not a matrix, and inner sizes that differ, with a RuntimeError."""
    if spelling == "mm":
        return torch.mm(x, y)
    return x.mm(y)


@clause("products.mixed-dtypes", level="general", place="4 In [3]", table=products.mixed_dtypes, requires=("products.exact",),
        source="Type promotion names arithmetic operations; mm and matmul expect both tensors to have the same dtype")
def mixed_dtypes(torch, x, y, spelling, *, device):
    """A matrix product of two dtypes is refused with a RuntimeError: nothing is promoted."""
    if spelling == "function":
        return torch.matmul(x, y)
    if spelling == "method":
        return x.matmul(y)
    if spelling == "mm":
        return torch.mm(x, y)
    if spelling == "mm method":
        return x.mm(y)
    if spelling == "keywords":
        return torch.matmul(input=x, other=y)
    return x @ y
