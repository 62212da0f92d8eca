"""Lets pytest collect this folder, whose files are named after what they say; the library need not be imported here."""

from __future__ import annotations

from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
PROOFS = frozenset(path for path in FOLDER.glob("[!_]*.py") if path.name != "conftest.py")

# The largest of the domains that are enumerated; marked here, because a proof file imports no pytest.
SLOW = frozenset(
    {
        "dyadic_keys_are_exact.py::test_holds_for_every_state_and_letter",
        "modular_counting_needs_a_complex_eigenvalue.py::test_holds_for_every_small_stack_of_two",
        "modular_counting_needs_a_complex_eigenvalue.py::test_the_claim_of_mod_6_from_real_eigenvalues_is_found_to_be_false",
        "relational_message_passing_bound.py::test_holds_on_all_graphs_of_at_most_seven_nodes",
        "relational_words.py::test_holds_for_all_automata_with_two_states_and_two_letters",
        "unsigned_wrap_around_counts_modulo_powers_of_two.py::test_holds_for_every_affine_map",
    }
)

# So that a failing assertion shows its values here as it does in the tests.
pytest.register_assert_rewrite(*sorted(path.stem for path in PROOFS))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Every proof file is a test module."""
    # A file named on the command line is collected by pytest itself.
    if file_path.resolve() in PROOFS and not parent.session.isinitpath(file_path):
        return pytest.Module.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the slow ones, before the suite looks for marks."""
    for item in items:
        if item.path.parent == FOLDER and f"{item.path.name}::{item.name}" in SLOW:
            item.add_marker("slow")
