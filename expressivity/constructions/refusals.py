"""A family and a language → why no network of the family recognises it, where a theorem says so.

Every statement names the arithmetic it is about. The model is this library's: a finite stack of layers over letters,
exact arithmetic, read-outs that decode to the nearest of finitely many code points, layers that may also read their
previous input.
"""

from __future__ import annotations

import numpy as np

from expressivity.algebra.facts import Profile
from expressivity.automaton import Automaton

_MODEL = "in exact arithmetic with nearest-point read-outs"


def refuse(family: str, profile: Profile, *, automaton: Automaton | None = None) -> str | None:
    """Say which theorem forbids every network of a family, of any depth and width, to recognise a language.

    The facts used are those of `describe`. Where a fact was not decided within its budget nothing is refused.

    * `mamba`: along the powers of a word, the affine maps of a layer compose to one with multipliers in [0, 1], so its
      state is a sum of terms cᵏ, c ≥ 0, and linear ones; comparisons of distances to code points are then eventually
      constant, hence so are, from layer to layer, all answers: x·wᵏ·y is eventually always accepted or always rejected.
      A non-trivial subgroup of the syntactic monoid contradicts that.
    * `mamba-signed`: multipliers in [−1, 1] double the period at most once per layer, so that periods are powers of
      two; an element of odd prime order contradicts that.
    * `complex-diagonal`: a layer's permutations of its reachable states form a group of commuting multipliers and
      translations, which is solvable when finite; stacks are cascades, and cascades make no new simple group.
    * `deltanet` (one factor, β in [0, 1]): A(x) of one letter repeated is one symmetric matrix with eigenvalues in
      [0, 1]; as for `mamba`, the answers along xᵏ are eventually constant. Needs one letter that moves states round.

    Arguments:
        family: name of the family.
        profile: what is known of the language.
        automaton: the language, used for `deltanet`, whose refusal depends on single letters.

    Returns:
        The reason, in one sentence that starts with the offending subgroup; or None when no theorem here applies.

    Source: Sarrof, Veitsman & Hahn 2024 (non-negative diagonals, finite precision); Grazzi et al. 2025, Theorems 1 and
    2, whose arguments carry over to this read-out; Krohn & Rhodes 1965.
    """
    names = [subgroup.name for subgroup in profile.subgroups or ()]
    if family == "mamba" and profile.aperiodic is False and names:
        return (
            f"the syntactic monoid has the subgroup {_named(names)}, and a stack of non-negative diagonal layers "
            f"recognises star-free languages only, {_MODEL} (Sarrof, Veitsman & Hahn 2024; along the powers of a word "
            "every layer's answers are eventually constant)"
        )
    if family == "mamba-signed" and profile.subgroups_2_groups is False and profile.subgroups:
        odd = next(s for s in profile.subgroups if s.order & (s.order - 1))
        prime = next(p for p in range(3, odd.order + 1, 2) if odd.order % p == 0)
        inside = "" if odd.name == f"C{prime}" else f" (inside {odd.name})"
        return (
            f"the syntactic monoid has the subgroup C{prime}{inside}, which is not a 2-group, and along the powers of "
            "a word the answers of a stack of diagonal layers with entries in [−1, 1] have a power of two as period, "
            f"{_MODEL} (Grazzi et al. 2025, Theorem 2)"
        )
    if family == "complex-diagonal" and profile.solvable is False:
        simple = [name for name in profile.simple_factors or () if not _is_cyclic_name(name)]
        return (
            f"the syntactic monoid has a subgroup with the simple factor {_named(simple or names)}, which is not "
            "solvable, and a stack of diagonal layers with finitely many reachable states has solvable subgroups only, "
            "in exact arithmetic (Krohn & Rhodes 1965: diagonal affine maps generate solvable groups)"
        )
    if family == "deltanet" and automaton is not None:
        letter = _turning_letter(automaton.minimal())
        if letter is not None:
            name, order = letter
            return (
                f"the letter {name!r} alone moves {order} states round in a cycle, which is the subgroup C{order}, and "
                "I − β k kᵀ with β in [0, 1] is symmetric with eigenvalues in [0, 1]: along the powers of one letter "
                f"every layer's answers are eventually constant, {_MODEL} (Grazzi et al. 2025, Theorem 1)"
            )
    return None


def _named(names: list[str]) -> str:
    distinct = list(dict.fromkeys(names))
    return distinct[0] if len(distinct) == 1 else f"{distinct[0]} (and {', '.join(distinct[1:])})"


def _is_cyclic_name(name: str) -> bool:
    return name.startswith("C") and name[1:].isdigit()


def _turning_letter(minimal: Automaton) -> tuple[str, int] | None:
    """A letter with a cycle of several states, and the length of its longest such cycle."""
    for name, row in zip(minimal.letters, minimal.table, strict=True):
        power = np.arange(minimal.states)
        for _ in range(minimal.states):
            power = row[power]
        lasting = np.unique(power)
        if not np.array_equal(row[lasting], lasting):
            start = int(next(q for q in lasting.tolist() if row[q] != q))
            at, order = int(row[start]), 1
            while at != start:
                at, order = int(row[at]), order + 1
            return name, order
    return None
