"""Draws plots: logarithmic axes, panels, series that differ in marker and line and not in colour alone, light and dark.

The same plot gives the same bytes: the SVG's ids come from a fixed salt, and no file holds a date. Settings of the user's
own matplotlib are not read, and none is changed.
"""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from conformance.benchmark.comparison import duration
from conformance.problems import UsageProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

MISSING = "the figures need matplotlib: pip install 'tensor-conformance[bench]'"
MARKERS, LINES = "osD^vP*X<>", ("-", "--", "-.", ":")
# Panels in a row, labels in a line of the legend, and the size of a panel, and of one that is alone, in inches.
COLUMNS, LABELS, PANEL, SINGLE = 3, 4, (3.4, 2.8), (7.5, 4.2)
# Inches beside the panels, and those that a character of a note takes.
LEFT, RIGHT, NOTED = 0.85, 0.15, 0.07
DOTS = 120
# An axis that spans less than the first has evenly spread numbers; one that spans more than the second, powers of ten alone.
DECADE, MANY = 10, 300
# Powers of two that a size may be.
SIZES = tuple(2**power for power in range(17))


class Frame(NamedTuple):
    """A figure's size in inches, and, as shares of it, where its panels lie and the label below them."""

    size: tuple[float, float]
    grid: dict[str, float]
    label: float


class Theme(NamedTuple):
    """The colours of a page."""

    name: str
    page: str
    ink: str
    faint: str
    series: tuple[str, ...]


