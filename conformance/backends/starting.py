"""`conformance new-backend NAME`: a first adapter that runs, and what to do next."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from conformance.problems import UsageProblem

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TEMPLATE = Path(__file__).with_name("skeleton.py")


def write(name: str, folder: Path) -> Path:
    """Write the adapter's first form into a folder.

    Raises:
        UsageProblem: the name can't be a module's, or the file is there already.
    """
    if _NAME.fullmatch(name) is None:
        raise UsageProblem(f"{name!r} can't be a module's name: small letters, digits and _ only, a letter first")
    path = folder / f"{name}_backend.py"
    text = _TEMPLATE.read_text(encoding="utf-8").replace("NameBackend", class_of(name)).replace("NAME", name)
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageProblem(f"{path} is there already: name another backend, or take it away") from error
    except OSError as error:
        raise UsageProblem(f"{path} can't be written: {error.strerror}") from error
    return path


def class_of(name: str) -> str:
    """Give the name of a backend's class."""
    return "".join(part.capitalize() for part in name.split("_")) + "Backend"


def what_next(name: str, path: Path) -> str:
    """Tell what to do with the file."""
    there = "" if path.parent == Path() else f"cd {shlex.quote(str(path.parent))} && "
    return (
        f"wrote {path}, which runs as it stands, with NumPy in the place of your library:\n"
        f"  {there}conformance run --backend {name}_backend:{class_of(name)} --profile smoke\n"
        "Go through it from top to bottom. Each run counts what its unsupported lines wait for: fill that in next."
    )
