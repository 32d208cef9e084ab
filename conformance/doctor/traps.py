"""What is known to go wrong with certain versions and settings: a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Trap:
    """One of them.

    Attributes:
        sentence: what goes wrong, and what to do.
        versions: release numbers by package, as a requirement names them; all must hold.
        variables: globs on the values of environment variables that must be set; all must hold.
    """

    sentence: str
    versions: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def holds(self, packages: Mapping[str, str | None], variables: Mapping[str, str]) -> bool:
        """Say whether it is met here."""
        return all(_within(packages.get(name), versions) for name, versions in self.versions.items()) and all(
            name in variables and fnmatchcase(variables[name], pattern) for name, pattern in self.variables.items()
        )


TRAPS = (
    Trap(
        "torch older than 2.3 was built for NumPy 1: with NumPy 2 its tensors can't be read; install 'numpy<2'.",
        {"torch": "<2.3", "numpy": ">=2"},
    ),
    Trap(
        "torch 1.13 multiplies no float16 matrices on the CPU: cases that need it are unsupported, not failed.",
        {"torch": "==1.13.*"},
    ),
    Trap(
        "ATEN_CPU_CAPABILITY chooses the CPU's kernels: results are those of that choice.",
        variables={"ATEN_CPU_CAPABILITY": "*"},
    ),
    Trap(
        "PYTORCH_ENABLE_MPS_FALLBACK lets operations of mps run on the CPU: their results say nothing about the device.",
        variables={"PYTORCH_ENABLE_MPS_FALLBACK": "1"},
    ),
    Trap(
        "NVIDIA_TF32_OVERRIDE=1 makes float32 products on CUDA TF32 ones, whatever PyTorch is set to: bounds may fail.",
        variables={"NVIDIA_TF32_OVERRIDE": "1"},
    ),
    Trap(
        "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE=1 makes float32 products on CUDA TF32 ones: bounds may fail.",
        variables={"TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1"},
    ),
    Trap(
        "XLA_USE_BF16 holds float32 tensors on xla as bfloat16: values and accuracy fail.",
        variables={"XLA_USE_BF16": "1"},
    ),
    Trap(
        "XLA_DOWNCAST_BF16 holds float32 tensors on xla as bfloat16: values and accuracy fail.",
        variables={"XLA_DOWNCAST_BF16": "1"},
    ),
)
# What else is worth telling where it is set.
VARIABLES = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES",
    "ZE_AFFINITY_MASK", "PJRT_DEVICE", *(name for trap in TRAPS for name in trap.variables),
)  # fmt: skip


def met(packages: Mapping[str, str | None], variables: Mapping[str, str]) -> tuple[str, ...]:
    """Give the sentences of the traps that are met here.

    Args:
        packages: versions by name.
        variables: of the environment.
    """
    return tuple(trap.sentence for trap in TRAPS if trap.holds(packages, variables))


def _within(version: str | None, versions: str) -> bool:
    """Say whether a version's release is in a range: Debian's 1.13.0a0 counts as 1.13.0."""
    try:
        return version is not None and Version(Version(version).base_version) in SpecifierSet(versions)
    except InvalidVersion:
        return False
