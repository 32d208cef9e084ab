"""Finds a backend by the name that the user gave."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from conformance.backends import forking
from conformance.backends.protocol import Backend


@dataclass(frozen=True)
class BuiltIn:
    """A backend that comes with the suite.

    Attributes:
        module: where it is.
        attribute: its class.
        needs: the module of the library, if that must be installed.
        requirement: as pip takes it.
    """

    module: str
    attribute: str
    needs: str = ""
    requirement: str = ""


BUILT_IN: dict[str, BuiltIn] = {
    "torch": BuiltIn("conformance.backends.pytorch", "TorchBackend", "torch", "tensor-conformance[torch]"),
    "torch-compile": BuiltIn(
        "conformance.backends.torch_compile", "CompileBackend", "torch", "tensor-conformance[torch]"
    ),
    "torch-compile-aot-eager": BuiltIn(
        "conformance.backends.torch_compile", "AotEagerBackend", "torch", "tensor-conformance[torch]"
    ),
    "torch-compile-eager": BuiltIn(
        "conformance.backends.torch_compile", "EagerBackend", "torch", "tensor-conformance[torch]"
    ),
    "torch-subclass": BuiltIn(
        "conformance.backends.torch_subclass", "SubclassBackend", "torch", "tensor-conformance[torch]"
    ),
    "numpy": BuiltIn("conformance.backends.numpy", "NumpyBackend"),
    "paddle": BuiltIn("conformance.backends.paddle", "PaddleBackend", "paddle", "tensor-conformance[paddle]"),
    "jax": BuiltIn("conformance.backends.jax", "JaxBackend", "jax", "tensor-conformance[jax]"),
    "jax-x64": BuiltIn("conformance.backends.jax", "JaxX64Backend", "jax", "tensor-conformance[jax]"),
    "mlx": BuiltIn("conformance.backends.mlx", "MlxBackend", "mlx", "tensor-conformance[mlx]"),
    "tinygrad": BuiltIn("conformance.backends.tinygrad", "TinygradBackend", "tinygrad", "tensor-conformance[tinygrad]"),
    "reference": BuiltIn("conformance.backends.reference", "ReferenceBackend"),
}
# In a package's metadata: [project.entry-points."conformance.backends"] name = "module:attribute".
GROUP = "conformance.backends"
# Devices that come with the suite: the module that gives one to a process with its `register()`.
REHEARSAL = "rehearsal"
DEVICES = {REHEARSAL: "conformance.backends.rehearsal", "xla": "conformance.backends.xla"}


class UnknownBackendError(Exception):
    """No such backend, module or attribute: the message says what to do."""


def brought() -> dict[str, EntryPoint]:
    """Give the backends that installed packages bring, by name: entry points of the group `conformance.backends`."""
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in BUILT_IN}


def import_modules(names: tuple[str, ...]) -> None:
    """Import what `--import` names, for its effects (registering a device).

    Raises:
        UnknownBackendError: there is no such module. What a module itself raises passes through.
    """
    process = os.getpid()
    try:
        for name in names:
            _import(name)
    finally:
        forking.end_child_of(process)


def find_device(kind: str) -> Any:
    """Give the module of a device that comes with the suite, once it is registered in this process; None for any other.

    Raises:
        UnknownDeviceError: this process can't have it.
    """
    if kind not in DEVICES:
        return None
    module = importlib.import_module(DEVICES[kind])
    module.register()
    return module


def find(name: str) -> Backend:
    """Give the backend called `name`, a built-in one or `module:attribute`.

    Raises:
        UnknownBackendError: there is none. What the module or the constructor itself raises passes through.
    """
    process = os.getpid()
    try:
        return _find(name)
    finally:
        forking.end_child_of(process)


def _find(name: str) -> Backend:
    if ":" in name:
        module, _, attribute = name.partition(":")
        return _adapt(_attribute(_import(module), attribute, name), name)
    if name not in BUILT_IN and name in brought():
        return _adapt(brought()[name].load(), name)
    if name not in BUILT_IN:
        known = ", ".join((*BUILT_IN, *brought()))
        raise UnknownBackendError(f"unknown backend {name!r}; built in: {known}; your own is given as module:attribute")
    built_in = BUILT_IN[name]
    try:
        backend: Backend = getattr(importlib.import_module(built_in.module), built_in.attribute)()
    except ModuleNotFoundError as error:
        if error.name != built_in.needs:
            raise
        raise UnknownBackendError(
            f"backend {name!r} needs {built_in.needs}: pip install '{built_in.requirement}'"
        ) from error
    return backend


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name == error.name or name.startswith(f"{error.name}.")):
            raise
        raise UnknownBackendError(
            f"no module named {error.name!r}; it must be installed or lie in the current folder"
        ) from error


def _attribute(module: Any, path: str, name: str) -> Any:
    found = module
    for part in path.split("."):
        try:
            found = getattr(found, part)
        except AttributeError as error:
            raise UnknownBackendError(
                f"module {module.__name__!r} has no attribute {path!r} (from {name!r})"
            ) from error
    return found


def _adapt(found: Any, name: str) -> Backend:
    if isinstance(found, Backend):
        return found
    if isinstance(found, type) and issubclass(found, Backend):
        return found()
    if hasattr(found, "tensor"):
        from conformance.backends.pytorch import TorchBackend

        return TorchBackend(found, name)
    if callable(found):
        return _adapt(found(), name)
    raise UnknownBackendError(f"{name!r} is neither a conformance Backend nor a torch-shaped namespace")
