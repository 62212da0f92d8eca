"""The order in which ground atoms of mutually recursive predicates can be evaluated, or the cycle that forbids it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import Constant, Fact
from expressivity.relational.language.rules import Predicate, Rule

Premises = Mapping[int, Sequence[tuple[Predicate, np.ndarray]]]


def levels_of(
    constants: Sequence[Constant],
    rules: Sequence[tuple[int, Rule]],
    tables: Mapping[Predicate, np.ndarray],
    heads: Mapping[int, np.ndarray],
    premises: Premises,
) -> dict[Predicate, np.ndarray]:
    """For each atom of a component the length of the longest chain of atoms of the component that it rests on.

    Arguments:
        constants: the elements, by number.
        rules: the rules that conclude the component, with their numbers.
        tables: the atoms (example, elements…) of each predicate of the component.
        heads: for each rule, which atom each instance concludes.
        premises: for each rule, which atoms of the component each instance reads.

    Raises:
        TemplateError: when an atom rests on itself, naming the atoms of a cycle.
    """
    offset, total = {}, 0
    for predicate, table in tables.items():
        offset[predicate], total = total, total + len(table)
    sources = [offset[p] + at for i, _ in rules for p, at in premises[i]]
    targets = [offset[rule.head.signature] + heads[i] for i, rule in rules for _ in premises[i]]
    source = np.concatenate(sources) if sources else np.zeros(0, dtype=np.int64)
    target = np.concatenate(targets) if targets else np.zeros(0, dtype=np.int64)
    order = np.argsort(source, kind="stable")
    source, target = source[order], target[order]
    begins = np.searchsorted(source, np.arange(total + 1))
    pending = np.bincount(target, minlength=total)
    level = np.full(total, -1, dtype=np.int64)
    ready, step = np.flatnonzero(pending == 0), 0
    while len(ready):
        level[ready] = step
        counts = begins[ready + 1] - begins[ready]
        edges = np.repeat(begins[ready] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())
        reached, times = np.unique(target[edges], return_counts=True)
        pending[reached] -= times
        ready, step = reached[pending[reached] == 0], step + 1
    if np.any(level < 0):
        raise TemplateError(_cycle(constants, tables, offset, source, target, level))
    return {p: level[offset[p] : offset[p] + len(table)] for p, table in tables.items()}


def _cycle(
    constants: Sequence[Constant],
    tables: Mapping[Predicate, np.ndarray],
    offset: Mapping[Predicate, int],
    source: np.ndarray,
    target: np.ndarray,
    level: np.ndarray,
) -> str:
    """The message naming a cycle: walk backwards among atoms without a level until one repeats."""
    stuck = level[source] < 0
    back = dict(zip(target[stuck].tolist(), source[stuck].tolist(), strict=True))
    place = next(iter(back))
    seen: list[int] = []
    while place not in seen:
        seen.append(place)
        place = back[place]
    names = []
    for number in [*seen[seen.index(place) :], place][:6]:
        predicate = max((p for p in tables if offset[p] <= number), key=lambda p: offset[p])
        row = tables[predicate][number - offset[predicate]].tolist()
        names.append(str(Fact(predicate[0], tuple(constants[element] for element in row[1:]))))
    return (
        f"atoms depend on themselves: {' ← '.join(names)}; make the recursion follow an order (such as next), or "
        "unroll the template to a stated depth"
    )
