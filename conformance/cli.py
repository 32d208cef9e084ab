"""The command `conformance`."""

from __future__ import annotations

import contextlib
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from conformance import __version__, catalogue, documents
from conformance.dtypes import DTYPES
from conformance.problems import UsageProblem
from conformance.runner.settings import DEFAULT_TIMEOUT, IMPORT_TIMEOUT_FACTOR, PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator

EXIT_CODES = """\b
Exit codes, checked in this order:
  2  wrong usage or input
  3  the suite itself broke
  1  a clause fails, crashes or times out, or a required one isn't passed
  4  no clause got another verdict than not-run or unsupported
  0  otherwise
  130 and 143 after an interrupt (SIGINT, SIGTERM); what was measured is kept
"""
MATRIX_EXIT_CODES = """\b
Exit codes, checked in this order:
  2  wrong usage or input
  130 and 143 after an interrupt (SIGINT, SIGTERM); what was measured is kept
  3  the suite itself broke
  1  a fault isn't live, survives, is never reached or is caught by no clause that is meant to;
     an innocent is accused or never reached; a clause fails with nothing planted, guards nothing, or is general and
     sees no more than golden ones of its topic (the last two are asked only where all faults are chosen)
  0  otherwise
"""
DOCTOR_EXIT_CODES = """\b
Exit codes, those that `conformance run` would end with:
  2  torch is not installed, or wrong usage
  3  the suite itself is damaged
  1  torch can't be imported
  0  a run can be made
"""
BENCH_EXIT_CODES = """\b
Exit codes, checked in this order:
  2  wrong usage or input, or something that isn't installed
  3  the stage itself broke
  130 and 143 after an interrupt (SIGINT, SIGTERM); what was measured is kept
  1  a product is wrong, a required device timed nothing, or the run did not come to its end
  4  nothing was timed
  0  otherwise
"""
COMPARE_EXIT_CODES = """\b
Exit codes, checked in this order:
  2  wrong usage or input: a file is none of `conformance bench`, or the two are of different machines
  3  the suite itself broke
  1  a case is slower for certain, or was timed and is not any more
  0  otherwise
"""
USAGE, BROKEN = 2, 3


class ToldError(click.ClickException):
    """Wrong input: one sentence, exit code 2."""

    exit_code = USAGE

    def show(self, file: Any = None) -> None:
        """Say it on standard error."""
        click.echo(f"conformance: {self.format_message()}", err=True, file=file)


