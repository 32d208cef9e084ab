"""Waivers: faults of a library that are known, kept with the sentence that they break and a reproducer.

The files are `fixtures/waivers/NAME.toml`, a file for each backend, and what a user gives with `--waivers FILE`;
`fixtures/README.md` describes their form. A waiver
never narrows a rule: only a failing case that meets all of it is waived, and the clause's other cases are judged.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - msgspec resolves field types at run time
import re
import tomllib
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from conformance.conditions import CONDITIONS
from conformance.documents import FixtureError, fixtures_folder
from conformance.problems import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from conformance.observation import Difference


# What a proposed waiver says where a person has to say something.
TO_FILL_IN = "FILL IN"
# What the profile `deep` adds to a row that it gives again with other values (`conformance.strategies.profiles`).
_AGAIN = re.compile(r" \(values \d+\)$")


class Wrong(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is seen instead of what is right: globs on a difference's property, and on either side of it."""

    what: str
    expected: str = "*"
    got: str = "*"

    def matches(self, difference: Difference) -> bool:
        """Say whether a difference is this one."""
        return (
            fnmatchcase(difference.what, self.what)
            and fnmatchcase(difference.expected, self.expected)
            and fnmatchcase(difference.got, self.got)
        )


class Waiver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One known fault.

    Attributes:
        id: a durable word.
        clause: whose cases it waives.
        reason: what is wrong, and in which builds.
        breaks: the sentence of PyTorch's reference that it breaks.
        link: where it is reported, or where it was found.
        expires: the day after which it must be looked at again.
        reproducer: a few lines that show it.
        versions: release numbers, as a package's requirement names them.
        builds: globs on the library's whole version text.
        devices: types of device.
        also: further clauses, in which the fault is met under some seeds and not under others.
        when: for each condition (see `conformance.conditions`), the classes of which the case has one; `case` is a glob on its id, of
            which `deep` may give several with other values.
        wrong: what was seen; every difference must be one of these.
    """

    id: str
    clause: str
    reason: str
    breaks: str
    link: str
    expires: dt.date
    reproducer: str
    versions: str
    wrong: tuple[Wrong, ...]
    builds: tuple[str, ...] = ("*",)
    devices: tuple[str, ...] = ("cpu",)
    also: tuple[str, ...] = ()
    when: dict[str, tuple[str, ...]] = {}

    def applies(self, clause: str, device_type: str, version: str, rules: str) -> bool:
        """Say whether it concerns a clause on a device of a library's version."""
        from packaging.specifiers import SpecifierSet
        from packaging.version import Version

        return (
            clause in (self.clause, *self.also)
            and device_type in self.devices
            and any(fnmatchcase(version, build) for build in self.builds)
            and Version(Version(rules).base_version) in SpecifierSet(self.versions)
        )

    def meets(self, case: str, classes: Mapping[str, Collection[str]], differences: tuple[Difference, ...]) -> bool:
        """Say whether a failing case is this fault and nothing else."""
        for condition, wanted in self.when.items():
            found = (_AGAIN.sub("", case),) if condition == "case" else classes.get(condition, ())
            if not any(fnmatchcase(one, pattern) for one in found for pattern in wanted):
                return False
        return bool(differences) and all(any(one.matches(seen) for one in self.wrong) for seen in differences)

    def has_expired(self, today: dt.date) -> bool:
        """Say whether it must be looked at again."""
        return today > self.expires


class _File(msgspec.Struct, forbid_unknown_fields=True):
    waiver: tuple[Waiver, ...] = ()


@cache
def of_backend(name: str) -> tuple[Waiver, ...]:
    """Give the waivers of a built-in backend; one without a file has none.

    Raises:
        FixtureError: the file is damaged, an id is used twice, or a text that must be there is empty.
    """
    path = fixtures_folder().joinpath("waivers", f"{name}.toml")
    if not path.is_file():
        return ()
    try:
        waivers = msgspec.convert(_read(path), _File).waiver
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise FixtureError(f"fixtures/waivers/{name}.toml is damaged ({error}); restore it or reinstall") from error
    for complaint in complaints(waivers):
        raise FixtureError(f"fixtures/waivers/{name}.toml: {complaint}")
    return waivers


@cache
def of_file(path: str, clauses: frozenset[str] | None = None) -> tuple[Waiver, ...]:
    """Give the waivers of a user's own file.

    Raises:
        UsageProblem: it can't be read, is damaged, or an entry is incomplete or names what does not exist.
    """
    try:
        waivers = msgspec.convert(_read(Path(path)), _File).waiver
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise UsageProblem(f"the waivers {path} can't be used: {error}") from error
    for complaint in complaints(waivers, clauses):
        raise UsageProblem(f"the waivers {path} can't be used: {complaint}")
    return waivers


@cache
def check_all(clauses: frozenset[str]) -> None:
    """Read every file of waivers, and see that the clauses that they name exist.

    Raises:
        FixtureError: a file is damaged, incomplete, or names an unknown clause.
    """
    folder = fixtures_folder().joinpath("waivers")
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
        for complaint in complaints(of_backend(path.stem), clauses):
            raise FixtureError(f"fixtures/waivers/{path.name}: {complaint}")


def _read(path: Any) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def complaints(waivers: tuple[Waiver, ...], clauses: Collection[str] | None = None) -> list[str]:
    """Say what is wrong with waivers, a sentence each.

    Args:
        waivers: of one file.
        clauses: all clause ids, where they are known.
    """
    found: list[str] = []
    ids = [one.id for one in waivers]
    for one in waivers:
        if ids.count(one.id) > 1:
            found.append(f"the waiver id {one.id!r} is used twice")
        empty = [
            name for name in ("reason", "breaks", "link", "reproducer", "versions") if not getattr(one, name).strip()
        ]
        if empty:
            found.append(f"waiver {one.id!r} has no {empty[0]}")
        if open_texts := [
            name for name in ("reason", "breaks", "link", "reproducer") if TO_FILL_IN in getattr(one, name)
        ]:
            found.append(f"waiver {one.id!r} still says {TO_FILL_IN} in its {open_texts[0]}")
        if not one.wrong:
            found.append(f"waiver {one.id!r} names no wrong observation")
        if unknown := sorted(set(one.when) - {*CONDITIONS, "case"}):
            found.append(f"waiver {one.id!r} names the condition {unknown[0]!r}, which does not exist")
        unknown = [name for name in (one.clause, *one.also) if clauses is not None and name not in clauses]
        found += [f"waiver {one.id!r} names the clause {name!r}, which does not exist" for name in unknown]
    return found
