"""The lesson on cascades: depths and groups from the theory, for languages nobody chose; refusals told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import expressivity as ex
from expressivity.automaton import Automaton
from expressivity.playground.lessons import krohn_rhodes
from expressivity.strategies import automata
from oracles.effort import some
from oracles.notebooks import NOTEBOOKS, run_notebook


def test_the_lesson_runs_and_parity_with_an_end_needs_a_group() -> None:
    _, names = run_notebook("krohn_rhodes")
    linear, grouped, bound = names["cascade_rows"]
    assert (linear["levels"], bound["levels"]) == ("3", "at most 16")
    assert grouped["orders of groups"] == "2"
    families = {row["family"]: row["because"] for row in names["network_rows"]}
    assert families["mamba"] == "a theorem forbids it"
    assert all("equivalent" in str(said) for family, said in families.items() if family != "mamba")
    assert all(row["state"] == row["automaton"] for row in names["run_rows"])


@pytest.mark.parametrize("language", ["tomita-7", "S3", "dyck(1, depth=2)", "modular-arithmetic", "a"])
def test_other_languages_are_told(language: str) -> None:
    shown, names = run_notebook("krohn_rhodes", chosen_language=language)
    states = names["language"].minimal().states
    assert names["profile"].states == states
    if language == "modular-arithmetic":
        assert names["cascades"].linear is None
        assert "too large" in shown
        assert "max&#95;letters" in shown or "max_letters" in shown
    else:
        assert names["cascade_rows"][0]["levels"] == str(states - 1)
    # A star-free language is one whose holonomy components only reset (Krohn and Rhodes, Schützenberger).
    assert (names["cascade_rows"][1]["orders of groups"] == "none") == names["profile"].aperiodic
    # What is said of the figures names only the cascades that there are.
    assert ("Above the linear cascade, below the holonomy one" in shown) == (names["cascades"].linear is not None)


def test_wrong_text_is_explained() -> None:
    shown, names = run_notebook("krohn_rhodes", chosen_language="(a")
    assert names["language"] is None
    assert "never closed" in shown


@given(automata(letters="ab", states=(1, 5)))
@some
def test_cascades_are_as_deep_as_the_theorem_says_and_run_like_the_automaton(automaton: Automaton) -> None:
    found = krohn_rhodes.cascades_of(automaton)
    minimal = automaton.minimal()
    assert found.linear is not None
    assert found.grouped is not None
    assert found.linear.depth == minimal.states - 1
    assert found.grouped.has_groups <= (not ex.describe(minimal).aperiodic)
    # By the theorem of Eilenberg a group of the holonomy decomposition divides the monoid, and so do its orders.
    assert all(order <= ex.describe(minimal).monoid_order for order in krohn_rhodes.group_orders(found.grouped))
    for cascade in (found.linear, found.grouped):
        rows = krohn_rhodes.coordinate_rows(cascade, "abbab")
        assert [row["state"] for row in rows] == [row["automaton"] for row in rows]


@pytest.mark.parametrize(
    ("language", "orders"), [("S3", [6]), ("symmetric_group(4)", [24]), ("unary_modulus(12)", [12]), ("re:a", [])]
)
def test_a_group_is_its_own_holonomy_component(language: str, orders: list[int]) -> None:
    cascade = krohn_rhodes.cascades_of(ex.language(language)).grouped
    assert cascade is not None
    assert krohn_rhodes.group_orders(cascade) == orders


def test_many_components_are_cut_and_counted() -> None:
    cascade = krohn_rhodes.cascades_of(ex.language("re:a{30}")).grouped
    assert cascade is not None
    rows = krohn_rhodes.coordinate_rows(cascade, "aaa")
    assert str(rows[2]["components"]).endswith(f"… ({len(cascade.coordinates(np.array([0]))) - 12} more)")


def test_a_planted_wrong_level_is_found() -> None:
    cascade = krohn_rhodes.cascades_of(ex.language("tomita-7")).linear
    assert cascade is not None
    last = cascade.levels[-1]
    component = replace(last.components[0], maps=np.roll(last.components[0].maps, 1, axis=0))
    levels = (*cascade.levels[:-1], replace(last, components=(component,)))
    assert replace(cascade, levels=levels).covers() is not None


def test_a_planted_wrong_cell_stops_the_lesson(tmp_path: Path) -> None:
    text = (NOTEBOOKS / "krohn_rhodes.py").read_text(encoding="utf-8")
    wrong = text.replace("desk.ask(krohn_rhodes.network_rows, language)", "desk.ask(krohn_rhodes.no_rows, language)")
    assert wrong != text
    (tmp_path / "wrong.py").write_text(wrong, encoding="utf-8")
    with pytest.raises(AttributeError, match="no_rows"):
        run_notebook(tmp_path / "wrong.py")
