"""What is known about a language: the record of facts, as a table for the terminal and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

Fact = bool | None


@dataclass(frozen=True)
class Subgroup:
    """A non-trivial maximal subgroup of the syntactic monoid, by name.

    Arguments:
        rank: number of states it permutes.
        order: number of elements.
        name: what `PermutationGroup.name` calls it.
    """

    rank: int
    order: int
    name: str


@dataclass(frozen=True)
class Profile:
    """What is known about a regular language; every fact is about its minimal automaton and syntactic monoid.

    A fact is None when it was not decided within the budget; `how` then says which budget.

    Arguments:
        states: states of the minimal complete automaton.
        letters: the alphabet.
        monoid_order: number of elements of the syntactic monoid.
        aperiodic: only trivial subgroups, equivalently the language is star-free.
        group: the monoid is a group.
        solvable: all subgroups are solvable.
        subgroups_2_groups: all subgroups have a power of two as order.
        simple_factors: names of the composition factors of maximal subgroups, sorted. Further simple groups may divide
            the monoid (A_5 divides A_6).
        subgroups: the non-trivial maximal subgroups by decreasing rank, one per regular 𝒟-class.
        r_trivial: ℛ-trivial, the minimal automaton is partially ordered.
        l_trivial: ℒ-trivial.
        j_trivial: 𝒥-trivial.
        commutative: the order of letters does not matter.
        idempotent: every element is idempotent (a band).
        has_zero: the monoid has a zero.
        definite: membership depends on a bounded suffix.
        reverse_definite: membership depends on a bounded prefix.
        generalized_definite: membership depends on a bounded prefix and a bounded suffix.
        locally_testable: … on these and the set of factors of a bounded length.
        strictly_locally_testable: fixed by allowed prefixes, factors and suffixes of a bounded length.
        piecewise_testable: Boolean combination of "contains this subsequence", the same as 𝒥-trivial.
        strictly_piecewise_testable: closed under deleting letters.
        linear_levels: levels of the subset cover, |Q| − 1.
        holonomy: for each level of the holonomy decomposition the (tiles, group order) of its components.
        how: for each fact one sentence on how it was decided, or why not.
    """

    states: int
    letters: tuple[str, ...]
    monoid_order: int | None
    aperiodic: Fact
    group: Fact
    solvable: Fact
    subgroups_2_groups: Fact
    simple_factors: tuple[str, ...] | None
    subgroups: tuple[Subgroup, ...] | None
    r_trivial: Fact
    l_trivial: Fact
    j_trivial: Fact
    commutative: Fact
    idempotent: Fact
    has_zero: Fact
    definite: Fact
    reverse_definite: Fact
    generalized_definite: Fact
    locally_testable: Fact
    strictly_locally_testable: Fact
    piecewise_testable: Fact
    strictly_piecewise_testable: Fact
    linear_levels: int
    holonomy: tuple[tuple[tuple[int, int], ...], ...] | None
    how: dict[str, str] = field(hash=False)

    def to_json(self) -> dict[str, Any]:
        """The profile as plain lists, strings, numbers and None, one key per fact and `how` for the reasons."""
        plain: dict[str, Any] = {name.name: getattr(self, name.name) for name in fields(self)}
        plain["letters"] = list(self.letters)
        plain["how"] = dict(self.how)
        if self.simple_factors is not None:
            plain["simple_factors"] = list(self.simple_factors)
        if self.subgroups is not None:
            plain["subgroups"] = [{"rank": s.rank, "order": s.order, "name": s.name} for s in self.subgroups]
        if self.holonomy is not None:
            plain["holonomy"] = [
                [{"tiles": tiles, "group_order": order} for tiles, order in level] for level in self.holonomy
            ]
        return plain

    def table(self, *, reasons: bool = True) -> str:
        """The profile as a text table with one fact per line.

        Arguments:
            reasons: add a column that says how each fact was decided.
        """
        rows = [(_LABELS[name.name], self._shown(name.name), name.name) for name in fields(self) if name.name != "how"]
        label_width = max(len(label) for label, _, _ in rows)
        value_width = min(36, max(len(value) for _, value, _ in rows))
        lines = []
        for label, value, name in rows:
            line = f"{label:<{label_width}}  {value:<{value_width}}"
            if reasons and name in self.how:
                line += f"  {self.how[name]}"
            lines.append(line.rstrip())
        return "\n".join(lines)

    def _shown(self, name: str) -> str:
        value = getattr(self, name)
        if value is None:
            return "undecided"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int):
            return f"{value:,}"
        if name == "letters":
            shown = " ".join(value[:12])
            return shown if len(value) <= 12 else f"{shown} … ({len(value)} letters)"
        if name == "subgroups":
            names = sorted({s.name for s in value}, key=lambda text: (len(text), text))
            return ", ".join(names) or "only trivial ones"
        if name == "holonomy":
            widths = " + ".join(str(sum(tiles for tiles, _ in level)) for level in value)
            return f"{len(value)} level{'s' * (len(value) != 1)}" + (f", tiles {widths}" if value else "")
        return ", ".join(value) or "none"


_LABELS = {
    "states": "states",
    "letters": "letters",
    "monoid_order": "order of the syntactic monoid",
    "aperiodic": "aperiodic (star-free)",
    "group": "group",
    "solvable": "all subgroups solvable",
    "subgroups_2_groups": "all subgroups 2-groups",
    "simple_factors": "simple factors of subgroups",
    "subgroups": "maximal subgroups",
    "r_trivial": "R-trivial",
    "l_trivial": "L-trivial",
    "j_trivial": "J-trivial",
    "commutative": "commutative",
    "idempotent": "idempotent",
    "has_zero": "zero",
    "definite": "definite",
    "reverse_definite": "reverse definite",
    "generalized_definite": "generalized definite",
    "locally_testable": "locally testable",
    "strictly_locally_testable": "strictly locally testable",
    "piecewise_testable": "piecewise testable",
    "strictly_piecewise_testable": "strictly piecewise testable",
    "linear_levels": "levels of the subset cover",
    "holonomy": "holonomy decomposition",
}
