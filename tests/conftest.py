"""What every test module gets: the shared data folder."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the repository root; the test is skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip("needs the data folder `shared` beside the repository root")
    return SHARED.resolve()
