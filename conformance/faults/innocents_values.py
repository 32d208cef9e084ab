"""Libraries whose elements differ where a rule leaves several values open: NaN, scalars, casts, random numbers."""

from __future__ import annotations

from typing import Any

import torch

from conformance.faults.healthy import FUNCTIONS, METHODS
from conformance.faults.planting import innocent

_HALF = (torch.float16, torch.bfloat16)
_ARITHMETIC = ("aten.add", "aten.sub", "aten.mul", "aten.div")
_IN_PLACE = ("aten.add_", "aten.sub_", "aten.mul_", "aten.div_")
_OF_NUMBERS = (
    "arithmetic.*", "promotion.numbers", "promotion.numpy-numbers", "promotion.default-dtype", "numpy-bridge.*scalars",
    "gradients.numbers", "gradients.line", "gradients.means", "gradients.compositions", "aliasing.programs",
)  # fmt: skip
_OF_ZERO_DIMS = ("promotion.zero-dim", "arithmetic.*", "ranks.*", "gradients.arithmetic", "gradients.mixed*")
_OF_CASTS = (
    "promotion.*", "ranks.dtype-argument", "numpy-bridge.*", "shapes.cat*", "indexing.*writes", "arithmetic.in-place",
    "arithmetic.output-dtypes", "gradients.casts", "gradients.mixed*", "reductions.mean-dtype",
    "aliasing.tensor-writes-through-views",
)  # fmt: skip
_RECIPROCAL = (
    "the maintainers allow x / number as a product with the reciprocal (pytorch#157959), and torch.div promises no more "
    "than the quotient"
)
_HALF_NUMBERS = (
    "a Python number with a half tensor may be used at float32 or at the tensor's dtype, where it is beyond the range too "
    "(the maintainers on pytorch#98691)"
)
_OUT_OF_RANGE = (
    "the maintainers leave it undefined what integer a float becomes that is NaN or out of range (pytorch#87556, "
    "pytorch#154311), as C++ does"
)


def _overwritten(op: Any, args: tuple[Any, ...], kwargs: Any, value: Any) -> Any:
    """Check operands and make the result as the operator does, and fill it with another value."""
    return op(*args, **kwargs).copy_(value)


def _is_float(x: Any) -> bool:
    return bool(x.is_floating_point() or x.is_complex())


def _operation(op: Any) -> Any:
    """Give the function of an operator's name, whether it writes in place or not."""
    return getattr(torch, str(op).split(".")[1].removesuffix("_"))


