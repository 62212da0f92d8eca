"""How the suite is run: its switches, its marks, shape checks, Hypothesis profiles, one BLAS thread."""

from __future__ import annotations

import importlib.util
import os
import pkgutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook
from threadpoolctl import threadpool_limits

# The tests' matrices are small, and threads that wait for each other in every product of them take a hundred times as
# long, above all beside a second worker. Variables reach subprocesses and libraries that are loaded later; NumPy is
# here already, because plugins loaded it.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
threadpool_limits(limits=1, user_api="blas")

# One profile per purpose: how many examples a property draws is said here and nowhere else. A property whose single
# example takes long asks for a share of that number (`tests/oracles/effort.py`). Compilation and cold caches make
# single examples slow now and then, which is no reason to fail. A run that checks shapes looks at annotations, for
# which ten examples do.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", max_examples=50, **_COMMON)
settings.register_profile("ci", max_examples=50, derandomize=True, database=None, **_COMMON)
settings.register_profile("thorough", max_examples=2_000, **_COMMON)
settings.register_profile("shapes", max_examples=10, derandomize=True, database=None, **_COMMON)


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
    names = [name for name in names if not name.startswith("expressivity.checker.")]
    return [name for name in names if not name.endswith("_kernels") and "._content" not in name]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The switches of this suite."""
    parser.addoption(
        "--shapes", action="store_true", help="check every annotated array shape of the library at run time (slow)"
    )
    parser.addoption("--runslow", action="store_true", help="run the tests marked slow, too")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks, choose the profile, switch the shape checks on, and quieten one warning that they cause."""
    config.addinivalue_line("markers", "slow: takes long; run with --runslow, as CI does")
    usual = "shapes" if config.getoption("--shapes") else "ci" if os.environ.get("CI") else "default"
    if not config.getoption("--hypothesis-profile"):
        settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or usual)
    if config.getoption("--shapes"):
        # Before any test module is imported, hence before the library is.
        install_import_hook(checked_modules(), "beartype.beartype")
    # beartype looks at one random item of a list; Hypothesis restores the generator around every example, so that
    # this harms nothing, but it warns about each one.
    config.addinivalue_line("filterwarnings", "ignore:Do not use the `random` module inside strategies")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow tests out unless they are asked for, by `--runslow` or by their name."""
    if config.getoption("--runslow") or any("::" in argument for argument in config.args):
        return
    slow = [item for item in items if "slow" in item.keywords]
    if slow:
        items[:] = [item for item in items if "slow" not in item.keywords]
        config.hook.pytest_deselected(items=slow)
