"""A plain subclass of PyTorch's tensor as a backend: every operand is of the subclass, and all else is PyTorch's.

The subclass adds nothing, so each call goes through PyTorch's default `__torch_function__`, which gives results of the
subclass too. What breaks a rule here breaks it for everyone who derives a class from `torch.Tensor`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import torch

from conformance.backends.pytorch import TorchBackend

if TYPE_CHECKING:
    import numpy as np

    from conformance.backends.protocol import Device, Spelling


class Plain(torch.Tensor):  # type: ignore[misc] # mypy follows no imports of torch
    """A subclass that adds nothing."""


class SubclassBackend(TorchBackend):
    """PyTorch, with operands of a subclass; what a program makes by `torch.tensor` and its like is PyTorch's own."""

    rests_on = "torch"
    kind: type = Plain

    def __init__(self) -> None:
        super().__init__(name="torch-subclass")

    def make_tensor(self, array: np.ndarray[Any, Any], dtype: str, device: Device) -> Any:
        """Make a tensor as PyTorch's, and take it as one of the subclass."""
        return super().make_tensor(array, dtype, device).as_subclass(self.kind)

    def spelling(self) -> Spelling:
        """Tell how PyTorch is imported, and how an operand becomes one of the subclass."""
        plain = super().spelling()
        return msgspec.structs.replace(
            plain,
            imports=(*plain.imports, f"class {self.kind.__name__}(torch.Tensor): pass"),
            tensor=f"{plain.tensor}.as_subclass({self.kind.__name__})",
        )
