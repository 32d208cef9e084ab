"""Plants a stand-in at PyTorch's dispatcher, below autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch.utils import _python_dispatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_Mode: Any = _python_dispatch.TorchDispatchMode


class Dispatched(_Mode):  # type: ignore[misc] # PyTorch's class has no types in every version
    """Calls the stand-in for each of its operators (`*` for all), with the healthy operator; within it, all are healthy."""

    def __init__(self, names: Iterable[str], function: Callable[..., Any]) -> None:
        super().__init__()
        self._names = frozenset(names)
        self._all = "*" in self._names
        self._function = function

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operator."""
        del types
        name = str(func).removeprefix("aten.")
        if self._all or name in self._names or name.partition(".")[0] in self._names:
            return self._function(func, *args, **(kwargs or {}))
        return func(*args, **(kwargs or {}))
