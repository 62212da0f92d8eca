"""The story of Householder factors: mirrors, swaps, permutations, groups, and keys that hardware holds exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from jaxtyping import Int

from expressivity.algebra.groups.permutation_group import PermutationGroup
from expressivity.algebra.groups.permutations import cycle_lengths
from expressivity.algebra.representations.reflections import minimal_reflections
from expressivity.arithmetic.rounding import round_to
from expressivity.automaton import Automaton
from expressivity.constructions.compiler import compile as compile_network
from expressivity.exact import rationals
from expressivity.exact.linear import rank
from expressivity.experiments.horizons.probes import first_failure
from expressivity.languages import language as read_language
from expressivity.languages.permutations import cycle_notation, read_permutations
from expressivity.networks.forms.form import must_have_form
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.network import Network
from expressivity.playground.app.markdown import shown_word
from expressivity.verification.answers import Answer, Counterexample, Equivalent, Undecided
from expressivity.verification.traces import Trace, trace
from expressivity.verification.verify import verify

GROUPS = ("S3", "S3-transpositions", "S4", "A5", "S5", "S5-transpositions")
"""Word problems that the lesson compiles."""

_MOST_DRAWN = 200  # letters of a run that are drawn
_PROBE_LETTERS = 4_000
_MOST_STATES = 400_000


@dataclass(frozen=True, eq=False)
class Swaps:
    """A permutation as a product of swaps, and why fewer factors do not suffice.

    Arguments:
        permutation: images of the points, counted from 0.
        cycles: number of its cycles, fixed points included.
        swaps: pairs of points, the first applied first.
        needed: rank of I − P, which each factor raises by at most one.
    """

    permutation: Int[np.ndarray, " point"]
    cycles: int
    swaps: tuple[tuple[int, int], ...]
    needed: int

    @property
    def sentence(self) -> str:
        """All of it in a sentence."""
        points, count = len(self.permutation), len(self.swaps)
        shown = " then ".join(f"({a + 1}{b + 1})" for a, b in self.swaps) or "nothing"
        cycles = f"{self.cycles} cycle{'s' * (self.cycles != 1)}"
        return (
            f"`{cycle_notation(self.permutation)}` has {points} points in {cycles} and is {shown}: "
            f"**{count} factor{'s' * (count != 1)}**. Fewer cannot do it: rank(I − P) = {self.needed}, and a product "
            "of m factors differs from the identity by rank m at most."
        )


def swaps_of(text: str, *, points: int = 5) -> Swaps:
    """A permutation in cycle notation as the fewest swaps, multiplied out again to be sure.

    Arguments:
        text: such as "(123)(45)".
        points: number of points.

    Raises:
        LanguageError: when it is no permutation of so many points.
    """
    (row,) = read_permutations([text], points)
    swaps = []
    for first in range(points):
        cycle = _cycle(row, first)
        # A cycle (a b c …) is the swap of a and b, then that of a and c, and so on.
        swaps += [(first, other) for other in cycle[1:] if first == min(cycle)]
    product = np.eye(points, dtype=np.int64)
    for a, b in swaps:
        product = swap_matrix(a, b, points) @ product
    permutation = np.zeros((points, points), dtype=np.int64)
    permutation[row, np.arange(points)] = 1
    assert np.array_equal(product, permutation)
    difference = rationals((np.eye(points, dtype=np.int64) - permutation).astype(object))
    return Swaps(row, len(cycle_lengths(row)), tuple(swaps), rank(difference))


def _cycle(row: np.ndarray, point: int) -> list[int]:
    """The cycle of a point, from it on."""
    cycle = [point]
    while (following := int(row[cycle[-1]])) != point:
        cycle.append(following)
    return cycle


def swap_matrix(a: int, b: int, points: int) -> Int[np.ndarray, "point point"]:
    """I − kkᵀ with k = e_a − e_b, that is β = 2 and the unit key k/√2: it swaps two coordinates.

    Arguments:
        a: a point.
        b: another one.
        points: number of points.
    """
    key = np.zeros(points, dtype=np.int64)
    key[a], key[b] = 1, -1
    return np.eye(points, dtype=np.int64) - np.outer(key, key)


def group_rows(names: Sequence[str] = GROUPS) -> list[dict[str, object]]:
    """Word problems of groups in one layer, certified, as rows of a table.

    Arguments:
        names: languages whose letters permute the states.
    """
    rows: list[dict[str, object]] = []
    for name in names:
        automaton = read_language(name)
        network = compile_network(automaton, "deltaproduct")
        answer = verify(network, automaton)
        assert isinstance(answer, Equivalent)
        group = PermutationGroup(automaton.table)
        least = minimal_reflections(group, automaton.table.astype(np.int32))
        rows.append(
            {
                "word problem": name,
                "letters": len(automaton.letters),
                "least factors": least.count,
                "in dimension": least.dimension,
                "factors here": network.factors,
                "layers": len(network.layers),
                "width": sum(network.widths),
                "states, certified": answer.boxes,
            }
        )
    return rows


def groups_told(rows: Sequence[Mapping[str, object]]) -> str:
    """What stands out in a table of `group_rows`, in sentences; its numbers are those of the table.

    Arguments:
        rows: the table.
    """
    known = {str(row["word problem"]): row for row in rows}
    told = []
    if {"S5", "S5-transpositions"} <= known.keys():
        every, swaps = known["S5"], known["S5-transpositions"]
        told.append(
            f"$S_5$ over all of its {every['letters']} elements takes {every['factors here']} factors a letter; over "
            f"its {swaps['letters']} transpositions, {swaps['factors here']}."
        )
    if "A5" in known:
        told.append(
            f"$A_5$, the smallest group that is not solvable, takes {known['A5']['factors here']} in "
            f"{known['A5']['in dimension']} dimensions: it turns an icosahedron."
        )
    return " ".join(told)


def with_beta(network: Network, letter: str, beta: Fraction) -> Network:
    """A one-layer network with the first β of one letter changed, to see it found.

    Arguments:
        network: a network of Householder factors.
        letter: the letter.
        beta: the new β.
    """
    (layer,) = network.layers
    transition = must_have_form(layer.transition, HouseholderTransition)
    betas = transition.betas.fractions()
    betas[network.letters.index(letter), 0] = beta
    return replace(network, layers=(replace(layer, transition=replace(transition, betas=rationals(betas))),))


def key_rows(formats: Sequence[str]) -> list[dict[str, object]]:
    """What becomes of the entry 1/√2 of a swap's unit key in number formats, as rows of a table.

    Arguments:
        formats: the formats.
    """
    rows: list[dict[str, object]] = []
    for name in formats:
        entry = Fraction(float(round_to(np.array([0.5**0.5]), name)[0]))
        length = 2 * entry * entry
        left = abs(1 - 2 * length)
        rows.append(
            {
                "format": name,
                "1/√2 is stored as": str(entry),
                "‖k‖² is then": str(length),
                "1 − 2‖k‖², the eigenvalue for −1": f"{float(1 - 2 * length):.8g}".replace("-", "−"),
                "swaps until half is left": math.ceil(-math.log(2) / math.log(left)) if left < 1 else "never",
            }
        )
    return rows


def dyadic_keys_told(network: Network) -> str:
    """The keys of a network whose entries are dyadic, with their lengths, as a sentence.

    Arguments:
        network: a network compiled with dyadic keys.
    """
    (layer,) = network.layers
    transition = must_have_form(layer.transition, HouseholderTransition)
    letters = len(network.letters)  # a symbol for the beginning of words comes after them
    used = transition.betas.fractions()[:letters].astype(bool)
    keys = transition.keys.fractions()[:letters][used]
    entries = sorted({abs(entry) for key in keys for entry in key})
    lengths = {sum(entry * entry for entry in key) for key in keys}
    shown = ", ".join(f"±{entry}" if entry else "0" for entry in entries)
    return f"{len(keys)} keys with entries {shown}, of squared length {', '.join(map(str, sorted(lengths)))} exactly"


def word_problem(name: str) -> tuple[Automaton, Network, Network]:
    """A word problem over swaps, and its networks with textbook and with dyadic keys.

    Arguments:
        name: of the language.
    """
    automaton = read_language(name)
    swap = compile_network(automaton, "deltanet-signed")
    return automaton, swap, compile_network(automaton, "deltanet-signed", key="dyadic")


@dataclass(frozen=True, eq=False)
class Drift:
    """A network beside itself in exact arithmetic, on the word that is worst for it of those that are known.

    Arguments:
        arithmetic: the arithmetic.
        answer: what `verify` says.
        word: a shortest failing word, or one that was found by trying, or a long word on which nothing fails.
        fails: whether the network is wrong on the word.
        exact: the exact run, as far as it is drawn.
        rounded: the rounded one.
    """

    arithmetic: str
    answer: Answer
    word: tuple[str, ...]
    fails: bool
    exact: Trace
    rounded: Trace

    @property
    def horizon(self) -> int | None:
        """Where the verdict is wrong first, when that is drawn."""
        return len(self.word) if self.fails and len(self.word) < len(self.exact.verdicts) else None

    @property
    def sentence(self) -> str:
        """What was found, in a sentence."""
        drawn = len(self.exact.verdicts) - 1
        cut = f" Its first {drawn} letters are drawn." if drawn < len(self.word) else ""
        if isinstance(self.answer, Counterexample):
            return f"In {self.arithmetic} a shortest failing word is {_told(self.word)}.{cut}"
        if self.fails:
            proved = self.answer.proved_length if isinstance(self.answer, Undecided) else 0
            return (
                f"In {self.arithmetic} every word of up to {proved} letters is right, and this one is wrong, perhaps "
                f"not a shortest: {_told(self.word)}.{cut}"
            )
        if isinstance(self.answer, Equivalent):
            return (
                f"In {self.arithmetic} no word fails, of any length: that is certified by a closed set of "
                f"{self.answer.boxes:,} states. The independent checker may take a minute and has not seen it here; "
                f"`ex.verify(…, arithmetic={self.arithmetic!r}, max_states={_MOST_STATES:_})` shows it. "
                f"Drawn is {drawn} swaps."
            )
        return f"In {self.arithmetic} no failing word was found, and none is excluded. Drawn is {drawn} swaps."


def _told(word: tuple[str, ...]) -> str:
    """A word, short when it is one letter or two in turn."""
    for block in (1, 2):
        if len(word) > 3 * block and word[block:] == word[:-block]:
            return f"{shown_word(word[:block])} again and again, {len(word):,} letters long"
    return shown_word(word)


def drift(network: Network, language: Automaton, arithmetic: str, *, max_states: int = _MOST_STATES) -> Drift:
    """Decide a network in an arithmetic, and run it on a failing word when there is one, else on many swaps.

    Arguments:
        network: a network of one layer.
        language: what it is to recognise.
        arithmetic: the arithmetic.
        max_states: budget of the search; where it ends undecided, long words are tried.
    """
    # With hundreds of thousands of states the checker takes up to a minute, too long for a page; the sentence says so.
    answer = verify(network, language, arithmetic=arithmetic, max_states=max_states, check=False)
    word: tuple[str, ...] | None = None
    if isinstance(answer, Counterexample):
        word = answer.word
    elif isinstance(answer, Undecided):
        word = first_failure(network, language, arithmetic, length=_PROBE_LETTERS, seed=0)
    fails = word is not None
    if word is None:
        # The two first swaps in turn: they do not commute, so the state goes round.
        word = tuple(network.letters[i % 2] for i in range(_MOST_DRAWN))
    drawn = word[:_MOST_DRAWN]
    return Drift(arithmetic, answer, word, fails, trace(network, drawn), trace(network, drawn, arithmetic))
