"""What a run was asked for, as its command line says it."""

from __future__ import annotations

import shlex

import msgspec

from conformance.catalogue import Level  # noqa: TC001 - msgspec resolves field types at run time

PROFILES = ("smoke", "standard", "deep")
DEFAULT_TIMEOUT = 60.0
# Importing a library may take long the first time (bytecode, caches of kernels).
IMPORT_TIMEOUT_FACTOR = 3.0


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The options of a run.

    Attributes:
        backend: a built-in one's name, or `module:attribute`.
        devices: names, or `auto`.
        imports: modules to import first.
        select: globs on clause ids; none means all.
        level: the highest level that runs.
        profile: how much runs.
        seed: of all random numbers.
        shuffle: clauses, and the cases of each, run in an order drawn from the seed.
        report: folder for results.jsonl; None writes none.
        timeout: seconds that one case may take.
        waivers: a file of the user's own; None gives none.
    """

    backend: str = "torch"
    devices: tuple[str, ...] = ("auto",)
    imports: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    level: Level = "general"
    profile: str = "standard"
    seed: int = 0
    shuffle: bool = False
    report: str | None = None
    timeout: float = DEFAULT_TIMEOUT
    waivers: str | None = None

    @property
    def import_timeout(self) -> float:
        """Seconds that importing the backend may take."""
        return self.timeout * IMPORT_TIMEOUT_FACTOR

    def rerun(self, clause: str, device: str, level: Level) -> str:
        """Give the command that runs one clause on one device as this run did."""
        parts = ["conformance", "run", "--select", clause, "--device", device]
        if self.backend != "torch":
            parts += ["--backend", self.backend]
        for module in self.imports:
            parts += ["--import", module]
        if self.waivers:
            parts += ["--waivers", self.waivers]
        if level == "wording":
            parts += ["--level", level]
        if self.profile != "standard":
            parts += ["--profile", self.profile]
        if self.shuffle:
            parts.append("--shuffle")
        if self.seed:
            parts += ["--seed", str(self.seed)]
        return shlex.join(parts)
