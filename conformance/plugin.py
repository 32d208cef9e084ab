"""The pytest plugin: collects the suite's clauses as test items and runs them.

It lives in other people's repositories: its options are all `--conformance-...`, and where no file of the suite is
collected it imports neither a tensor library nor the rest of this package, and changes nothing.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from conformance.reporting.results import ClauseLine
    from conformance.runner.plan import PlannedLine
    from conformance.runner.settings import Settings
    from conformance.runner.worker import Worker

SUITE = Path(__file__).parent / "suite"
_WORKER = pytest.StashKey["Worker"]()
_PLANNED = pytest.StashKey["dict[str, list[PlannedLine]]"]()

# name, what it takes (None: one text), default, help
_OPTIONS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("backend", {"default": "torch"}, "who is tested: a built-in backend, or module:attribute (default: torch)"),
    ("device", {"action": "append"}, "device to run on, repeatable; auto is the CPU and each accelerator here"),
    ("import", {"action": "append"}, "module to import first, repeatable (to register a device)"),
    ("select", {"action": "append"}, "glob on clause ids, repeatable; all matches run"),
    ("level", {"default": "general"}, "documented, general or wording; each includes those before it"),
    ("profile", {"default": "standard"}, "smoke, standard or deep"),
    ("seed", {"type": int, "default": 0}, "seed of all random numbers"),
    ("shuffle", {"action": "store_true"}, "run clauses, and the cases of each, in an order drawn from the seed"),
    ("report", {}, "folder for results.jsonl; none is written without it"),
    ("timeout", {"type": float, "default": 60.0}, "seconds that one case may take"),
    ("waivers", {}, "a file of waivers of your own"),
    ("child", {}, "(internal) what a process of its own is to do"),
    ("child-result", {}, "(internal) the file for its result"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("conformance", "conformance of a tensor library to PyTorch")
    for name, form, text in _OPTIONS:
        group.addoption(f"--conformance-{name}", dest=f"conformance_{name.replace('-', '_')}", help=text, **form)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the hooks that tell how a run goes on."""
    from conformance import hooks

    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and, where the suite is asked for, what steers its run."""
    config.addinivalue_line("markers", "conformance(clause, level, device): a clause of the conformance suite.")
    if config.option.collectonly or not _asks_for_suite(config):
        return
    if config.option.conformance_child:
        from conformance.runner.child import Child

        config.pluginmanager.register(Child(config, settings_of(config)), "conformance-child")
    elif not hasattr(config, "workerinput"):
        from conformance.runner.controller import Controller

        isolated = bool(getattr(config.option, "numprocesses", None) or getattr(config.option, "tx", None))
        controller = Controller(config, settings_of(config), isolated=isolated)
        config.pluginmanager.register(controller, "conformance-controller")


def _asks_for_suite(config: pytest.Config) -> bool:
    for argument in config.args:
        name = argument.partition("::")[0]
        if name == "conformance.suite" or name.startswith("conformance.suite."):
            return True
        path = (config.invocation_params.dir / name).resolve()
        if path == SUITE or SUITE in path.parents:
            return True
    return False


def settings_of(config: pytest.Config) -> Settings:
    """Give the settings of a run from pytest's options.

    Raises:
        pytest.UsageError: an option has a value that it can't have.
    """
    from conformance.catalogue import LEVELS
    from conformance.runner.settings import PROFILES, Settings

    option = config.option
    for name, value, known in (
        ("level", option.conformance_level, LEVELS),
        ("profile", option.conformance_profile, PROFILES),
    ):
        if value not in known:
            raise pytest.UsageError(f"--conformance-{name} must be one of {', '.join(known)}, not {value!r}")
    if option.conformance_timeout <= 0:
        raise pytest.UsageError("--conformance-timeout must be more than 0 seconds")
    return Settings(
        backend=option.conformance_backend,
        devices=tuple(option.conformance_device or ("auto",)),
        imports=tuple(option.conformance_import or ()),
        select=tuple(option.conformance_select or ()),
        level=option.conformance_level,
        profile=option.conformance_profile,
        seed=option.conformance_seed,
        shuffle=option.conformance_shuffle,
        report=option.conformance_report,
        timeout=option.conformance_timeout,
        waivers=option.conformance_waivers,
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle the clauses among themselves, where that is asked for; other tests keep their places."""
    if not config.option.conformance_shuffle:
        return
    places = [place for place, item in enumerate(items) if isinstance(item, ClauseItem)]
    clauses = [items[place] for place in places]
    # Every worker of pytest-xdist must come to the same order.
    random.Random(config.option.conformance_seed).shuffle(clauses)  # noqa: S311 - an order is no secret
    for place, item in zip(places, clauses, strict=True):
        items[place] = item


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a file of the suite."""
    if file_path.parent == SUITE and file_path.suffix == ".py" and file_path.name != "__init__.py":
        collected: pytest.Collector = SuiteFile.from_parent(parent, path=file_path)
        return collected
    return None


class SuiteFile(pytest.File):
    """A file of the suite; its items are its clauses, one for each device."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give an item for each planned line of this file."""
        for planned in _planned(self.config).get(self.path.stem, []):
            item: pytest.Item = ClauseItem.from_parent(self, name=planned.key, planned=planned)
            yield item


