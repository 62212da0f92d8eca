"""The app runs from top to bottom, whatever is chosen, and says what the library says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import expressivity as ex
from expressivity.playground.app.controls import FILE, FORMATS, ORDERS, TYPED, ZOO, LanguageChoice, arithmetic_of
from expressivity.playground.app.questions import spelled
from oracles.effort import few
from oracles.notebooks import NOTEBOOKS, run_notebook


def test_as_it_opens_it_proves_parity() -> None:
    shown, names = run_notebook("playground")
    assert names["told"].text.startswith("**EQUIVALENT for all lengths")
    assert isinstance(names["decision"], ex.Equivalent)
    assert "EQUIVALENT for all lengths" in shown
    assert names["found"] is None


CHOICES = st.tuples(
    st.sampled_from(
        ["(ab)*", "(aa|b)*", "a*b(a|b)*", "(aaa)*", "S3-transpositions", "(a", "tomita-5", "dyck(1, depth=2)"]
    ),
    st.sampled_from(sorted(ex.FAMILIES)),
    st.sampled_from(FORMATS),
    st.sampled_from(ORDERS),
)


@given(CHOICES)
@few
def test_whatever_is_chosen_it_says_what_the_library_says(choice: tuple[str, str, str, str]) -> None:
    text, family, number_format, order = choice
    arithmetic = arithmetic_of(number_format, order, "nearest-even")
    _, names = run_notebook(
        "playground",
        chosen_language=LanguageChoice(TYPED, text),
        chosen_family=family,
        chosen_arithmetic=arithmetic,
        looks_further=False,
    )
    told = names["told"]
    expected = what_the_library_says(spelled(text), family, arithmetic)
    if isinstance(expected, ex.CannotCompile):
        assert told.kind == ("danger" if expected.proved else "warn")
    elif isinstance(expected, ex.ExpressivityError):
        assert told.text.startswith("**That cannot be asked.**")
    else:
        assert type(names["decision"]) is type(expected)
        if isinstance(expected, ex.Counterexample) and expected.word is not None:
            assert f"of length {len(expected.word)}" in told.text


def what_the_library_says(language: str, family: str, arithmetic: str) -> object:
    try:
        return ex.verify(ex.compile(language, family), language, arithmetic=arithmetic, max_states=50_000)
    except ex.ExpressivityError as error:
        return error


def test_a_file_and_a_word_of_one_s_own(tmp_path: Path) -> None:
    ex.save_language(ex.language("parity"), tmp_path / "parity.att")
    contents = (tmp_path / "parity.att").read_bytes()
    _, names = run_notebook(
        "playground", chosen_language=LanguageChoice(FILE, "parity.att", contents), chosen_word="111"
    )
    assert names["run"].run.verdicts.tolist() == [True, False, True, False]
    _, names = run_notebook("playground", chosen_language=LanguageChoice(ZOO, "parity"), chosen_word="abc")
    assert "'a' is no letter of this language" in names["run_problem"].text


def test_looking_further_finds_what_rounding_makes_possible() -> None:
    shown, names = run_notebook("playground", chosen_family="deltanet", chosen_arithmetic="bf16", looks_further=True)
    assert "No network of deltanet recognises this language" in names["told"].text
    assert names["found"][0].answer == "yes"
    assert "Yes: a network of deltanet is right for all lengths" in shown


def test_a_planted_wrong_cell_stops_the_notebook(tmp_path: Path) -> None:
    text = (NOTEBOOKS / "playground.py").read_text(encoding="utf-8")
    broken = text.replace("network = controls.network_of(built)", "network = controls.network_of(language)")
    assert broken != text
    (tmp_path / "broken.py").write_text(broken, encoding="utf-8")
    with pytest.raises(Exception, match=r"no attribute 'network'|built"):
        run_notebook(tmp_path / "broken.py")
