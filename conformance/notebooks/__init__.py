"""Notebooks that come with the package: thin cells over functions that are tested like all others."""

from __future__ import annotations

from pathlib import Path


def path() -> Path:
    """Give the place of the notebook for Google Colab."""
    return Path(__file__).with_name("colab.ipynb")
