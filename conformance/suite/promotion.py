"""Dtypes: asked for, inferred, promoted, cast."""

from conformance.catalogue import clause


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
