"""The dense operations as functions of `torch`, with their keywords and `out=`, and their further names.

Source: PyTorch's reference of torch.permute, transpose, t, squeeze, unsqueeze, reshape and clone, of torch.add, sub (subtract), mul (multiply), div (divide, true_divide), mm, matmul, mean and
argmax, and of Tensor.float and the other casts by name.
"""

from __future__ import annotations

from typing import Any

# The casts that are methods of their own.
NAMED_CASTS = {
    "bool": "bool", "byte": "uint8", "char": "int8", "short": "int16", "int": "int32", "long": "int64",
    "half": "float16", "bfloat16": "bfloat16", "float": "float32", "double": "float64",
    "cfloat": "complex64", "cdouble": "complex128",
}  # fmt: skip


def scaled(other: Any, alpha: Any) -> Any:
    """Give `alpha * other`, of which add and sub take the sum and the difference; 1 leaves the operand as it is."""
    return other if alpha == 1 else other * alpha


class Spellings:
    """Further names of a tensor's methods, each the same as the one that it stands for."""

    def subtract(self, other: Any, *, alpha: Any = 1) -> Any:
        """Subtract."""
        return self.sub(other, alpha=alpha)  # type: ignore[attr-defined]

    def multiply(self, other: Any) -> Any:
        """Multiply element by element."""
        return self.mul(other)  # type: ignore[attr-defined]

    def divide(self, other: Any) -> Any:
        """Divide truly."""
        return self.div(other)  # type: ignore[attr-defined]

    true_divide = divide

    def subtract_(self, other: Any, *, alpha: Any = 1) -> Any:
        """Subtract in place."""
        return self.sub_(other, alpha=alpha)  # type: ignore[attr-defined]

    def multiply_(self, other: Any) -> Any:
        """Multiply in place."""
        return self.mul_(other)  # type: ignore[attr-defined]

    def divide_(self, other: Any) -> Any:
        """Divide in place."""
        return self.div_(other)  # type: ignore[attr-defined]

    true_divide_ = divide_

    def type_as(self, other: Any) -> Any:
        """Convert to the dtype of another tensor."""
        return self.to(other.dtype)  # type: ignore[attr-defined]


def _named(dtype: str) -> Any:
    def cast(self: Any) -> Any:
        return self.to(dtype)

    cast.__doc__ = f"Convert to {dtype}."
    return cast


for _name, _dtype in NAMED_CASTS.items():
    setattr(Spellings, _name, _named(_dtype))


class Functions:
    """The functions of `torch`; the namespace gives `into`, which writes a result into what `out=` names."""

    # The names of the arguments are PyTorch's.

    def into(self, out: Any, result: Any) -> Any:
        """Write a result into `out`, if there is one, and give it."""
        raise NotImplementedError

    def permute(self, input: Any, dims: Any) -> Any:  # noqa: A002
        """Order the dimensions as named."""
        return input.permute(dims)

    def transpose(self, input: Any, dim0: int, dim1: int) -> Any:  # noqa: A002
        """Exchange two dimensions."""
        return input.transpose(dim0, dim1)

    def t(self, input: Any) -> Any:  # noqa: A002
        """Exchange the dimensions of a matrix."""
        return input.t()

    def squeeze(self, input: Any, dim: Any = None) -> Any:  # noqa: A002
        """Remove dimensions of size 1."""
        return input.squeeze(dim)

    def unsqueeze(self, input: Any, dim: int) -> Any:  # noqa: A002
        """Put a dimension of size 1 at a place."""
        return input.unsqueeze(dim)

    def reshape(self, input: Any, shape: Any) -> Any:  # noqa: A002
        """Give another shape."""
        return input.reshape(shape)

    def clone(self, input: Any, **named: Any) -> Any:  # noqa: A002
        """Copy, in the memory format that is named."""
        return input.clone(**named)

    def add(self, input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:  # noqa: A002
        """Add."""
        return self.into(out, input.add(other, alpha=alpha))

    def sub(self, input: Any, other: Any, *, alpha: Any = 1, out: Any = None) -> Any:  # noqa: A002
        """Subtract."""
        return self.into(out, input.sub(other, alpha=alpha))

    subtract = sub

    def mul(self, input: Any, other: Any, *, out: Any = None) -> Any:  # noqa: A002
        """Multiply element by element."""
        return self.into(out, input.mul(other))

    multiply = mul

    def div(self, input: Any, other: Any, *, out: Any = None) -> Any:  # noqa: A002
        """Divide truly."""
        return self.into(out, input.div(other))

    divide = div
    true_divide = div

    def mm(self, input: Any, mat2: Any, *, out: Any = None) -> Any:  # noqa: A002
        """Multiply two matrices."""
        return self.into(out, input.mm(mat2))

    def matmul(self, input: Any, other: Any, *, out: Any = None) -> Any:  # noqa: A002
        """Multiply as matrices."""
        return self.into(out, input.matmul(other))

    def mv(self, input: Any, vec: Any) -> Any:  # noqa: A002
        """Multiply a matrix and a vector."""
        return input.mv(vec)

    def dot(self, input: Any, tensor: Any) -> Any:  # noqa: A002
        """Multiply two vectors."""
        return input.dot(tensor)

    def mean(self, input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None) -> Any:  # noqa: A002, FBT001, FBT002
        """Give the mean."""
        return self.into(out, input.mean(dim, keepdim, dtype=dtype))

    def argmax(self, input: Any, dim: Any = None, keepdim: bool = False) -> Any:  # noqa: A002, FBT001, FBT002
        """Give the index of the first largest element."""
        return input.argmax(dim, keepdim)