class BrokenSuiteError(ToldError):
    """The suite's own data or code is damaged: one sentence, exit code 3."""

    exit_code = BROKEN


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Tell wrong input and a broken suite in one sentence each, with their exit codes."""
    try:
        yield
    except UsageProblem as problem:
        raise ToldError(str(problem)) from problem
    except (catalogue.CatalogueError, documents.FixtureError) as broken:
        raise BrokenSuiteError(str(broken)) from broken
    except (click.ClickException, click.exceptions.Exit):
        raise
    except Exception as defect:
        traceback.print_exc()
        raise BrokenSuiteError(f"the suite itself broke: {type(defect).__name__}: {defect}") from defect


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="conformance")
def main() -> None:
    """Tell whether a tensor library behaves like PyTorch.

    \b
    Examples:
      conformance run                              PyTorch on every device here
      conformance run --backend mylib.adapter:lib  your own library
      conformance doctor                           what is here and what is not
      conformance bench                            matrix products on a GPU against the CPU
      conformance faults                           whether the suite itself can be trusted
      conformance list clauses                     what is judged
      conformance explain promotion.int-with-float one rule, and where it comes from
    """  # noqa: D301 - click's mark for lines that it must not wrap


@main.command(epilog=EXIT_CODES)
@click.option(
    "--backend",
    default="torch",
    show_default=True,
    metavar="NAME",
    help="A built-in backend, one that an installed package brings (`conformance list backends`), or module:attribute.",
)
@click.option(
    "--fault",
    metavar="ID",
    help="PyTorch (or the reference) with this fault planted in it, in place of --backend; `conformance list faults` shows all. Those of the topic rehearsal show on that device, which is then the default.",
)
@click.option(
    "--device",
    "devices",
    multiple=True,
    metavar="DEV",
    help="cpu, cuda, cuda:1, mps, xpu, xla, ...; auto (the default) is the CPU and each accelerator that is here; rehearsal is the CPU's memory under another name (torch 2.13). On xla at most 240 programs of a clause are run. Repeatable.",
)
@click.option(
    "--import", "imports", multiple=True, metavar="MODULE", help="Import this first (to register a device). Repeatable."
)
@click.option(
    "--select", multiple=True, metavar="PATTERN", help="Run only clauses whose id matches this glob. Repeatable."
)
@click.option(
    "--level",
    type=click.Choice(catalogue.LEVELS),
    default="general",
    show_default=True,
    help="Each includes those before it.",
)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="standard",
    show_default=True,
    help="How much is run: smoke reaches each class of inputs, standard each pair of them, deep ten values of each.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of all random numbers.")
@click.option("--shuffle", is_flag=True, help="Run clauses, and the cases of each, in an order drawn from the seed.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    metavar="DIR",
    help="Folder for results.jsonl, junit.xml, summary.md and reproducers.",
)
@click.option(
    "-n",
    "workers",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    metavar="WORKERS",
    help="Processes that run clauses.",
)
@click.option(
    "--in-process", is_flag=True, help="Run without workers: for --pdb, a debugger and print. A crash ends the run."
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT_TIMEOUT,
    show_default=True,
    metavar="SECONDS",
    help="For one case.",
)
@click.option(
    "--require",
    multiple=True,
    metavar="PATTERN",
    help="A clause that matches and isn't passed is a failure; 'all' for every one. Repeatable.",
)
@click.option(
    "--require-device", "required_devices", multiple=True, metavar="DEV", help="A device that must be here. Repeatable."
)
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A results.jsonl: fail only on clauses that passed there.",
)
@click.option(
    "--waivers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file of waivers: known faults of your library, each with its reason and the day on which it expires.",
)
@click.option(
    "--write-waivers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Propose such a file, an entry for each clause that fails; a person completes it.",
)
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED, metavar="[-- PYTEST ARGS...]")
def run(pytest_args: tuple[str, ...], fault: str | None, **options: Any) -> None:
    """Run the clauses and say which hold.

    What follows -- goes to pytest untouched and reaches every process.

    \b
    Examples:
      conformance run --level documented
      conformance run --device cuda --require-device cuda --report out
      conformance run --select 'aliasing.*' --in-process -- --pdb
      conformance run --fault int8-saturates --select 'arithmetic.*'
      conformance run --device rehearsal --profile smoke
      conformance run --baseline last/results.jsonl -- -x
    """  # noqa: D301 - click's mark
    from conformance.runner.command import Request, run_suite

    with _told():
        if fault is not None:
            options |= _planted(fault, options["devices"])
        sys.exit(run_suite(Request(pytest_args=pytest_args, **options)))


def _planted(fault: str, devices: tuple[str, ...]) -> dict[str, Any]:
    """Give the backend in which a fault is planted, and the devices on which it is judged.

    Raises:
        UsageProblem: there is no such fault, a backend is named too, or it shows on none of the devices.
    """
    from conformance.faults import planting
    from conformance.matrix import choice

    if click.get_current_context().get_parameter_source("backend") is not click.core.ParameterSource.DEFAULT:
        raise UsageProblem("--fault and --backend exclude each other: a fault brings its own backend")
    chosen = choice.fault(fault)
    if chosen in choice.rehearsed():
        devices = devices or (planting.REHEARSAL,)
        if not any(name.partition(":")[0] == planting.REHEARSAL for name in devices):
            raise UsageProblem(f"the fault {fault!r} shows on --device {planting.REHEARSAL} alone")
    return {"backend": f"conformance.faults.planted:{chosen.id.replace('-', '_')}", "devices": devices}


@main.command(epilog=MATRIX_EXIT_CODES)
@click.option(
    "--select",
    multiple=True,
    metavar="PATTERN",
    help="Only faults and innocents whose id matches this glob. Repeatable.",
)
@click.option(
    "--topic", "topics", multiple=True, metavar="TOPIC", help="Only those of this topic (a file of faults). Repeatable."
)
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Only the first of each topic and every N-th after it.",
)
@click.option(
    "--innocents",
    type=click.Choice(["all", "none", "only"]),
    default="all",
    show_default=True,
    help="Whether innocents (libraries that differ only where they may) are tried too, or alone.",
)
@click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="standard",
    show_default=True,
    help="In which faults are tried; innocents are tried in smoke and standard.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of all random numbers.")
@click.option(
    "-n",
    "workers",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    metavar="WORKERS",
    help="How many faults are tried at a time.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="For one case; what takes longer is caught as a hang. An innocent, which is slow kernels in Python, has 12 times as long.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    metavar="DIR",
    help="Folder for faults.json (`conformance schema faults`) and faults.md.",
)
@click.option(
    "--readme",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the figures of a whole measurement into this file, between its marks `<!-- faults: begin -->` and "
    "`<!-- faults: end -->`, those of innocents between `<!-- innocents: ... -->`.",
)
def faults(**options: Any) -> None:
    """Show that the suite catches what is wrong and accuses nobody who is right.

    Each fault of the catalogue is planted in the library and tried: first the clauses that are meant to catch it, then,
    where none of them does, those of their topic, then all others, up to the first catch. Where all are chosen, golden
    clauses (of level documented) are tried on each, and clauses that caught nothing on all that they may.

    \b
    Examples:
      conformance faults                                  all faults and innocents
      conformance faults --sample 5 --innocents none      a fifth of each topic
      conformance faults --select 'int8-*' -n 4
      conformance faults --innocents only --report out
      conformance faults --innocents none --readme README.md
    """  # noqa: D301 - click's mark
    from conformance.matrix.command import Options
    from conformance.matrix.command import run as run_matrix

    with _told():
        sys.exit(run_matrix(Options(**options)))


@main.command(epilog=DOCTOR_EXIT_CODES)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=DEFAULT_TIMEOUT * IMPORT_TIMEOUT_FACTOR,
    show_default=True,
    metavar="SECONDS",
    help="For importing PyTorch and asking for its devices, and again for torch_xla.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON (`conformance schema doctor`).")
def doctor(timeout: float, *, as_json: bool) -> None:
    """Say what is here and what is not: versions, devices, settings, known traps.

    \b
    Examples:
      conformance doctor
      conformance doctor --json
      conformance doctor --timeout 20     where PyTorch hangs when it is imported
    """  # noqa: D301 - click's mark
    from conformance.doctor import examination, screen

    with _told():
        record = examination.examine(timeout)
        if as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(record), indent=2).decode())
        else:
            screen.show(record)
        sys.exit(record.exit_code)


@main.group(name="bench", invoke_without_command=True, epilog=BENCH_EXIT_CODES)
@click.option(
    "--device",
    "devices",
    multiple=True,
    metavar="DEV",
    help="cpu, cuda, cuda:1, ...; without it the CPU and each accelerator that is here. A speed-up needs the CPU too. Repeatable.",
)
@click.option(
    "--dtype",
    "dtypes",
    multiple=True,
    metavar="DTYPE",
    help="Instead of the profile's; float32 in each precision mode. Repeatable.",
)
@click.option("--sizes", metavar="N,N,...", help="Of square products, instead of the profile's.")
@click.option("--threads", metavar="N,N,...", help="Of the CPU, instead of all and one.")
@click.option(
    "--profile",
    type=click.Choice(["smoke", "standard", "full"]),
    default="standard",
    show_default=True,
    help="What is timed, in 30 seconds, 2 minutes or 10.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the operands.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    default=Path("reports/bench"),
    show_default=True,
    metavar="DIR",
    help="Folder for bench.json (`conformance schema bench`), bench.md and figures.",
)
@click.option(
    "--require-device",
    "required_devices",
    multiple=True,
    metavar="DEV",
    help="A device that must be timed. Repeatable.",
)
@click.option(
    "--figures/--no-figures", default=None, help="Whether figures are drawn into the folder; by default but in smoke."
)
@click.pass_context
def bench(context: click.Context, /, sizes: str | None, threads: str | None, **options: Any) -> None:
    """Time matrix products on every device against the CPU.

    Each product is checked against one in float64 before it is timed, and each case is timed twice, apart in time: how far
    the two differ is its noise.

    \b
    Examples:
      conformance bench                                        the CPU, and each accelerator that is here
      conformance bench --profile smoke --report out
      conformance bench --device cpu --device cuda --require-device cuda
      conformance bench --dtype float32 --sizes 256,1024 --threads 1
    """  # noqa: D301 - click's mark
    if context.invoked_subcommand is not None:
        return
    with _told():
        from conformance.benchmark.command import Request
        from conformance.benchmark.command import run as run_bench

        if options["figures"] is None:
            options["figures"] = options["profile"] != "smoke"
        sys.exit(
            run_bench(Request(sizes=_numbers("--sizes", sizes), threads=_numbers("--threads", threads), **options))
        )


@bench.command(name="compare", epilog=COMPARE_EXIT_CODES)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--again", type=click.Path(path_type=Path), metavar="FILE", help="A repetition of NEW.")
@click.option("--repeat", is_flag=True, help="Where cases are suspected, measure NEW once more, on this machine.")
@click.option("--different-machines", is_flag=True, help="Compare files of two machines all the same.")
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    default=Path("reports/bench-compare"),
    show_default=True,
    metavar="DIR",
    help="Folder for compare.json (`conformance schema bench-compare`) and compare.md.",
)
def bench_compare(
    old: Path, new: Path, again: Path | None, report: Path, *, repeat: bool, different_machines: bool
) -> None:
    """Say which cases of NEW are slower than those of OLD: two versions of PyTorch on one machine.

    Each is a bench.json, or the folder in which it is. A case fails only where both clocks agree, the interval is clear of
    max(1.10, three times the noise), and a repetition confirms; one that was timed and is not any more fails too.

    \b
    Examples:
      conformance bench compare old/bench.json new/bench.json --repeat
      conformance bench compare old new --again new-again
    """  # noqa: D301 - click's mark
    with _told():
        from conformance.benchmark import gate

        sys.exit(gate.compare(old, new, again, report, different_machines=different_machines, repeat=repeat))


@bench.command(name="machines")
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
def bench_machines(first: Path, second: Path) -> None:
    """Put two machines' files side by side, with what the documents say of an A100 and a T4.

    \b
    Examples:
      conformance bench machines a100/bench.json t4/bench.json
    """  # noqa: D301 - click's mark
    with _told():
        from conformance.benchmark import claim, gate

        click.echo(claim.machines(gate.read(first), gate.read(second)))


@bench.command(name="figures")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--into", type=click.Path(path_type=Path), metavar="DIR", help="Instead of the file's folder.")
def bench_figures(path: Path, into: Path | None) -> None:
    """Draw the figures of a bench.json again.

    \b
    Examples:
      conformance bench figures reports/bench/bench.json --into figures
    """  # noqa: D301 - click's mark
    with _told():
        from conformance.benchmark import command, gate

        command.draw(gate.read(path), into or (path if path.is_dir() else path.parent))


@bench.command(name="ratio")
@click.argument("first")
@click.argument("second")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="For the rounds of both.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the operands.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def bench_ratio(first: str, second: str, seconds: float, seed: int, *, as_json: bool) -> None:
    """Measure two products in turn and say whether the SECOND is faster, the same or slower.

    A product is named as in the tables and files of `conformance bench`; a mode that is left out is warm, threads are all.

    \b
    Examples:
      conformance bench ratio 'cpu float32 512x512x512 threads=1' 'cpu float32 512x512x512 threads=2'
      conformance bench ratio 'cpu float32 1024x1024x1024' 'cuda:0 float32 1024x1024x1024'
    """  # noqa: D301 - click's mark
    with _told():
        from conformance.benchmark import cases, tables

        for name in (first, second):
            cases.parsed(name)
        from conformance.benchmark import stage

        found = stage.ratio((first, second), seconds, seed).ratio
        click.echo(msgspec.json.encode(found).decode() if as_json else tables.of_ratio(found))


def _numbers(option: str, text: str | None) -> tuple[int, ...]:
    """Read numbers with commas between them.

    Raises:
        UsageProblem: one is no number.
    """
    try:
        return tuple(int(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise UsageProblem(f"{option} takes whole numbers with commas between them, and {text!r} is none") from None


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULTS...")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder for scoreboard.md and scoreboard.json (`conformance schema scoreboard`); without it the table is printed.",
)
def scoreboard(paths: tuple[Path, ...], folder: Path | None) -> None:
    """Make one table of results files: clauses x backends.

    \b
    Examples:
      conformance scoreboard reports/*/results.jsonl
      conformance scoreboard mine.jsonl theirs.jsonl --to reports/published
    """  # noqa: D301 - click's mark
    from conformance.reporting import scoreboard as board

    with _told():
        made = board.of_files(paths)
        if folder is None:
            click.echo(board.as_markdown(made))
        else:
            board.write(made, folder)


@main.command(name="new-backend")
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    metavar="DIR",
    help="Where the file goes; the current folder if not given.",
)
def new_backend(name: str, folder: Path) -> None:
    """Write the first form of an adapter for a library of your own, which runs as it stands.

    \b
    Examples:
      conformance new-backend mylib
      conformance run --backend mylib_backend:MylibBackend --profile smoke
    """  # noqa: D301 - click's mark
    from conformance.backends import starting

    with _told():
        click.echo(starting.what_next(name, starting.write(name, folder)))


@main.group(name="list")
def list_group() -> None:
    """List what the suite holds."""


@list_group.command(name="clauses")
@click.option("--select", multiple=True, metavar="PATTERN", help="Only clauses whose id matches this glob. Repeatable.")
@click.option("--level", type=click.Choice(catalogue.LEVELS), default="wording", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON (`conformance schema catalogue`).")
def list_clauses(select: tuple[str, ...], level: catalogue.Level, *, as_json: bool) -> None:
    """List the clauses: id, level, place in the documents, sentence."""
    from conformance.reporting import listing

    with _told():
        chosen = catalogue.select(select, level)
        click.echo(listing.as_json(chosen) if as_json else listing.as_text(chosen))


@list_group.command(name="errata")
def list_errata() -> None:
    """List the places where the documents contradict themselves."""
    from conformance.reporting import listing

    with _told():
        click.echo(listing.errata(documents.errata()))


@list_group.command(name="backends")
def list_backends() -> None:
    """List the built-in backends, and those that installed packages bring."""
    from conformance.backends.registry import BUILT_IN, brought

    for name, one in BUILT_IN.items():
        click.echo(
            f"{name}: needs {one.needs} (pip install '{one.requirement}')" if one.needs else f"{name}: needs nothing"
        )
    for name, point in brought().items():
        click.echo(f"{name}: {point.value}, of an installed package")


@list_group.command(name="words")
def list_words() -> None:
    """List the words by which a backend declares what it lacks: what a case may need, and the names that programs use."""
    from conformance.backends.declaration import WORDS
    from conformance.backends.names import NAMES

    click.echo(f"dtypes: {', '.join(DTYPES)}")
    for word, meaning in WORDS.items():
        click.echo(f"{word}: {meaning}")
    for name, signature in NAMES.items():
        click.echo(f"{name}{signature}")


@list_group.command(name="faults")
@click.option("--select", multiple=True, metavar="PATTERN", help="Only those whose id matches this glob. Repeatable.")
def list_faults(select: tuple[str, ...]) -> None:
    """List the known-bad and known-good variants: id, topic, depth, what each does."""
    from conformance.matrix import choice

    with _told():
        known = (*choice.faults(), *choice.rehearsed(), *choice.innocents())
        choice.check(known, select, ())
        click.echo(choice.listing(choice.chosen(known, select, (), 1)))


@list_group.command(name="coverage")
@click.argument("path", type=click.Path(path_type=Path), metavar="RESULTS")
def list_coverage(path: Path) -> None:
    """Show what the cases of a run reached: clauses x conditions, from its results.jsonl."""
    from conformance.reporting import coverage, results

    with _told():
        try:
            click.echo(coverage.grid(results.read(path)))
        except results.ResultsError as error:
            raise UsageProblem(str(error)) from error


@main.command()
@click.argument("clause")
def explain(clause: str) -> None:
    """Explain a clause: its rule, source, programs, inputs, and what is expected."""
    from conformance.reporting import listing

    with _told():
        click.echo(listing.explain(catalogue.find(clause)))


@main.command()
@click.argument(
    "name",
    type=click.Choice(["results", "catalogue", "faults", "doctor", "bench", "bench-compare", "scoreboard"]),
    default="results",
)
def schema(name: str) -> None:
    """Print the JSON Schema of a line of results.jsonl, of the catalogue, of faults.json, of `doctor --json`, or of what `bench` writes."""
    from conformance.benchmark import comparison
    from conformance.benchmark import records as bench_records
    from conformance.doctor import record as doctor_record
    from conformance.matrix import record
    from conformance.reporting import listing, results
    from conformance.reporting import scoreboard as board

    schemas = {
        "results": results.schema,
        "catalogue": listing.schema,
        "faults": record.schema,
        "doctor": doctor_record.schema,
        "bench": bench_records.schema,
        "scoreboard": board.schema,
        "bench-compare": comparison.schema,
    }
    form = schemas[name]()
    click.echo(msgspec.json.format(msgspec.json.encode(form), indent=2).decode())
