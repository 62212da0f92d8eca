"""What every test module gets: shape-checked library modules, Hypothesis profiles, the shared data folder."""

from __future__ import annotations

import importlib.util
import os
import pkgutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


def leaf_modules(folder: Path, package: str) -> list[str]:
    """Dotted names of the modules of a package that are not packages themselves, found without importing any."""
    found = []
    for module in pkgutil.iter_modules([str(folder)]):
        name = f"{package}.{module.name}"
        if module.ispkg:
            found += leaf_modules(folder / module.name, name)
        else:
            found.append(name)
    return found


def checked_modules() -> list[str]:
    """The modules whose annotations are checked at run time.

    All leaves, except those holding bodies for numba, and those that are held to the standard library: they have no
    array to check, and a check around each of their millions of scalar operations would dominate the suite.
    """
    spec = importlib.util.find_spec("expressivity")
    if spec is None or not spec.submodule_search_locations:
        return []
    names = leaf_modules(Path(next(iter(spec.submodule_search_locations))), "expressivity")
    skipped = ("_kernels", "checker", ".reference")
    return [name for name in names if not name.endswith(skipped) and "._content" not in name]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The switches of this suite."""
    parser.addoption(
        "--shapes", action="store_true", help="check every annotated array shape of the library at run time (slow)"
    )


# Compilation and cold caches make single examples slow now and then, which is no reason to fail.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", max_examples=50, **_COMMON)
settings.register_profile("ci", max_examples=50, derandomize=True, database=None, **_COMMON)
settings.register_profile("thorough", max_examples=2_000, **_COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))


def pytest_configure(config: pytest.Config) -> None:
    """Switch the shape checks on, and quieten one warning that they cause."""
    if config.getoption("--shapes"):
        # Before any test module is imported, hence before the library is.
        install_import_hook(checked_modules(), "beartype.beartype")
    # beartype looks at one random item of a list; Hypothesis restores the generator around every example, so that
    # this harms nothing, but it warns about each one.
    config.addinivalue_line("filterwarnings", "ignore:Do not use the `random` module inside strategies")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the repository root; the test is skipped where there is none."""
    if not SHARED.is_dir():
        pytest.skip("needs the data folder `shared` beside the repository root")
    return SHARED.resolve()
