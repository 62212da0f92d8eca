"""The notebook runs from top to bottom where marimo is installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "relational_templates.py"


def test_the_notebook_runs() -> None:
    pytest.importorskip("marimo", reason="notebooks need marimo")
    pytest.importorskip("clingo", reason="grounding needs clingo")
    spec = importlib.util.spec_from_file_location("relational_templates", NOTEBOOK)
    assert spec is not None
    assert spec.loader is not None
    notebook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(notebook)
    _, defined = notebook.app.run()
    assert defined["found"].outputs == (0, 12)
    assert [row["answer"] for row in defined["rows"]].count("yes") == 2