class ClauseItem(pytest.Item):
    """A clause on a device."""

    def __init__(self, *, planned: PlannedLine, **rest: Any) -> None:
        super().__init__(**rest)
        self.planned = planned
        self.line: ClauseLine | None = None
        self.add_marker(pytest.mark.conformance(planned.clause.id, planned.clause.level, planned.device.name))

    def runtest(self) -> None:
        """Run it and turn its verdict into pytest's outcome."""
        worker = _worker(self.config)
        self.line = worker.run(self.planned, self.nodeid)
        if self.line.verdict in ("unsupported", "not-run"):
            pytest.skip(self.line.reason)
        if self.line.verdict not in ("pass", "waived"):
            raise _failure(self.line, worker.caught)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show a failing clause in the words of its line."""
        if isinstance(excinfo.value, ClauseFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Name the clause where pytest names a test."""
        return self.path, self.planned.clause.line - 1, self.name


class ClauseFailed(Exception):  # noqa: N818 - the failure of a rule is what is being told
    """A clause that does not hold."""


def _failure(line: ClauseLine, caught: BaseException | None) -> ClauseFailed:
    message = line.failure.message if line.failure is not None else line.verdict
    failed = ClauseFailed(f"{line.verdict}: {line.id} on {line.device}: {line.sentence}\n{message}")
    # A debugger lands in the program's own frame where the program raised.
    return failed.with_traceback(caught.__traceback__) if caught is not None else failed


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send a clause's line with its report: it travels from worker to controller as text."""
    report = yield
    if report.when == "call" and isinstance(item, ClauseItem) and item.line is not None:
        import msgspec

        report.conformance = msgspec.json.encode(item.line).decode()  # type: ignore[attr-defined]
    return report


def _planned(config: pytest.Config) -> dict[str, list[PlannedLine]]:
    """Give the planned lines by file of the suite."""
    if _PLANNED not in config.stash:
        from conformance import catalogue, documents
        from conformance.problems import UsageProblem
        from conformance.runner import plan

        settings = settings_of(config)
        try:
            # The process that made the plan of a worker has checked the suite.
            known = catalogue.unchecked() if "conformance_plan" in _given(config) else catalogue.load()
            clauses = catalogue.select(settings.select, settings.level, known)
            lines = plan.lines(_worker(config).plan, clauses)
        except UsageProblem as problem:
            raise pytest.UsageError(str(problem)) from problem
        except (catalogue.CatalogueError, documents.FixtureError) as broken:
            raise pytest.Collector.CollectError(str(broken)) from broken
        by_file: dict[str, list[PlannedLine]] = {}
        for line in lines:
            by_file.setdefault(line.clause.module.rpartition(".")[2], []).append(line)
        config.stash[_PLANNED] = by_file
    return config.stash[_PLANNED]


def _given(config: pytest.Config) -> dict[str, Any]:
    """Give what a worker of pytest-xdist was sent; nothing in any other process."""
    return getattr(config, "workerinput", {})


def _worker(config: pytest.Config) -> Worker:
    """Give the one that runs clauses in this process."""
    if _WORKER not in config.stash:
        config.stash[_WORKER] = _make_worker(config)
    return config.stash[_WORKER]


def _make_worker(config: pytest.Config) -> Worker:
    import msgspec

    from conformance.runner import interrupts, plan
    from conformance.runner.apart import Apart
    from conformance.runner.watchdog import Watchdog
    from conformance.runner.worker import Worker

    interrupts.install_beside_pytest()
    settings = settings_of(config)
    child: Any = config.pluginmanager.getplugin("conformance-child")
    if child is not None:
        return child.worker()  # type: ignore[no-any-return]
    given = _given(config)
    if "conformance_plan" in given:
        folder = Path(given["conformance_folder"])
        made = msgspec.json.decode(given["conformance_plan"], type=plan.Plan)
        apart = Apart(settings, given["conformance_arguments"], folder)
        return Worker(settings, made, folder=folder, watchdog=Watchdog(folder), apart=apart)
    controller: Any = config.pluginmanager.getplugin("conformance-controller")
    if controller is not None and controller.plan is not None:
        return Worker(settings, controller.plan, backend=controller.backend, echo=True, look=controller.is_gone)
    made, backend = plan.make(settings)
    return Worker(settings, made, backend=backend)
