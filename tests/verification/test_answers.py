"""Every answer tells itself in words and in plain JSON values, knows its exit code, and has no truth value."""

from __future__ import annotations

import json

import pytest

import expressivity as ex
from expressivity.commands.common import exit_code
from expressivity.relational.separation.refute import refute as refute_relational
from expressivity.relational.separation.separate import separate
from expressivity.verification.answers import BaseAnswer, describe_lengths, show_word

CAST = "bf16/exact-then-cast"


def answers() -> dict[str, BaseAnswer]:
    """One of every kind."""
    network = ex.compile("parity", "deltanet-signed")
    refutation = ex.refute_network(network, "mod3", arithmetic=CAST)
    assert refutation is not None
    return {
        "Equivalent": ex.verify(network, "parity"),
        "Counterexample": ex.verify(network, "mod3", arithmetic=CAST),
        "Undecided": ex.verify(network, "mod3", max_states=1),
        "Impossible": ex.refute("mamba", "parity"),
        "Open": ex.refute("dense", "parity"),
        "NetworkRefutation": refutation,
        "EventualPeriod": ex.eventual_period(network, "1", arithmetic=CAST),
        "NotDecided": ex.eventual_period(ex.compile("mod3", "complex-diagonal"), "1", arithmetic=CAST),
        "Periodicity": ex.period(network, "1", "bf16"),
        "Realisation": ex.realisation(network, "bf16"),
        "Separated": separate("hexagon/0", "hexagon/1"),
        "Inseparable": refute_relational(2, "hexagon/0", "hexagon/1"),
        "OpenSeparation": refute_relational(3, "hexagon/0", "hexagon/1"),
    }


EXIT_CODES = {
    "Counterexample": 1,
    "NetworkRefutation": 1,
    "Undecided": 3,
    "Open": 3,
    "OpenSeparation": 3,
    "NotDecided": 3,
}


def test_every_answer_tells_itself() -> None:
    made = answers()
    kinds = {kind.__name__ for kind in _below(BaseAnswer) if not kind.__name__.startswith("_")}
    assert set(made) == kinds, "an answer of each kind is asked here"
    for name, answer in made.items():
        assert type(answer).__name__ == name
        told = answer.told()
        assert told.sentence
        assert told.details
        assert all(line.strip() for line in told.details)
        assert str(told) == "\n  ".join([told.sentence, *told.details])
        assert json.loads(json.dumps(answer.to_json()))["answer"]
        assert exit_code(answer) == EXIT_CODES.get(name, 0)
        with pytest.raises(TypeError, match=f"this is {name}.*write isinstance"):
            bool(answer)


def _below(kind: type) -> set[type]:
    return {each for sub in kind.__subclasses__() for each in {sub, *_below(sub)}}


def test_words_and_lengths_are_shown_whole_or_by_their_ends() -> None:
    assert show_word(()) == "the empty word"
    assert show_word(("a", "b")) == "ab"
    assert show_word(("(12)", "e")) == "(12) e"
    assert show_word(("a",) * 20, letters=10) == "a repeated 20 times"
    assert show_word(("a", "b") * 5, letters=4) == "ab … ab (10 letters)"
    assert describe_lengths((7,)) == ("7",)
    assert describe_lengths((3 * 10**38, 3 * 10**38 + 2))[1] == "K + 2"
