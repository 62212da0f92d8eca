"""The story of cascades: any automaton as a stack of resets and permutations, in two ways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.holonomy import holonomy
from expressivity.algebra.cascades.subset_cover import subset_cover
from expressivity.algebra.groups.permutation_group import PermutationGroup
from expressivity.automaton import Automaton, Word
from expressivity.errors import CannotCompile
from expressivity.playground.app.markdown import plain
from expressivity.playground.app.questions import Built, build, decide
from expressivity.verification.answers import Answer

FAMILIES = ("mamba", "mamba-signed", "complex-diagonal", "deltanet-signed", "deltaproduct")
"""Families that the lesson compiles into, from the weakest on."""

_MOST_LETTERS = 5_000
_MOST_SETS = 5_000
_MOST_COORDINATES = 12


@dataclass(frozen=True, eq=False)
class Cascades:
    """An automaton as cascades.

    Arguments:
        linear: the subset cover of |Q| − 1 levels, or None.
        grouped: the holonomy decomposition, or None.
        refusals: why there is none, by its name.
    """

    linear: Cascade | None
    grouped: Cascade | None
    refusals: dict[str, str]


def cascades_of(automaton: Automaton) -> Cascades:
    """Both cascades of the minimal automaton, each checked to cover it for all words.

    Arguments:
        automaton: the automaton.

    Raises:
        AssertionError: when a cascade does not cover the automaton, which would be a defect of this library.
    """
    minimal = automaton.minimal()
    refusals = {}
    linear = grouped = None
    try:
        linear = subset_cover(minimal, max_letters=_MOST_LETTERS)
    except CannotCompile as refusal:
        refusals["linear"] = str(refusal)
    try:
        grouped = holonomy(minimal, max_sets=_MOST_SETS)
    except CannotCompile as refusal:
        refusals["holonomy"] = str(refusal)
    for cascade in (linear, grouped):
        assert cascade is None or cascade.covers() is None, f"{cascade!r} does not cover its automaton"
    return Cascades(linear, grouped, refusals)


def cascade_rows(found: Cascades, states: int) -> list[dict[str, object]]:
    """The cascades beside each other, and the bound of the paper, as rows of a table.

    Arguments:
        found: the cascades.
        states: states of the minimal automaton.
    """
    rows = [_row("linear subset cover", found.linear), _row("holonomy", found.grouped)]
    bound = f"at most {2**states:,}" if states <= 40 else f"at most $2^{{{states}}}$"
    rows.append({**_row("bound of Grazzi et al. 2025", None), "levels": bound})
    return rows


def _row(name: str, cascade: Cascade | None) -> dict[str, object]:
    if cascade is None:
        blank = dict.fromkeys(("components", "states", "most letters of a level", "orders of groups"), "")
        return {"cascade": name, "levels": "too large", **blank}
    return {
        "cascade": name,
        "levels": str(cascade.depth),
        "components": str(sum(len(level.components) for level in cascade.levels)),
        "states": str(cascade.width),
        "most letters of a level": str(max((level.letters for level in cascade.levels), default=0)),
        "orders of groups": ", ".join(map(str, group_orders(cascade))) or "none",
    }


def group_orders(cascade: Cascade) -> list[int]:
    """Orders of the groups that the permutations of its components generate, each once; trivial ones are left out.

    Arguments:
        cascade: the cascade.
    """
    orders = set()
    for component in (component for level in cascade.levels for component in level.components):
        identity = np.arange(component.states)
        permutations = component.maps[(np.sort(component.maps, axis=1) == identity).all(axis=1)]
        orders.add(PermutationGroup(permutations).order() if len(permutations) else 1)
    return sorted(orders - {1})


def told(found: Cascades) -> str:
    """What both cascades say, in a sentence each."""
    lines = [f"- No {name} cascade here: {plain(why)}." for name, why in found.refusals.items()]
    made = [cascade for cascade in (found.linear, found.grouped) if cascade is not None]
    if made:
        lines.append(f"- {'Both were' if len(made) == 2 else 'It was'} compared with the automaton for **all** words.")
    if found.grouped is not None and not found.grouped.has_groups:
        lines.append("- The holonomy components only reset: the language is star-free.")
    if found.linear is not None and found.grouped is not None and found.linear.has_groups > found.grouped.has_groups:
        lines.append(
            "- The linear cascade permutes although the language has no group: that is the price of its depth."
        )
    return "\n".join(lines)


def coordinate_rows(cascade: Cascade, word: Word, *, most: int = 12) -> list[dict[str, object]]:
    """A run through a cascade, letter by letter, as rows of a table.

    Arguments:
        cascade: the cascade.
        word: the word.
        most: letters that are shown.
    """
    numbers = cascade.automaton.encode(word)[:most]
    states = cascade.simulate(numbers)
    wanted = cascade.automaton.run(numbers)
    return [
        {
            "t": step,
            "letter": plain(cascade.automaton.letters[numbers[step - 1]]) if step else "–",
            "components": _cut(cascade.coordinates(numbers[:step])),
            "state": int(states[step]),
            "automaton": int(wanted[step]),
        }
        for step in range(len(numbers) + 1)
    ]


def _cut(coordinates: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, coordinates[:_MOST_COORDINATES]))
    more = len(coordinates) - _MOST_COORDINATES
    return shown if more <= 0 else f"{shown}, … ({more} more)"


def run_told(found: Cascades | None) -> str:
    """Which cascades the figures show and which one the run goes through, in sentences; nothing when there is none.

    Arguments:
        found: the cascades, or None where the language could not be read.
    """
    if found is None or (found.linear is None and found.grouped is None):
        return ""
    if found.linear is not None and found.grouped is not None:
        seen = "Above the linear cascade, below the holonomy one."
    else:
        seen = f"Above the {'linear' if found.grouped is None else 'holonomy'} cascade."
    run = "linear" if found.grouped is None else "holonomy"
    return (
        f"{seen} A run through the {run} cascade, its components beside the state that they stand for and the state of "
        "the automaton:"
    )


def network_rows(automaton: Automaton, arithmetic: str = "exact") -> list[dict[str, object]]:
    """What each family makes of the language, certified or refused, as rows of a table.

    Arguments:
        automaton: the automaton.
        arithmetic: the arithmetic of the proof.
    """
    rows: list[dict[str, object]] = []
    for family in FAMILIES:
        built = build(automaton, family)
        answer = None if built.network is None else decide(built.network, automaton, arithmetic)
        rows.append({"family": family, **_network(built, answer)})
    return rows


def _network(built: Built, answer: Answer | None) -> dict[str, object]:
    if built.network is None:
        return {"layers": "–", "width": "–", "because": "a theorem forbids it" if built.proved else "not covered here"}
    said = "" if answer is None else answer.to_json()["answer"]
    return {
        "layers": str(len(built.network.layers)),
        "width": str(sum(built.network.widths)),
        "because": f"{plain(built.network.about)}; {said}",
    }
