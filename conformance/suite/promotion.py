"""Dtypes: asked for, inferred, promoted, cast."""

from conformance.catalogue import clause
from conformance.strategies.tables import elementwise


@clause("promotion.dtype-argument", "dtype-argument")
def dtype_argument():
    """`torch.int` as the dtype of a new tensor is int32."""


@clause("promotion.float-literal", "float-literal")
def float_literal():
    """A tensor made from Python floats has the default float dtype, float32."""


@clause("promotion.int-with-float", "int-plus-float")
def int_with_float():
    """An int32 tensor plus a float32 tensor is float32."""


@clause("promotion.cast", "int-plus-cast-float")
def cast():
    """A float tensor cast to int32 with `type` and added to an int32 tensor gives int32."""


@clause("promotion.tensors", level="general", place="5 In [12]", table=elementwise.dtype_pairs, requires=("promotion.int-with-float",),
        source="Type promotion: promote to a type with sufficient size and category to hold all dimensioned operands")
def tensors(torch, x, y, operation, *, device):
    """Two tensors with dimensions give the smallest dtype that holds both of theirs, and the operation's value in it."""
    return getattr(torch, operation)(x, y)


@clause("promotion.zero-dim", level="general", place="5 In [12]", table=elementwise.zero_dim_pairs, requires=("promotion.tensors",),
        source="Type promotion: a zero-dim operand counts only where its category is higher than the dimensioned ones'")
def zero_dim(torch, x, y, operation, *, device):
    """A 0-d tensor raises the dtype of a tensor with dimensions only where its category is higher."""
    return getattr(torch, operation)(x, y)


@clause("promotion.numbers", level="general", place="1 In [4]", table=elementwise.numbers, requires=("promotion.tensors",),
        source="Type promotion: a Python number counts only where its category is higher than the tensors'")
def numbers(torch, x, y, operation, *, device):
    """A Python number on either side never raises a tensor's dtype within its category."""
    if operation == "add":
        return x + y
    if operation == "sub":
        return x - y
    if operation == "mul":
        return x * y
    return x / y


@clause("promotion.casts", level="general", place="5 In [12]", table=elementwise.casts, requires=("promotion.cast",),
        source="Tensor.to: the tensor converted to the dtype; floats become integers by truncation toward zero")
def casts(torch, x, dtype, *, device):
    """Every dtype is cast to every other: rounded once, truncated toward zero, zero alone is False."""
    return x.to(dtype), x.type(dtype)


@clause("promotion.complex-to-bool", level="general", place="5 In [12]", table=elementwise.complex_to_bool, requires=("promotion.casts",),
        versions=">=2.4", source="Tensor.bool is to(torch.bool); since pull request 121803 both parts count, before it the imaginary part was discarded with a warning")
def complex_to_bool(torch, x, dtype, *, device):
    """A complex number is True unless both of its parts are zero."""
    return x.to(dtype), x.type(dtype)
