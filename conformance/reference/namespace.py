"""The reference as a torch-shaped library: what a program gets as `torch` when it is run on the reference.

Programs run on it as they are; it knows the operations that the general clauses use, and grows with them.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.reference import autograd, casts, joining, products, reductions
from conformance.reference.arithmetic import binary
from conformance.reference.promotion import category
from conformance.reference.tensor import Allowed, Tensor, dense

if TYPE_CHECKING:
    from numpy.typing import NDArray


@autograd.recorded
class ReferenceTensor(autograd.Tracked):
    """A tensor of the reference with PyTorch's methods and operators."""

    def seen_as(self, shape: tuple[int, ...], strides: tuple[int, ...], offset: int | None = None) -> ReferenceTensor:
        """Give another view of the same storage."""
        return _own(super().seen_as(shape, strides, offset))

    def clone(self) -> ReferenceTensor:
        """Give a copy."""
        return _own(super().clone())

    def to(self, dtype: str) -> ReferenceTensor:
        """Convert to a dtype; the same dtype gives the same tensor."""
        return self if dtype == self.dtype else converted(self, dtype)

    type = to

    def add(self, other: Any) -> ReferenceTensor:
        """Add."""
        return calculated("add", self, other)

    def sub(self, other: Any) -> ReferenceTensor:
        """Subtract."""
        return calculated("sub", self, other)

    def mul(self, other: Any) -> ReferenceTensor:
        """Multiply element by element."""
        return calculated("mul", self, other)

    def div(self, other: Any) -> ReferenceTensor:
        """Divide truly."""
        return calculated("div", self, other)

    __add__ = add
    __sub__ = sub
    __mul__ = mul
    __truediv__ = div

    def __radd__(self, other: Any) -> ReferenceTensor:
        """Add on the right."""
        return calculated("add", other, self)

    def __rsub__(self, other: Any) -> ReferenceTensor:
        """Subtract from a number."""
        return calculated("sub", other, self)

    def __rmul__(self, other: Any) -> ReferenceTensor:
        """Multiply on the right."""
        return calculated("mul", other, self)

    def __rtruediv__(self, other: Any) -> ReferenceTensor:
        """Divide a number."""
        return calculated("div", other, self)

    def matmul(self, other: Any) -> ReferenceTensor:
        """Multiply as matrices."""
        return _own(products.matmul(self, other))

    __matmul__ = matmul

    def mm(self, other: Any) -> ReferenceTensor:
        """Multiply two matrices."""
        return _own(products.mm(self, other))

    def mean(self, dim: Any = None, keepdim: bool = False) -> ReferenceTensor:  # noqa: FBT001, FBT002 - PyTorch's form
        """Give the mean."""
        return _own(reductions.mean(self, dim, keepdim=keepdim))

    def argmax(self, dim: Any = None, keepdim: bool = False) -> ReferenceTensor:  # noqa: FBT001, FBT002 - PyTorch's form
        """Give the index of the first largest element."""
        return _own(reductions.argmax(self, dim, keepdim=keepdim))

    def add_(self, other: Any) -> ReferenceTensor:
        """Add in place."""
        return written("add", self, other)

    def sub_(self, other: Any) -> ReferenceTensor:
        """Subtract in place."""
        return written("sub", self, other)

    def mul_(self, other: Any) -> ReferenceTensor:
        """Multiply in place."""
        return written("mul", self, other)

    def div_(self, other: Any) -> ReferenceTensor:
        """Divide in place."""
        return written("div", self, other)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write a number or a tensor, converted and broadcast, into what a key selects."""
        target = self[key]
        source = (
            value
            if isinstance(value, Tensor)
            else made(np.asarray(value, numpy_dtype(self.dtype)), self.dtype, self.device)
        )
        if source.ndim and any(
            one not in (1, other) for one, other in zip(source.shape[::-1], target.shape[::-1], strict=False)
        ):
            raise RuntimeError(f"shape {source.shape} can't be broadcast to {target.shape}")
        extra = source.shape[: max(source.ndim - target.ndim, 0)]
        target.array()[...] = converted(source, self.dtype).array().reshape(source.shape[len(extra) :])

    def copy_(self, source: Any) -> ReferenceTensor:
        """Write a tensor's elements, converted and broadcast."""
        self[...] = source
        return self

    def fill_(self, value: Any) -> ReferenceTensor:
        """Write a number into every element."""
        self[...] = value
        return self

    def zero_(self) -> ReferenceTensor:
        """Write zero into every element."""
        return self.fill_(0)

    def reshape(self, *sizes: Any) -> ReferenceTensor:
        """Give another shape: a view where the strides allow one, else a copy."""
        try:
            return _own(self.view(*sizes))
        except RuntimeError:
            return _own(self.clone().view(*sizes))

    def item(self) -> Any:
        """Give the one element as a Python number."""
        if self.numel() != 1:
            raise RuntimeError("a tensor with other than one element can't be converted to a number")
        return self.array().astype(np.float64 if self.dtype == "bfloat16" else self.array().dtype).item()

    def tolist(self) -> Any:
        """Give the elements as nested lists of Python numbers."""
        array = self.array()
        return (array.astype(np.float64) if self.dtype == "bfloat16" else array).tolist()

    __iadd__ = add_
    __isub__ = sub_
    __imul__ = mul_
    __itruediv__ = div_


