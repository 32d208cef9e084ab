"""PyTorch's methods and functions as they are, below those that a variant replaces."""

from __future__ import annotations

from typing import Any

import torch

METHODS: Any = torch.Tensor.__mro__[1]
FUNCTIONS: Any = torch._C._VariableFunctions  # noqa: SLF001 - the functions as they are
