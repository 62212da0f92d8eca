"""Minimal automaton → locality of its language, from the pairs of states that have a common loop word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from expressivity.algebra.monoids.graphs import strong_components
from expressivity.algebra.monoids.varieties import PAIR_LIMIT, reached_pairs
from expressivity.automaton import Automaton


@dataclass(frozen=True, eq=False)
class LoopPairs:
    """The pairs of different states fixed by a common non-empty word, and reachability between states.

    A state q is p·e for an idempotent e of the syntactic semigroup exactly if some power of a word loops at q; two
    states of Q·e have a common loop word, and conversely. So statements about the local monoids eSe become statements
    about these pairs.

    Arguments:
        automaton: a minimal complete automaton.
        pairs: the pairs p < q.
        reaches: `reaches[p, q]`: some word, possibly empty, leads p to q.
    """

    automaton: Automaton
    pairs: Int[np.ndarray, "pair 2"]
    reaches: Bool[np.ndarray, "state state"]

    def is_generalized_definite(self) -> bool:
        """Whether membership depends on a bounded prefix and suffix only (locally trivial semigroup: eSe = {e}).

        Equivalently, states of a pair never reach each other: if p·x = q and both are fixed by an idempotent e, then
        exe ≠ e; and conversely e and exe differ at such states p and p·exe.
        """
        first, second = self.pairs.T
        return not (self.reaches[first, second] | self.reaches[second, first]).any()

    def is_locally_testable(self) -> bool:
        """Whether membership depends only on a bounded prefix and suffix and the set of factors of bounded length.

        The syntactic semigroup S must have semilattices eSe for all idempotents e. On the automaton: for the two
        states p, q of a pair, (i) they do not lie in one strong component, and (ii) if p reaches q, then for every
        word s, q can be reached from p·s exactly if it can be reached from q·s.
        (⇒: let p = p·e, q = q·e, q = p·x, x ∈ eSe. If q·s·t = q put y = este; p·y·x = p·x·y = q, so p·s reaches q;
        the other direction uses q·y = p·x·y = p·y·x = q·x = q. If also q·z = p with z ∈ eSe, then
        p = p·xz = p·xzx = q.
        ⇐: for x ∈ eSe, p = p·e and q = p·x, (ii) with s = x gives that q·x reaches q, so they are equal by (i); for
        x, y ∈ eSe, q = p·x·y and q' = p·y·x are fixed by x and y by (i), and reach each other by (ii) with s = yx and
        s = xy, so they are equal.)

        Source: Brzozowski & Simon 1973, McNaughton 1974 (semilattices); Kim, McNaughton & McCloskey 1991 (polynomial
        time), in the formulation of Trahtman 2001; the argument above is ours.
        """
        first, second = self.pairs.T
        forward, backward = self.reaches[first, second], self.reaches[second, first]
        if (forward & backward).any():
            return False
        ordered = np.concatenate([self.pairs[forward], self.pairs[backward][:, ::-1]])
        # What reaches q depends on the strong component of q only, so these q share one search.
        component = strong_components(self.automaton.table.T)[ordered[:, 1]]
        for shared in np.unique(component):
            sources, targets = ordered[component == shared].T
            met = reached_pairs(self.automaton, sources, targets)
            inside = self.reaches[:, targets[0]]
            if met[inside][:, ~inside].any() or met[~inside][:, inside].any():
                return False
        return True

    def is_strictly_locally_testable(self) -> bool:
        """Whether the language is fixed by its allowed prefixes, factors and suffixes of some bounded length.

        Equivalently, after some length all states from which acceptance is still possible are equal: no pair consists
        of two such states.

        Source: McNaughton & Papert 1971; Edlefsen et al. 2008, "Deciding strictly local (SL) languages".
        """
        live = np.asarray(self.reaches[:, self.automaton.accepting].any(axis=1))
        return not live[self.pairs].all(axis=1).any()


def loop_pairs(automaton: Automaton) -> LoopPairs | None:
    """Find the pairs of states with a common loop word: those on a cycle of the graph of unordered pairs.

    (On a cycle that swaps p and q, run it twice.)

    Arguments:
        automaton: a minimal complete automaton.

    Returns:
        The pairs, or None when the graph would have more than `varieties.PAIR_LIMIT` entries.
    """
    states = automaton.states
    if states * (states - 1) // 2 * len(automaton.letters) > PAIR_LIMIT:
        return None
    first, second = np.triu_indices(states, 1)
    number = np.full((states, states), -1, dtype=np.int64)
    number[first, second] = number[second, first] = np.arange(len(first))
    successors = number[automaton.table[:, first], automaton.table[:, second]].T
    pairs = np.stack([first, second], axis=1)
    if len(pairs):
        component = strong_components(successors)
        loops = (successors == np.arange(len(pairs))[:, None]).any(axis=1)
        pairs = pairs[(np.bincount(component)[component] > 1) | loops]
    return LoopPairs(automaton, pairs, _reachability(automaton))


def _reachability(automaton: Automaton) -> Bool[np.ndarray, "state state"]:
    """Transitive closure over the strong components, rows as Python integers of one bit per state."""
    states = automaton.states
    component = strong_components(automaton.table.T).tolist()
    rows = [0] * (max(component) + 1)
    following: list[set[int]] = [set() for _ in rows]
    for state, targets in enumerate(automaton.table.T.tolist()):
        rows[component[state]] |= 1 << state
        following[component[state]].update(component[target] for target in targets)
    for number, below in enumerate(following):
        for other in below:  # smaller numbers, hence complete
            rows[number] |= rows[other]
    packed = b"".join(row.to_bytes(-(-states // 8), "little") for row in rows)
    bits = np.frombuffer(packed, dtype=np.uint8).reshape(len(rows), -1)
    return np.asarray(np.unpackbits(bits, axis=1, count=states, bitorder="little").astype(bool)[component])