def _own(tensor: Tensor) -> ReferenceTensor:
    return ReferenceTensor(
        tensor.storage, tensor.dtype, tensor.shape, tensor.strides, tensor.offset, tensor.device, tensor.allowed
    )


def made(array: NDArray[Any], dtype: str, device: str) -> ReferenceTensor:
    """Make a dense tensor of an array."""
    return _own(dense(array, dtype, device))


def calculated(operation: str, left: Any, right: Any) -> ReferenceTensor:
    """Calculate `left operation right`, on the device of the operand that is a tensor."""
    tensor = left if isinstance(left, Tensor) else right
    return _own(binary(operation, left, right, tensor.device))


def written(operation: str, target: ReferenceTensor, other: Any) -> ReferenceTensor:
    """Calculate and write the result into the left operand.

    Raises:
        RuntimeError: the result's category is higher than the target's, or its shape is another.
    """
    result = calculated(operation, target, other)
    if category(result.dtype) > category(target.dtype):
        raise RuntimeError(f"result type {result.dtype} can't be cast to the desired output type {target.dtype}")
    if result.shape != target.shape:
        raise RuntimeError(f"output with shape {target.shape} doesn't match the broadcast shape {result.shape}")
    final = converted(result, target.dtype)
    target.array()[...] = final.array()
    target.allowed = final.allowed
    return target


def converted(tensor: Tensor, dtype: str) -> ReferenceTensor:
    """Convert a tensor's elements to a dtype, with all results that are right, as a dense tensor."""
    sources = [tensor.array(), *(tensor.allowed.also if tensor.allowed is not None else [])]
    results = [result for source in sources for result in casts.candidates(source, tensor.dtype, dtype)]
    free = casts.undefined(tensor.array(), tensor.dtype, dtype)
    also = [np.asarray(result) for result in results[1:]]
    freedom = bool(also) or bool(free.any())
    bound = tensor.allowed.bound if tensor.allowed is not None and kind_of(dtype) == "complex" else None
    allowed = Allowed(also, free if free.any() else None, bound) if freedom or bound is not None else None
    return _own(dense(results[0], dtype, tensor.device, allowed))


class Namespace:
    """The functions of the reference, as `torch` has them; dtypes are their names."""

    add = staticmethod(operator.add)
    sub = staticmethod(operator.sub)
    mul = staticmethod(operator.mul)
    div = staticmethod(operator.truediv)
    matmul = staticmethod(operator.matmul)
    mm = staticmethod(ReferenceTensor.mm)
    mean = staticmethod(ReferenceTensor.mean)
    argmax = staticmethod(ReferenceTensor.argmax)
    autograd = autograd

    def cat(self, tensors: Any, dim: int = 0) -> ReferenceTensor:
        """Join tensors along a dimension."""
        result = _own(joining.cat(list(tensors), dim))
        autograd.record_cat(list(tensors), dim, result)
        return result

    @staticmethod
    def no_grad() -> autograd.GradMode:
        """Give a context in which nothing is recorded."""
        return autograd.GradMode(enabled=False)

    @staticmethod
    def enable_grad() -> autograd.GradMode:
        """Give a context in which operations are recorded."""
        return autograd.GradMode(enabled=True)

    @staticmethod
    def set_grad_enabled(mode: bool) -> autograd.GradMode:  # noqa: FBT001 - PyTorch's form
        """Set whether operations are recorded, from now on or in a context."""
        return autograd.GradMode(mode, at_once=True)

    @staticmethod
    def is_grad_enabled() -> bool:
        """Say whether operations are recorded."""
        return autograd.MODE.enabled

    def __getattr__(self, name: str) -> str:
        """Give a dtype by its name."""
        if name in DTYPES:
            return name
        raise AttributeError(f"the reference has no {name!r}")

    def tensor(self, data: Any, *, dtype: str | None = None, device: str) -> ReferenceTensor:
        """Make a tensor of nested lists of Python numbers."""
        array = np.array(data)
        inferred = dtype or {"b": "bool", "i": "int64", "f": "float32", "c": "complex64"}[array.dtype.kind]
        return made(array.astype(numpy_dtype(inferred)), inferred, device)
