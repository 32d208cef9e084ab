"""Whether what a library declares that it lacks is there after all: a declaration is no place to hide a failure.

Of each word that is declared away a few cases run that need it and nothing else that is. Where most of them are right, the
word is told. This is done in a process of its own, since what a library says that it lacks may end it.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import msgspec

from conformance import catalogue
from conformance.backends.names import NAMES
from conformance.dtypes import DTYPES, numpy_dtype
from conformance.runner import needs
from conformance.runner.clauses import Context, run_clause

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.backends.protocol import Backend, Device
    from conformance.catalogue import Clause
    from conformance.documents import Case
    from conformance.reporting.results import Verdict
    from conformance.runner.plan import Plan
    from conformance.runner.settings import Settings

# So many cases run, of as many clauses.
_CASES = 9
# What decides no case, but only some of what is judged of it.
_NO_CASE = ("strides",)


def working(
    backend: Backend, made: Plan, settings: Settings, tell: Callable[[dict[str, tuple[str, ...]]], None]
) -> dict[str, tuple[str, ...]]:
    """Give for each device, by name, the words that are declared away and work.

    Args:
        backend: who.
        made: the plan, with what each device lacks.
        settings: of the run.
        tell: is told what is found whenever there is more of it.
    """
    found: dict[str, tuple[str, ...]] = {}
    for device in made.devices:
        if not device.here:
            continue
        for word in _working(backend, device, settings):
            found[device.name] = (*found.get(device.name, ()), word)
            tell(found)
    return found


def _working(backend: Backend, device: Device, settings: Settings) -> Iterator[str]:
    chosen = _chosen(device, settings)
    for word in device.lacks:
        if word in _NO_CASE:
            continue
        if names := [name for name in NAMES if fnmatchcase(name, word)]:
            if all(_is_there(backend, device, name) for name in names):
                yield word
        elif cases := chosen.get(word, []):
            verdicts = [_verdict(one, backend, device, word, settings) for one in cases]
            # A library that has it may break one of its rules.
            if verdicts.count("pass") > verdicts.count("fail") and _comes_back(backend, device, word):
                yield word


def _is_there(backend: Backend, device: Device, name: str) -> bool:
    """Say whether a name is in the library's namespace, or an attribute of a tensor of its."""
    import numpy as np

    owner, _, attribute = name.rpartition(".")
    try:
        thing = backend.namespace if owner else backend.make_tensor(np.ones(2, np.float32), "float32", device)
        return hasattr(thing, attribute)
    except Exception:  # noqa: BLE001 - what raises is not there
        return False


def _comes_back(backend: Backend, device: Device, word: str) -> bool:
    """Say whether a tensor of a dtype is of that dtype: many a case does not look at it, and passes on a narrower one."""
    import numpy as np

    if word not in DTYPES:
        return True
    try:
        tensor = backend.make_tensor(np.ones(2, numpy_dtype(word)), word, device)
        return backend.see(tensor).dtype == word
    except Exception:  # noqa: BLE001 - what raises is not there
        return False


def _chosen(device: Device, settings: Settings) -> dict[str, list[tuple[Clause, Case]]]:
    """Choose for each word cases that need it and nothing else that is declared away, of one clause each."""
    found: dict[str, list[tuple[Clause, Case]]] = {}
    for clause in catalogue.select(settings.select, settings.level):
        if not clause.applies_to(device.type) or clause.apart or clause.peers:
            continue
        had: set[str] = set()
        for case in clause.all_cases("smoke", settings.seed):
            keys = needs.keys(case, clause.reads, device.lacks)
            if len(keys) != 1 or keys <= had or not case.runs_on(device.type) or _is_refused(case):
                continue
            had |= keys
            (key,) = keys
            if len(found.setdefault(key, [])) < _CASES:
                found[key].append((clause, case))
    return found


def _is_refused(case: Case) -> bool:
    """Say whether a case must raise: a library that lacks something raises too."""
    return bool(case.raises) or case.twin_inputs is not None or case.may_refuse


def _verdict(one: tuple[Clause, Case], backend: Backend, device: Device, word: str, settings: Settings) -> Verdict:
    """Give the verdict of a case where a word is not declared away."""
    clause, case = one
    lacks = {key: sentence for key, sentence in device.lacks.items() if key != word}
    bold = msgspec.structs.replace(device, lacks=lacks, budget=0)
    context = Context(backend, bold, backend.device("cpu"), settings, quick=True, given=case)
    return run_clause(clause, context).verdict
