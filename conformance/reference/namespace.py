"""The reference as a torch-shaped library: what a program gets as `torch` when it is run on the reference.

Programs run on it as they are; it knows the operations that the general clauses use, and grows with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from conformance.dtypes import kind_of
from conformance.reference import autograd, bounds, casts, devices, joining, printer, products, reductions, tracing
from conformance.reference.arithmetic import binary
from conformance.reference.creation import Creation
from conformance.reference.functions import Functions, Spellings, scaled
from conformance.reference.numpy_bridge import Bridged
from conformance.reference.promotion import category, defaults
from conformance.reference.tensor import Allowed, Place, Tensor, dense, refuse_open_overlap

if TYPE_CHECKING:
    from numpy.typing import NDArray


@autograd.recorded
class ReferenceTensor(Spellings, Bridged, autograd.Tracked):
    """A tensor of the reference with PyTorch's methods and operators."""

    def seen_as(self, shape: tuple[int, ...], strides: tuple[int, ...], offset: int | None = None) -> ReferenceTensor:
        """Give another view of the same storage."""
        return _own(super().seen_as(shape, strides, offset))

    def clone(self, *, memory_format: str = devices.PRESERVE_FORMAT) -> ReferenceTensor:
        """Give a copy, row by row where the contiguous format is asked for."""
        del memory_format  # a copy is one row by row whichever is asked for
        return _own(super().clone())

    def to(
        self,
        *asked: Any,
        dtype: str | None = None,
        device: str | None = None,
        non_blocking: bool = False,  # noqa: ARG002 - a move is over when it returns
        copy: bool = False,
        memory_format: str = devices.PRESERVE_FORMAT,
    ) -> ReferenceTensor:
        """Convert to a dtype, move to a device, or both; where nothing changes and no copy is asked for, it is the same tensor.

        Source: Tensor.to: to(dtype, non_blocking=False, copy=False), to(device=None, dtype=None, non_blocking=False,
        copy=False) and to(other, non_blocking=False, copy=False), each with memory_format=torch.preserve_format behind.
        """
        asked, copy = devices.copy_asked_for(asked, copy=copy)
        kind, place = devices.asked_for(self, asked, dtype, device)
        if (kind, place) == (self.dtype, self.device) and not copy:
            return self
        made = self if kind == self.dtype else converted(self, kind)
        if memory_format == devices.CONTIGUOUS_FORMAT:
            return _own(dense(made.array(), made.dtype, place, made.allowed))
        return _own(devices.moved(self, made, place))

    type = to

    def __repr__(self) -> str:
        """Print, with `requires_grad=True` of a leaf and `grad_fn=<...>` of what has a history."""
        leaf = "requires_grad=True" if self.requires_grad else ""
        history = f"grad_fn=<{self.grad_fn.name}>" if self.grad_fn is not None else leaf
        return printer.write(
            self.array(),
            self.dtype,
            printer.state.options,
            device=self.device,
            history=history,
            default_float=defaults.float_dtype,
        )

    def __format__(self, form: str) -> str:
        """Format a 0-d tensor as its number.

        Raises:
            TypeError: there is a form, and the tensor has dimensions.
        """
        if self.ndim:
            return object.__format__(self, form)
        return format(printer.python_numbers(self.array()).item(), form)

    def cpu(self) -> ReferenceTensor:
        """Move to the CPU."""
        return self.to(devices.CPU)

    def cuda(self, device: str | int = "cuda:0", non_blocking: bool = False) -> ReferenceTensor:  # noqa: FBT001, FBT002 - PyTorch's form
        """Move to a CUDA device, which may be named by its index alone."""
        del non_blocking
        return self.to(f"cuda:{device}" if isinstance(device, int) else device)

    def __getitem__(self, key: Any) -> Any:
        """Give the view that ints, slices, None and an ellipsis select, or a copy of what index tensors do."""
        if devices.selects_by_tensors(key):
            return _own(devices.gathered(self, key))
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        """Write into what a key selects."""
        if devices.selects_by_tensors(key):
            devices.scattered(self, key, value)
        else:
            super().__setitem__(key, value)

    @property
    def is_cuda(self) -> bool:
        """Whether it lies on a CUDA device."""
        return self.device.type == "cuda"

    def stride(self) -> tuple[int, ...]:
        """Give the strides."""
        return self.strides

    def add(self, other: Any, *, alpha: Any = 1) -> ReferenceTensor:
        """Add."""
        return calculated("add", self, scaled(other, alpha))

    def sub(self, other: Any, *, alpha: Any = 1) -> ReferenceTensor:
        """Subtract."""
        return calculated("sub", self, scaled(other, alpha))

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
        devices.one_device(self, other)
        return _own(products.matmul(self, other))

    __matmul__ = matmul

    def __rmatmul__(self, other: Any) -> ReferenceTensor:
        """Multiply as matrices, on the right."""
        return ReferenceTensor.matmul(other, self)

    def mm(self, mat2: Any) -> ReferenceTensor:
        """Multiply two matrices."""
        devices.one_device(self, mat2)
        return _own(products.mm(self, mat2))

    def mv(self, vec: Any) -> ReferenceTensor:
        """Multiply a matrix and a vector."""
        return _product_of_ranks(self, vec, (2, 1))

    def dot(self, tensor: Any) -> ReferenceTensor:
        """Multiply two vectors."""
        return _product_of_ranks(self, tensor, (1, 1))

    def mean(self, dim: Any = None, keepdim: bool = False, *, dtype: str | None = None) -> ReferenceTensor:  # noqa: FBT001, FBT002 - PyTorch's form
        """Give the mean, of the elements converted to a dtype where one is named."""
        return _own(reductions.mean(self if dtype is None else self.to(dtype), dim, keepdim=keepdim))

    def argmax(self, dim: Any = None, keepdim: bool = False) -> ReferenceTensor:  # noqa: FBT001, FBT002 - PyTorch's form
        """Give the index of the first largest element."""
        return _own(reductions.argmax(self, dim, keepdim=keepdim))

    def add_(self, other: Any, *, alpha: Any = 1) -> ReferenceTensor:
        """Add in place."""
        return written("add", self, scaled(other, alpha))

    def sub_(self, other: Any, *, alpha: Any = 1) -> ReferenceTensor:
        """Subtract in place."""
        return written("sub", self, scaled(other, alpha))

    def mul_(self, other: Any) -> ReferenceTensor:
        """Multiply in place."""
        return written("mul", self, other)

    def div_(self, other: Any) -> ReferenceTensor:
        """Divide in place."""
        return written("div", self, other)

    def copy_(self, source: Any, non_blocking: bool = False) -> ReferenceTensor:  # noqa: FBT001, FBT002 - PyTorch's form
        """Write a tensor's elements, converted and broadcast, from whatever device."""
        del non_blocking
        super().copy_(source)
        return self

    def fill_(self, value: Any) -> ReferenceTensor:
        """Write a number into every element."""
        self[...] = value
        return self

    def zero_(self) -> ReferenceTensor:
        """Write zero into every element."""
        return self.fill_(0)

    __iadd__ = add_
    __isub__ = sub_
    __imul__ = mul_
    __itruediv__ = div_


