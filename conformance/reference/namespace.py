"""The reference as a torch-shaped library: what a program gets as `torch` when it is run on the reference.

Programs run on it as they are; it knows the operations that the general clauses use, and grows with them.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import DTYPES, kind_of, numpy_dtype
from conformance.reference import casts, joining, printer, products, reductions
from conformance.reference.arithmetic import binary
from conformance.reference.promotion import category
from conformance.reference.tensor import Allowed, Tensor, dense

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ReferenceTensor(Tensor):
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

    def __repr__(self) -> str:
        """Print; `grad_fn=<...>` is left out, since the reference names no functions."""
        history = "requires_grad=True" if self.requires_grad and self.is_leaf else ""
        return printer.write(self.array(), self.dtype, printer.state.options, device=self.device, history=history)

    def __format__(self, form: str) -> str:
        """Format a 0-d tensor as its number.

        Raises:
            TypeError: there is a form, and the tensor has dimensions.
        """
        if self.ndim:
            return object.__format__(self, form)
        return format(printer.python_numbers(self.array()).item(), form)

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

    def cat(self, tensors: Any, dim: int = 0) -> ReferenceTensor:
        """Join tensors along a dimension."""
        return _own(joining.cat(list(tensors), dim))

    def set_printoptions(self, **options: Any) -> None:
        """Change the options of printing."""
        printer.set_options(**options)

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
