"""Runs a notebook as a script would, with some of its names given from outside."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"


def run_notebook(notebook: str | Path, **given: Any) -> tuple[str, dict[str, Any]]:
    """Run every cell; cells that define a given name are left out and the given value is used.

    Returns:
        The text of all outputs together (Markdown as HTML), and the names the cells define.
    """
    pytest.importorskip("marimo", reason="notebooks need marimo")
    path = NOTEBOOKS / f"{notebook}.py" if isinstance(notebook, str) else notebook
    outputs, names = runpy.run_path(str(path))["app"].run(defs=given)
    shown = [text for output in outputs if isinstance(text := getattr(output, "text", None), str)]
    return "\n".join(shown), dict(names)