@innocent(
    "nan-of-another-sign-and-payload",
    *_ARITHMETIC, *_IN_PLACE, "aten.rsub", "aten.reciprocal", "aten.mm", "aten.bmm", "aten.mv", "aten.dot", "aten.mean",
    freedom="IEEE 754 leaves the sign and the payload of a NaN that an operation gives to the machine, and PyTorch's "
    "reference says nothing of them",
    touches=("arithmetic.*", "promotion.*", "products.*", "reductions.*", "printing.*", "gradients.*", "numpy-bridge.*"),
)  # fmt: skip
def _other_nan(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Give a NaN with the sign set and a payload of ones wherever a result is NaN."""
    result = op(*args, **kwargs)
    if _is_float(result) and not result.is_conj() and not result.is_neg():
        real = torch.view_as_real(result) if result.is_complex() else result
        real.view({2: torch.int16, 4: torch.int32, 8: torch.int64}[real.element_size()]).masked_fill_(real.isnan(), -1)
    return result


# --- numbers beside tensors ---


def _by_reciprocal(op: Any, args: tuple[Any, ...], kwargs: Any, held: Any) -> Any:
    """Divide by a Python number as a product with its reciprocal, taken in the dtype `held(dtype of the result)`."""
    x, number, *_ = args
    if isinstance(number, torch.Tensor) or (op.__name__.startswith("div_") and not _is_float(x)):
        return op(*args, **kwargs)
    dtype = torch.result_type(x, number)
    dtype = dtype if dtype.is_floating_point or dtype.is_complex else torch.get_default_dtype()
    wide = torch.float32 if dtype in _HALF else dtype
    reciprocal = torch.tensor(number, dtype=held(dtype)).reciprocal()
    return _overwritten(op, args, kwargs, (x.to(dtype).to(wide) * reciprocal.to(wide)).to(dtype))


@innocent(
    "quotients-by-a-number-times-the-reciprocal", "aten.div", "aten.div_", freedom=_RECIPROCAL, touches=_OF_NUMBERS
)
def _times_reciprocal(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Divide by a number as a product with its reciprocal, which is taken at the dtype (a half type's at float32)."""
    return _by_reciprocal(op, args, kwargs, lambda dtype: torch.float32 if dtype in _HALF else dtype)


@innocent("quotients-by-a-number-folded-in-float64", "aten.div", "aten.div_", freedom=_RECIPROCAL, touches=_OF_NUMBERS)
def _folded_reciprocal(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Divide by a number as a product with its reciprocal, taken of the Python number as a compiler folds it."""
    return _by_reciprocal(op, args, kwargs, lambda dtype: torch.complex128 if dtype.is_complex else torch.float64)


@innocent(
    "half-quotients-times-a-half-reciprocal",
    "aten.div",
    "aten.div_",
    freedom=f"{_RECIPROCAL}; {_HALF_NUMBERS}",
    touches=_OF_NUMBERS,
)
def _half_reciprocal(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Divide a half tensor by a number as a product with its reciprocal, rounded to the half type."""
    return _by_reciprocal(op, args, kwargs, lambda dtype: dtype)


@innocent(
    "quotients-of-a-number-rounded-once",
    "torch.Tensor.__rtruediv__",
    "torch.Tensor.__rdiv__",
    freedom="torch.div is the quotient; that PyTorch's own 2 / x is a product with a reciprocal is no rule",
    touches=_OF_NUMBERS,
)
def _rounded_once(self: Any, number: Any) -> Any:
    """Divide a Python number by a tensor at once, with one rounding."""
    dtype = torch.result_type(self, number)
    dtype = dtype if dtype.is_floating_point or dtype.is_complex else torch.get_default_dtype()
    wide = torch.float32 if dtype in _HALF else dtype
    return METHODS.to(FUNCTIONS.div(FUNCTIONS.scalar_tensor(number, dtype=wide), METHODS.to(self, wide)), dtype)


@innocent(
    "half-numbers-rounded-first", *_ARITHMETIC, *_IN_PLACE, "aten.rsub", freedom=_HALF_NUMBERS, touches=_OF_NUMBERS
)
def _rounded_number(op: Any, x: Any, number: Any, *args: Any, **kwargs: Any) -> Any:
    """Round a Python number that meets a half tensor to the tensor's dtype first, to infinity beyond its range."""
    if isinstance(number, (int, float)) and not isinstance(number, bool) and x.dtype in _HALF:
        number = torch.tensor(float(number), dtype=torch.float64).to(x.dtype).item()
    return op(x, number, *args, **kwargs)


@innocent("half-numbers-at-float32", *_ARITHMETIC, *_IN_PLACE, freedom=_HALF_NUMBERS, touches=_OF_NUMBERS)
def _number_at_float32(op: Any, x: Any, number: Any, **kwargs: Any) -> Any:
    """Use a Python number that meets a half tensor at float32, and round the result alone."""
    if isinstance(number, (torch.Tensor, bool, complex)) or x.dtype not in _HALF:
        return op(x, number, **kwargs)
    alpha = {name: kwargs[name] for name in ("alpha",) if name in kwargs}
    value = _operation(op)(x.float(), torch.tensor(number, dtype=torch.float32), **alpha).to(x.dtype)
    return _overwritten(op, (x, number), kwargs, value)


_HALF_ZERO_DIMS = (
    "a 0-d tensor counts like a number beside a half tensor (torch.Tensor's notes on type promotion), and may be used at "
    "float32 or at the tensor's dtype (the maintainers on pytorch#98691)"
)


def _beside_a_half(x: Any, y: Any) -> bool:
    """Say whether a real 0-d tensor of another dtype meets a half tensor with dimensions."""
    return (
        isinstance(y, torch.Tensor) and x.dtype in _HALF and x.dim() > 0 == y.dim()
        and y.dtype not in (x.dtype, torch.bool) and not y.is_complex()
    )  # fmt: skip


@innocent("half-zero-dims-rounded-first", *_ARITHMETIC, *_IN_PLACE, freedom=_HALF_ZERO_DIMS, touches=_OF_ZERO_DIMS)
def _rounded_zero_dim(op: Any, x: Any, y: Any, **kwargs: Any) -> Any:
    """Round a 0-d tensor that meets a half tensor to its dtype first, to infinity beyond its range."""
    return op(x, y.to(x.dtype) if _beside_a_half(x, y) else y, **kwargs)


@innocent("half-zero-dims-at-float32", *_ARITHMETIC, *_IN_PLACE, freedom=_HALF_ZERO_DIMS, touches=_OF_ZERO_DIMS)
def _zero_dim_at_float32(op: Any, x: Any, y: Any, **kwargs: Any) -> Any:
    """Use a 0-d tensor that meets a half tensor at float32, and round the result alone."""
    if not _beside_a_half(x, y):
        return op(x, y, **kwargs)
    alpha = {name: kwargs[name] for name in ("alpha",) if name in kwargs}
    return _overwritten(op, (x, y), kwargs, _operation(op)(x.float(), y.float(), **alpha).to(x.dtype))


# --- alpha and complex numbers ---

_SCALED = ("aten.add.Tensor", "aten.add_.Tensor", "aten.add.out", "aten.sub.Tensor", "aten.sub_.Tensor", "aten.sub.out")
_OF_ALPHA = ("arithmetic.*", "gradients.arithmetic")
_ALPHA = "torch.add is input + alpha * other; nothing says whether that is rounded once or twice"


def _scaled(op: Any, args: tuple[Any, ...], kwargs: Any, product_dtype: Any) -> Any:
    """Add a multiple that is rounded to a dtype of its own first."""
    x, y, *_ = args
    if kwargs.get("alpha", 1) == 1 or not isinstance(y, torch.Tensor) or not torch.result_type(x, y).is_floating_point:
        return op(*args, **kwargs)
    dtype = torch.result_type(x, y)
    wide = product_dtype(dtype)
    product = y.to(dtype).to(wide) * torch.tensor(kwargs["alpha"], dtype=wide)
    value = x.to(dtype).to(wide) + product if "add" in str(op) else x.to(dtype).to(wide) - product
    return _overwritten(op, args, kwargs, value.to(dtype))


@innocent("alpha-rounded-twice", *_SCALED, freedom=_ALPHA, touches=_OF_ALPHA)
def _twice(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Round the product with `alpha` to the dtype before it is added."""
    return _scaled(op, args, kwargs, lambda dtype: dtype)


@innocent("alpha-rounded-once", *_SCALED, freedom=_ALPHA, touches=_OF_ALPHA)
def _once(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Add the exact product with `alpha`, and round the sum alone."""
    return _scaled(op, args, kwargs, lambda _: torch.float64)


_COMPLEX = (
    "PyTorch's notes on complex numbers give no algorithm for * and /; each part is a sum of products, and the notes on "
    "numerical accuracy leave their order and precision free"
)
_OF_COMPLEX = ("arithmetic.*", "promotion.*", "gradients.arithmetic", "gradients.numbers", "numpy-bridge.*scalars")


def _both(x: Any, y: Any, dtype: Any) -> bool:
    return isinstance(x, torch.Tensor) and isinstance(y, torch.Tensor) and x.dtype == y.dtype == dtype


@innocent("complex-products-in-complex128", "aten.mul", "aten.mul_", freedom=_COMPLEX, touches=_OF_COMPLEX)
def _wide_product(op: Any, x: Any, y: Any, **kwargs: Any) -> Any:
    """Multiply complex64 tensors in complex128, and round the parts once."""
    if not _both(x, y, torch.complex64):
        return op(x, y, **kwargs)
    return _overwritten(op, (x, y), kwargs, (x.to(torch.complex128) * y.to(torch.complex128)).to(torch.complex64))


@innocent(
    "complex-products-keep-infinities",
    "aten.mul",
    freedom=f"{_COMPLEX}; C's standard (Annex G) lets an infinite factor give an infinite product where the parts give NaN",
    touches=_OF_COMPLEX,
)
def _infinite_product(op: Any, x: Any, y: Any, **kwargs: Any) -> Any:
    """Give an infinity for a complex product of an infinity whose parts are both NaN."""
    result = op(x, y, **kwargs)
    if not isinstance(y, torch.Tensor) or not result.is_complex():
        return result
    lost = torch.view_as_real(result.clone()).isnan().all(-1)
    infinite = [torch.view_as_real(one.to(result.dtype).resolve_conj()).isinf().any(-1) for one in (x, y)]
    return result.masked_fill_(lost & (infinite[0] | infinite[1]), complex(float("inf"), float("inf")))


@innocent("complex-quotients-by-smith", "aten.div", "aten.div_", freedom=_COMPLEX, touches=_OF_COMPLEX)
def _smith(op: Any, x: Any, y: Any, **kwargs: Any) -> Any:
    """Divide complex64 tensors by the larger part of the divisor first, as Smith does."""
    if not _both(x, y, torch.complex64):
        return op(x, y, **kwargs)
    a, b, c, d = x.real, x.imag, y.real, y.imag
    wide = c.abs() >= d.abs()
    small, large = torch.where(wide, d, c), torch.where(wide, c, d)
    ratio = small / large
    bottom = large + small * ratio
    real = torch.where(wide, a + b * ratio, a * ratio + b) / bottom
    imaginary = torch.where(wide, b - a * ratio, b * ratio - a) / bottom
    return _overwritten(op, (x, y), kwargs, torch.complex(real, imaginary))


@innocent("complex-quotients-in-complex128", "aten.div", "aten.div_", freedom=_COMPLEX, touches=_OF_COMPLEX)
def _wide_quotient(op: Any, x: Any, y: Any, **kwargs: Any) -> Any:
    """Divide complex64 tensors in complex128, and round the parts once."""
    if not _both(x, y, torch.complex64):
        return op(x, y, **kwargs)
    return _overwritten(op, (x, y), kwargs, (x.to(torch.complex128) / y.to(torch.complex128)).to(torch.complex64))


# --- casts ---

_ONCE_OR_TWICE = (
    "a cast to a half type may round once, or through float32 as PyTorch's own does: Tensor.to promises the dtype and no "
    "way of rounding"
)


def _cast(op: Any, args: tuple[Any, ...], kwargs: Any, value: Any) -> Any:
    """Cast with other elements: `value` is given the source and the healthy result."""
    in_place = op.__name__.startswith("copy_")
    source = args[1] if in_place else args[0]
    if in_place and not isinstance(source, torch.Tensor):
        return op(*args, **kwargs)
    kept = source.clone() if in_place else source
    result = op(*args, **kwargs)
    found = value(kept.real if kept.is_complex() and not result.is_complex() else kept, result)
    return result if found is None else result.copy_(found)


@innocent("casts-to-half-at-once", "aten._to_copy", "aten.copy_", freedom=_ONCE_OR_TWICE, touches=_OF_CASTS)
def _at_once(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Round float64 and int32 to a half type once."""

    def rounded(source: Any, result: Any) -> Any:
        if result.dtype not in _HALF or source.dtype not in (torch.float64, torch.int32):
            return None
        exact = source.double()
        near = exact.float()
        # Rounding to odd keeps in the last bit whether anything was cut off.
        bits = near.view(torch.int32)
        inexact = (near.double() != exact) & near.isfinite() & (bits & 1 == 0)
        step = torch.where(near.double().abs() > exact.abs(), -1, 1)
        return torch.where(inexact, bits + step, bits).int().view(torch.float32).to(result.dtype)

    return _cast(op, args, kwargs, rounded)


def _outside(source: Any, dtype: Any) -> tuple[Any, Any] | None:
    """Say which floats lie above and below an integer dtype; None where the cast is of another kind."""
    if not source.is_floating_point() or dtype.is_floating_point or dtype.is_complex or dtype == torch.bool:
        return None
    limits, whole = torch.iinfo(dtype), source.double().trunc()
    return whole >= float(limits.max) + (dtype != torch.int64), whole < float(limits.min)


@innocent("integers-out-of-range-saturate", "aten._to_copy", "aten.copy_", freedom=_OUT_OF_RANGE, touches=_OF_CASTS)
def _saturating(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the nearest integer of the dtype for a float out of its range, zero for NaN and for negative floats as unsigned."""

    def saturated(source: Any, result: Any) -> Any:
        if (outside := _outside(source, result.dtype)) is None:
            return None
        (above, below), limits = outside, torch.iinfo(result.dtype)
        return result.masked_fill(above, limits.max).masked_fill(below, limits.min).masked_fill(source.isnan(), 0)

    return _cast(op, args, kwargs, saturated)


@innocent(
    "integers-out-of-range-are-the-lowest", "aten._to_copy", "aten.copy_", freedom=_OUT_OF_RANGE, touches=_OF_CASTS
)
def _lowest(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the lowest integer of the dtype for each float that is NaN or out of its range."""

    def lowest(source: Any, result: Any) -> Any:
        if (outside := _outside(source, result.dtype)) is None:
            return None
        wrong = outside[0] | outside[1] | source.isnan()
        return result.masked_fill(wrong, torch.iinfo(result.dtype).min)

    return _cast(op, args, kwargs, lowest)


# --- what is made ---


@innocent(
    "rand-of-another-stream",
    "aten.rand",
    freedom="torch.rand: random numbers from a uniform distribution on [0, 1); PyTorch's notes on reproducibility promise "
    "the same stream on one release and platform alone",
    touches=("ranks.rand*", "devices.*", "printing.*"),
)
def _mirrored(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Give the numbers of another stream, which repeats with the seed as well."""
    result = op(*args, **kwargs)
    last = 1 - torch.finfo(result.dtype).eps / 2
    return (last - result.double()).to(result.dtype).clamp(0, last)


@innocent(
    "arange-adds-in-its-dtype",
    "aten.arange",
    freedom="torch.arange: a step that is no integer is subject to floating point rounding errors",
    touches=("ranks.arange*", "ranks.*", "printing.*"),
)
def _added_steps(op: Any, *args: Any, **kwargs: Any) -> Any:
    """Give each float as the one before it plus the step, rounded in the dtype each time."""
    result = op(*args, **kwargs)
    if not result.is_floating_point() or result.dtype in _HALF or len(result) < 2 or len(args) < 2:
        return result
    start, step = (torch.tensor(number, dtype=result.dtype) for number in (args[0], args[2] if len(args) > 2 else 1))
    import numpy as np

    steps = np.full(len(result), step.item(), dtype=result.numpy().dtype)
    steps[0] = start.item()
    return result.copy_(torch.from_numpy(np.add.accumulate(steps)))
