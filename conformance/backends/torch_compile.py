"""torch.compile as a backend: each program is compiled whole, and its inputs are the graph's.

`torch-compile` is PyTorch's default compiler (inductor); `torch-compile-aot-eager` and `torch-compile-eager` stop after
tracing the backward graph, and after tracing alone, and tell in which part a fault is.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
import torch

from conformance.backends import registry
from conformance.backends.pytorch import TorchBackend

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.backends.protocol import Spelling

# A program is compiled for each of its cases, and none of them may be run uncompiled for being one too many.
_RECOMPILATIONS = 1_000_000
# What the compiler's own exceptions are called, of which the cause is the program's.
_WRAPPING = ("TorchDynamoException", "TorchRuntimeError", "BackendCompilerFailed", "InductorError")


class CompileBackend(TorchBackend):
    """PyTorch with each program compiled by a compiler of torch.compile's."""

    compiler = "inductor"
    budget = 4
    rests_on = "torch"

    def __init__(self) -> None:
        if not hasattr(torch, "compile"):
            raise registry.UnknownBackendError(f"torch-compile needs PyTorch 2.0 or newer; here is {torch.__version__}")
        super().__init__(
            name="torch-compile" if self.compiler == "inductor" else f"torch-compile-{self.compiler.replace('_', '-')}"
        )
        for name in (
            "recompile_limit",
            "cache_size_limit",
            "accumulated_recompile_limit",
            "accumulated_cache_size_limit",
        ):
            if hasattr(torch._dynamo.config, name):  # noqa: SLF001 - the documented place of these settings
                setattr(torch._dynamo.config, name, _RECOMPILATIONS)  # noqa: SLF001
        self._kept = lru_cache(maxsize=256)(self._compile)

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give the compiled program; it is compiled when it is first called with inputs of a form."""
        return self._kept(function)

    def _compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        compiled: Callable[..., Any] = torch.compile(function, backend=self.compiler, dynamic=False)
        return compiled

    def spelling(self) -> Spelling:
        """Tell how PyTorch is imported, and how a program is compiled."""
        prepare = f"{{name}} = torch.compile({{name}}, backend={self.compiler!r}, dynamic=False)"
        return msgspec.structs.replace(super().spelling(), prepare=prepare)

    def wrapped(self, error: BaseException) -> tuple[BaseException, ...]:
        """Give the exceptions that a compiler's own wraps: they are the program's."""
        found: list[BaseException] = []
        while error.__cause__ is not None and any(kind.__name__ in _WRAPPING for kind in type(error).__mro__):
            error = error.__cause__
            found.append(error)
        return tuple(found)


class AotEagerBackend(CompileBackend):
    """Programs and their gradients are traced, and run operation by operation."""

    compiler = "aot_eager"
    budget = 20


class EagerBackend(CompileBackend):
    """Programs are traced, and run operation by operation."""

    compiler = "eager"
    budget = 40