# What a program, and a printed type, sees of it.
ReferenceTensor.__module__, ReferenceTensor.__qualname__ = "torch", "Tensor"


def _own(tensor: Tensor) -> ReferenceTensor:
    return ReferenceTensor(
        tensor.storage, tensor.dtype, tensor.shape, tensor.strides, tensor.offset, tensor.device, tensor.allowed
    )


def _product_of_ranks(left: ReferenceTensor, right: Any, ranks: tuple[int, int]) -> ReferenceTensor:
    """Multiply as matrices what must have so many dimensions.

    Raises:
        RuntimeError: it has others.
    """
    devices.one_device(left, right)
    if (left.ndim, right.ndim) != ranks:
        raise RuntimeError(f"operands of {ranks[0]} and {ranks[1]} dimensions expected")
    product: ReferenceTensor = left.matmul(right)
    return product


def made(array: NDArray[Any], dtype: str, device: str) -> ReferenceTensor:
    """Make a dense tensor of an array."""
    return _own(dense(array, dtype, device))


def calculated(operation: str, left: Any, right: Any) -> ReferenceTensor:
    """Calculate `left operation right`, on the device of the operands that are tensors.

    Raises:
        RuntimeError: they lie on two devices.
    """
    return _own(binary(operation, left, right, devices.elementwise_device(left, right)))


