"""Lets pytest collect this folder, whose files are named after what they say; the library need not be imported here."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
PROOFS = frozenset(path for path in FOLDER.glob("[!_]*.py") if path.name != "conftest.py")

# So that a failing assertion shows its values here as it does in the tests.
pytest.register_assert_rewrite(*sorted(path.stem for path in PROOFS))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Every proof file is a test module."""
    # A file named on the command line is collected by pytest itself.
    if file_path.resolve() in PROOFS and not parent.session.isinitpath(file_path):
        return pytest.Module.from_parent(parent, path=file_path)
    return None