# After Okabe and Ito, Color Universal Design: apart for colour-blind eyes; on the dark page the darkest are lighter.
THEMES = (
    Theme("light", "#ffffff", "#1f1f1f", "#d0d0d0", ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#a97900", "#56b4e9")),
    Theme("dark", "#16181c", "#e8e8e8", "#44474d", ("#4aa8e0", "#ff8a3d", "#2fc79a", "#e59cc5", "#f0c030", "#9ad7ff")),
)


class Series(NamedTuple):
    """What belongs together.

    Attributes:
        label: in the legend.
        style: a number, the same for the same thing in each panel.
        points: x and y of each, with the ends of an interval of y where it has one.
        form: points joined by a line, points alone, or a roof over points.
    """

    label: str
    style: int
    points: tuple[tuple[float, ...], ...]
    form: Literal["line", "points", "roof"] = "line"


class Mark(NamedTuple):
    """A place that is told: x (none where it is told alone), y, the text, and the style of the series to which it belongs."""

    x: float | None
    y: float
    text: str
    style: int


class Panel(NamedTuple):
    """A pair of axes: its heading, series and marks, and a level across it with what it means."""

    heading: str
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    level: float | None = None
    meaning: str = ""


class Plot(NamedTuple):
    """A figure.

    Attributes:
        name: of its files.
        title, subtitle: above it.
        x_label, y_label: of each axis, with the unit.
        panels: of which all have the same axes.
        note: what must be known of the figures, below the title.
        x_form: numbers, sizes (powers of 2), or times in seconds.
    """

    name: str
    title: str
    subtitle: str
    x_label: str
    y_label: str
    panels: tuple[Panel, ...]
    x_form: Literal["number", "size", "time"] = "number"
    note: str = ""


def write(plot: Plot, folder: Path) -> list[Path]:
    """Write a plot as SVG and PNG, on each page, each file whole or not at all.

    Raises:
        UsageProblem: matplotlib is missing.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise UsageProblem(MISSING) from error
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for theme in THEMES:
        with mpl.rc_context():
            mpl.rcdefaults()
            mpl.rcParams.update(_settings(theme))
            figure = _figure(plot, theme)
            written += [_saved(figure, folder / f"{plot.name}-{theme.name}.{form}") for form in ("svg", "png")]
    return written


def _settings(theme: Theme) -> dict[Any, Any]:
    inked = ("axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "text.color", "xtick.color", "ytick.color")
    return {
        "svg.hashsalt": "tensor-conformance",
        # Names of hardware are shown as they are.
        "text.parse_math": False,
        # Text stays text, for whoever searches in it or has it read aloud.
        "svg.fonttype": "none",
        "font.size": 9,
        "figure.facecolor": theme.page,
        "savefig.facecolor": theme.page,
        "axes.facecolor": theme.page,
        "legend.frameon": False,
        "grid.color": theme.faint,
        "axes.spines.top": False,
        "axes.spines.right": False,
        **dict.fromkeys(inked, theme.ink),
    }


def _saved(figure: Any, path: Path) -> Path:
    unfinished = path.with_name(f".{path.name}.part")
    # Neither the date nor the version that drew it: the same file gives the same bytes.
    metadata = {"Date": None, "Creator": None} if path.suffix == ".svg" else {"Software": None}
    figure.savefig(unfinished, format=path.suffix[1:], metadata=metadata, dpi=DOTS)
    unfinished.replace(path)
    return path


def _figure(plot: Plot, theme: Theme) -> Any:
    from matplotlib.figure import Figure

    columns = min(COLUMNS, len(plot.panels))
    rows = math.ceil(len(plot.panels) / columns)
    labels = {one.label for panel in plot.panels for one in panel.series} | {panel.meaning for panel in plot.panels}
    noted = textwrap.wrap(plot.note, int(_width(columns, rows) / NOTED))
    frame = _frame(columns, rows, math.ceil(len(labels - {""}) / LABELS), len(noted))
    figure = Figure(figsize=frame.size)
    grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False, gridspec_kw=frame.grid).ravel()
    for axes, panel in zip(grid, plot.panels, strict=False):
        _panel(axes, panel, theme)
    for axes in grid[len(plot.panels) :]:
        axes.set_axis_off()
    _axes(grid[0], plot)
    figure.suptitle(f"{plot.title}\n{plot.subtitle}", fontsize=10, y=1 - 0.1 / frame.size[1], va="top")
    figure.text(0.5, 1 - 0.5 / frame.size[1], "\n".join(noted), fontsize=8, ha="center", va="top")
    figure.supxlabel(plot.x_label, fontsize=9, y=frame.label)
    figure.supylabel(plot.y_label, fontsize=9, x=0.1 / frame.size[0], ha="left")
    _legend(figure, grid)
    return figure


def _width(columns: int, rows: int) -> float:
    """Give the width of a figure, in inches."""
    return LEFT + RIGHT + columns * (SINGLE if columns == rows == 1 else PANEL)[0]


def _frame(columns: int, rows: int, legend: int, noted: int) -> Frame:
    """Give room, in inches, to titles, notes, numbers, labels and lines of the legend: a layout that matplotlib seeks takes seconds."""
    height = (SINGLE if columns == rows == 1 else PANEL)[1]
    left, right, top, bottom = LEFT, RIGHT, 0.8 + 0.16 * noted, 0.75 + 0.2 * legend
    whole = (_width(columns, rows), top + bottom + rows * height)
    grid = {
        "left": left / whole[0],
        "right": 1 - right / whole[0],
        "bottom": bottom / whole[1],
        "top": 1 - top / whole[1],
        "wspace": 0.08,
        "hspace": 0.25,
    }
    return Frame(whole, grid, (bottom - 0.5) / whole[1])


def _panel(axes: Any, panel: Panel, theme: Theme) -> None:
    axes.set_title(panel.heading, fontsize=9)
    axes.grid(visible=True, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(labelbottom=True)
    for one in panel.series:
        _series(axes, one, theme)
    if panel.level is not None:
        axes.axhline(panel.level, color=theme.ink, linewidth=1, linestyle=(0, (1, 2)), label=panel.meaning)
    for mark in panel.marks:
        if mark.x is not None:
            colour = theme.series[mark.style % len(theme.series)]
            axes.plot([mark.x], [mark.y], "D", markersize=11, markerfacecolor="none", color=colour, markeredgewidth=1.5)
    told = "\n".join(mark.text for mark in panel.marks)
    axes.text(0.03, 0.97, told, transform=axes.transAxes, va="top", fontsize=7)


def _series(axes: Any, one: Series, theme: Theme) -> None:
    x, y, *ends = zip(*one.points, strict=True)
    line = LINES[one.style % len(LINES)]
    if one.form == "roof":
        axes.plot(x, y, line, color=theme.ink, linewidth=1.2, label=one.label)
        return
    bars = (
        [[b - a for a, b in zip(ends[0], y, strict=True)], [b - a for a, b in zip(y, ends[1], strict=True)]]
        if ends
        else None
    )
    axes.errorbar(
        x,
        y,
        yerr=bars,
        capsize=2,
        color=theme.series[one.style % len(theme.series)],
        marker=MARKERS[one.style % len(MARKERS)],
        markersize=5,
        linewidth=1.3,
        linestyle=line if one.form == "line" else "none",
        label=one.label,
    )


def _axes(axes: Any, plot: Plot) -> None:
    """Make both axes logarithmic, with plain numbers; the other panels share them."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axes.set_xscale("log", base=2 if plot.x_form == "size" else 10)
    axes.set_yscale("log")
    shown: Callable[[float], str] = duration if plot.x_form == "time" else "{:g}".format
    for axis, form, ends in ((axes.xaxis, shown, axes.get_xlim()), (axes.yaxis, "{:g}".format, axes.get_ylim())):
        axis.set_major_locator(_locator(*ends))
        axis.set_major_formatter(FuncFormatter(lambda value, _, form=form: form(value)))
        axis.set_minor_locator(NullLocator())
    if plot.x_form == "size":
        axes.xaxis.set_major_locator(FixedLocator(SIZES))


def _locator(low: float, high: float) -> Any:
    """Give as many numbers to an axis as it has room for."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    if high < DECADE * low:
        return MaxNLocator(6)
    return LogLocator(subs=(1, 2, 5) if high < MANY * low else (1,), numticks=12)


def _legend(figure: Any, grid: Iterable[Any]) -> None:
    """Explain each label once, below all panels."""
    labels: dict[str, Any] = {}
    for axes in grid:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            labels.setdefault(label, handle)
    figure.legend(labels.values(), labels.keys(), loc="lower center", ncols=LABELS, fontsize=8)
