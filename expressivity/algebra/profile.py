"""Language → its profile: what the syntactic monoid is, each fact with how it was decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from expressivity.algebra.facts import Profile as Profile
from expressivity.algebra.facts import Subgroup as Subgroup
from expressivity.algebra.monoids import varieties
from expressivity.algebra.monoids.green import greens_relations
from expressivity.algebra.monoids.local_testability import LoopPairs, loop_pairs
from expressivity.algebra.monoids.monoid import TransitionMonoid, transition_monoid
from expressivity.algebra.monoids.orbits import ImageOrbit, MaximalSubgroup, image_orbit
from expressivity.automaton import Automaton
from expressivity.errors import GroupError

_PAIRS_SPENT = f"more than {varieties.PAIR_LIMIT:,} entries in the table of pairs of states"


@dataclass(frozen=True)
class Budget:
    """How much work `describe` may put into one language; beyond it facts are None.

    Arguments:
        image_sets: image sets in the orbit of the state set; fewer for automata with more than 200 states, so that
            all sets together have at most 200 times as many states.
        r_classes: ℛ-classes listed to count the monoid.
        elements: elements of the monoid enumerated, where enumeration is the only way.
        reversed_states: states of the minimal automaton of the reversed language.
        holonomy_sets: image sets for which the holonomy decomposition is computed.
    """

    image_sets: int = 50_000
    r_classes: int = 200_000
    elements: int = 200_000
    reversed_states: int = 20_000
    holonomy_sets: int = 1_000


def describe(language: Any, *, budget: Budget | None = None) -> Profile:
    """Describe a regular language by its minimal automaton and syntactic monoid.

    Arguments:
        language: an `Automaton`, or anything `expressivity.language` reads.
        budget: how much work may be done; the default decides everything about automata with a few hundred states
            unless their image sets explode.

    Raises:
        LanguageError: when the language cannot be read.
    """
    if not isinstance(language, Automaton):
        from expressivity.languages import language as read_language

        language = read_language(language)
    minimal = language.minimal()
    # Letters that act alike generate the same semigroup: one of each kind is enough for every fact.
    _, kept = np.unique(minimal.table, axis=0, return_index=True)
    kept.sort()
    distinct = Automaton(minimal.table[kept], minimal.start, minimal.accepting, tuple(minimal.letters[x] for x in kept))
    return _Investigation(distinct, budget or Budget()).profile(minimal.letters)


class _Investigation:
    """Facts found so far, and why; later facts lean on earlier ones."""

    def __init__(self, automaton: Automaton, budget: Budget) -> None:
        self.automaton = automaton
        self.budget = budget
        self.facts: dict[str, Any] = {}
        self.how: dict[str, str] = {}
        # Wide sets cost memory in proportion to their size.
        self.image_sets = min(budget.image_sets, max(1, 200 * budget.image_sets // automaton.states))
        self.orbit: ImageOrbit | None = None
        self.monoid: TransitionMonoid | None = None

    def profile(self, letters: tuple[str, ...]) -> Profile:
        self._automaton_facts()
        self.orbit = image_orbit(self.automaton, limit=self.image_sets)
        self._order()
        self._subgroups()
        self._l_trivial()
        self._idempotent()
        self._local_facts()
        self._cascades()
        return Profile(states=self.automaton.states, letters=letters, how=self.how, **self.facts)

    def _note(self, name: str, value: Any, how: str) -> None:
        self.facts[name] = value
        self.how[name] = how

    def _automaton_facts(self) -> None:
        """What can be read off the automaton in polynomial time and small tables."""
        automaton, note = self.automaton, self._note
        note("group", varieties.is_group(automaton), "whether every letter permutes the states")
        note("commutative", varieties.is_commutative(automaton), "whether every two letters commute")
        note("has_zero", varieties.has_zero(automaton), "whether one sink is reachable from every state")
        ordered = varieties.is_r_trivial(automaton)
        note("r_trivial", ordered, "whether the automaton has no cycles but loops (Brzozowski & Fich 1980)")
        piecewise = varieties.is_piecewise_testable(automaton)
        why = "whether the automaton is partially ordered and confluent (Simon 1975; Klíma & Polák 2013)"
        note("piecewise_testable", piecewise, why)
        note("j_trivial", piecewise, "the same as piecewise testable (Simon 1975)")
        note(
            "definite",
            varieties.is_definite(automaton),
            "whether long words act as constants (Perles, Rabin & Shamir 1963)",
        )
        note(
            "reverse_definite",
            varieties.is_reverse_definite(automaton),
            "whether the automaton has no cycles but loops on sinks",
        )

    def _order(self) -> None:
        if self.orbit is not None:
            order = self.orbit.monoid_order(limit=self.budget.r_classes)
            if order is not None:
                self._note("monoid_order", order, f"counted by R-classes over {len(self.orbit.sets):,} image sets")
                return
            spent = f"more than {self.budget.r_classes:,} R-classes (budget r_classes)"
        else:
            spent = f"more than {self.image_sets:,} image sets (budget image_sets)"
        monoid = self._elements()
        how = "enumerated" if monoid.complete else f"{spent}; more than {len(monoid):,} elements (budget elements)"
        self._note("monoid_order", monoid.order, how)

    def _elements(self) -> TransitionMonoid:
        if self.monoid is None:
            self.monoid = transition_monoid(self.automaton, limit=self.budget.elements, memory=1 << 28)
        return self.monoid

    def _subgroups(self) -> None:
        if self.facts["r_trivial"]:
            self._no_subgroups("an R-trivial monoid has only trivial subgroups")
        elif self.orbit is None:
            self._subgroups_without_orbit()
        elif self.orbit.is_aperiodic():
            self._no_subgroups(f"no word permutes any of the {len(self.orbit.sets):,} image sets non-trivially")
        else:
            self._note("aperiodic", False, "some word permutes an image set non-trivially")
            self._name_subgroups(self.orbit.maximal_subgroups(), "the permutator groups of images of idempotents")

    def _no_subgroups(self, why: str) -> None:
        for name, value in (("aperiodic", True), ("solvable", True), ("subgroups_2_groups", True)):
            self._note(name, value, why)
        for name in ("simple_factors", "subgroups"):
            self._note(name, (), why)

    def _subgroups_without_orbit(self) -> None:
        spent = f"more than {self.image_sets:,} image sets (budget image_sets)"
        aperiodic = self._elements().is_aperiodic()
        if aperiodic:
            self._no_subgroups("all elements were enumerated and have f^k = f^(k+1) for large k")
            return
        how = "an element with f^k ≠ f^(k+1) for all k was found" if aperiodic is False else spent
        self._note("aperiodic", aperiodic, how)
        if self._elements().complete:
            self._name_subgroups(_subgroups_of_boxes(self._elements()), "the H-classes of idempotents, enumerated")
            return
        for name in ("solvable", "subgroups_2_groups", "simple_factors", "subgroups"):
            self._note(name, None, spent)

    def _name_subgroups(self, found: tuple[MaximalSubgroup, ...], source: str) -> None:
        from expressivity.algebra.groups.permutation_group import PermutationGroup

        groups = [PermutationGroup(np.asarray(subgroup.generators)) for subgroup in found]
        why = f"from the maximal subgroups ({len(found)} non-trivial), {source}"
        self._note("solvable", all(group.is_solvable() for group in groups), why)
        powers = all(subgroup.order & (subgroup.order - 1) == 0 for subgroup in found)
        self._note("subgroups_2_groups", powers, why)
        try:
            factors = {factor for group in groups for factor in group.composition_factors()}
            self._note("simple_factors", tuple(sorted(factors, key=lambda text: (len(text), text))), why)
        except GroupError as refusal:
            self._note("simple_factors", None, str(refusal))
        named = (Subgroup(s.rank, s.order, group.name()) for s, group in zip(found, groups, strict=True))
        self._note("subgroups", tuple(named), why)

    def _l_trivial(self) -> None:
        if self.facts["r_trivial"]:
            self._note("l_trivial", self.facts["j_trivial"], "with R-trivial, the same as J-trivial")
        elif self.facts["aperiodic"] is False:
            self._note("l_trivial", False, "a non-trivial group lies in one L-class")
        else:
            found = varieties.is_l_trivial(self.automaton, limit=self.budget.reversed_states)
            how = "whether the minimal automaton of the reversed language is partially ordered"
            if found is None:
                how = f"more than {self.budget.reversed_states:,} states of it (budget reversed_states): {how}"
            self._note("l_trivial", found, how)

    def _idempotent(self) -> None:
        table = self.automaton.table
        for word in [*table, *(second[first] for first in table for second in table)]:
            if not np.array_equal(word[word], word):
                self._note("idempotent", False, "some word of at most two letters acts differently when repeated")
                return
        if self.facts["commutative"]:
            self._note("idempotent", True, "the monoid is commutative and its letters are idempotent")
            return
        monoid = self._elements()
        if not monoid.idempotent.all():
            self._note("idempotent", False, "an element with f·f ≠ f was found")
        elif monoid.complete:
            self._note("idempotent", True, "all elements were enumerated and squared")
        else:
            self._note(
                "idempotent", None, f"more than {len(monoid):,} elements (budget elements), all idempotent so far"
            )

    def _local_facts(self) -> None:
        if self.facts["j_trivial"]:
            closed = varieties.is_strictly_piecewise_testable(self.automaton)
            how = "whether deleting a letter never leaves the language (Rogers et al. 2010)"
            self._note("strictly_piecewise_testable", closed, how if closed is not None else _PAIRS_SPENT)
        else:
            self._note("strictly_piecewise_testable", False, "these languages are piecewise testable")
        if self.facts["aperiodic"] is False:
            for name in ("generalized_definite", "locally_testable", "strictly_locally_testable"):
                self._note(name, False, "these languages are star-free")
            return
        found = loop_pairs(self.automaton)
        decide = {
            "generalized_definite": (
                LoopPairs.is_generalized_definite,
                "whether two states with a common loop word never reach each other",
            ),
            "locally_testable": (
                LoopPairs.is_locally_testable,
                "whether states with a common loop word reach the same ones alike (Kim, McNaughton & McCloskey 1991)",
            ),
            "strictly_locally_testable": (
                LoopPairs.is_strictly_locally_testable,
                "whether no two live states have a common loop word (Edlefsen et al. 2008)",
            ),
        }
        for name, (holds, how) in decide.items():
            self._note(name, None if found is None else holds(found), _PAIRS_SPENT if found is None else how)

    def _cascades(self) -> None:
        self._note("linear_levels", self.automaton.states - 1, "one level for each state but one")
        if self.orbit is None or len(self.orbit.sets) > self.budget.holonomy_sets:
            how = f"more than {self.budget.holonomy_sets:,} image sets (budget holonomy_sets)"
            self._note("holonomy", None, how)
            return
        from expressivity.algebra.cascades.holonomy import holonomy

        levels = holonomy(self.automaton).components
        plain = tuple(tuple((int(c.tiles), int(c.group_order)) for c in level) for level in levels)
        self._note("holonomy", plain, "tiles and groups of the image sets, level by depth in the subduction order")


def _subgroups_of_boxes(monoid: TransitionMonoid) -> tuple[MaximalSubgroup, ...]:
    """The non-trivial maximal subgroups of an enumerated monoid, from Green's relations."""
    greens = greens_relations(monoid)
    found = []
    for d_class in greens.d_classes:
        if d_class.regular and d_class.h_size > 1:
            generators, order = greens.group(d_class)
            image = np.unique(monoid.elements[d_class.idempotents[0]])
            found.append(MaximalSubgroup(d_class.rank, order, tuple(image.tolist()), generators))
    return tuple(sorted(found, key=lambda subgroup: -subgroup.rank))