def written(operation: str, target: ReferenceTensor, other: Any) -> ReferenceTensor:
    """Calculate and write the result into the left operand.

    Raises:
        RuntimeError: the result can't be written there.
        OpenResultError: the rules leave open what is written.
    """
    devices.target_device(target, other)
    result = calculated(operation, target, other)
    refuse_open_overlap(target, other)
    return stored(target, result)


def stored(target: ReferenceTensor, result: Tensor) -> ReferenceTensor:
    """Write a result into a tensor of its shape, cast to the tensor's dtype.

    Raises:
        RuntimeError: the result's category is higher than the target's, or its shape is another.
    """
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
    bound = tensor.allowed.bound if tensor.allowed is not None and kind_of(dtype) == kind_of(tensor.dtype) else None
    allowed = Allowed(also, free if free.any() else None, bound) if freedom or bound is not None else None
    return _own(dense(results[0], dtype, tensor.device, allowed))


class Namespace(Functions, Creation):
    """The functions of the reference, as `torch` has them; dtypes are their names."""

    own = staticmethod(_own)
    autograd = autograd
    preserve_format = devices.PRESERVE_FORMAT
    contiguous_format = devices.CONTIGUOUS_FORMAT

    def into(self, out: Any, result: Any) -> Any:
        """Write a result into what `out=` names, which is given the result's shape where it has no element.

        Source: Autograd mechanics, In-place correctness checks: the version counter counts whenever a tensor is marked dirty in any operation.
        """
        if out is None:
            return result
        tracing.write(out.storage)
        devices.one_device(result, out)
        if not out.numel() and out.shape != result.shape:
            out.resized(result.shape)
        into: ReferenceTensor = stored(out, result)
        into.version.count += 1
        return into

    def cat(self, tensors: Any, dim: int = 0, *, out: ReferenceTensor | None = None) -> ReferenceTensor:
        """Join tensors along a dimension."""
        devices.one_device(*tensors)
        result = _own(joining.cat(list(tensors), dim))
        if out is not None:
            written_to: ReferenceTensor = self.into(out, result)
            return written_to
        autograd.record_cat(list(tensors), dim, result)
        return result

    concat = cat

    def stack(self, tensors: Any, dim: int = 0) -> ReferenceTensor:
        """Join tensors of one shape along a new dimension."""
        devices.one_device(*tensors)
        return self.cat([tensor.unsqueeze(dim) for tensor in tensors], dim)

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

    def device(self, name: str) -> Place:
        """Name a device."""
        return Place(name)

    def set_float32_matmul_precision(self, precision: str) -> None:
        """Say how products of float32 may be worked out from now on.

        Raises:
            RuntimeError: there is no such setting.
        """
        if precision not in bounds.FACTOR_BITS:
            raise RuntimeError(f"{precision} is not one of 'highest', 'high', or 'medium'")
        bounds.PRECISION.factors = precision

    def get_float32_matmul_precision(self) -> str:
        """Say how they may be."""
        return bounds.PRECISION.factors

    def set_printoptions(self, **options: Any) -> None:
        """Change the options of printing."""
        printer.set_options(**options)
