"""Automaton → holonomy cascade: permutation–reset components whose groups divide the automaton's monoid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from expressivity.algebra.cascades.cascade import Cascade
from expressivity.algebra.cascades.image_sets import Skeleton, carried, inverse
from expressivity.algebra.cascades.levels import Component, Level, reached_states, without_idle_parts
from expressivity.algebra.groups.permutation_group import PermutationGroup
from expressivity.automaton import Automaton


@dataclass(frozen=True, eq=False)
class HolonomyComponent:
    """What the holonomy decomposition has at one class of image sets: tiles and the group that moves them.

    Arguments:
        points: the states in the set that stands for the class.
        tile_points: for each tile its states; tiles may overlap.
        generators: permutations of the tiles that generate the holonomy group; no rows when it is trivial.
    """

    points: tuple[int, ...]
    tile_points: tuple[tuple[int, ...], ...]
    generators: Int[np.ndarray, "generator tile"]

    @property
    def tiles(self) -> int:
        """Number of tiles: the states of the component."""
        return len(self.tile_points)

    @property
    def set_size(self) -> int:
        """Number of states in the set that stands for the class."""
        return len(self.points)

    @cached_property
    def group(self) -> PermutationGroup:
        """The holonomy group, acting on the tiles."""
        return PermutationGroup(self.generators)

    @property
    def group_order(self) -> int:
        """Order of the holonomy group."""
        return self.group.order()


@dataclass(frozen=True, eq=False)
class Holonomy(Cascade):
    """A cascade made by holonomy decomposition.

    Arguments:
        components: the whole decomposition, level by level. The cascade's own `levels` hold only the components and
            states that words from the start state need, hence may be fewer.
    """

    components: tuple[tuple[HolonomyComponent, ...], ...]

    def __repr__(self) -> str:
        levels = " | ".join(
            ", ".join(f"{c.tiles} tiles, group order {c.group_order}" for c in level) for level in self.components
        )
        return f"Holonomy({levels} over {self.automaton!r})"


def holonomy(automaton: Automaton, *, max_sets: int = 200_000) -> Holonomy:
    """The holonomy decomposition of an automaton, as a cascade whose components act by its tiles.

    A state q is coordinatised by a chain of image sets Q ⊃ … ⊃ {q}, each a tile of the one before; the level of a set
    is its depth in the subduction order, and the component at a class of sets that are images of each other holds a
    tile of their representative. A letter x takes a chain to one whose sets contain the images: where the image of
    the chain's set is the new chain's set the component is permuted by a round trip of the representative, else it is
    reset to a tile that contains the image. Letters of a level are triples (x, set of the chain, set of the new
    chain), so nothing ever ranges over tuples of component states.

    The groups of all components divide the automaton's monoid; in particular components of an aperiodic automaton
    have constant and identity maps only. Depth may exceed |Q| − 1.

    Arguments:
        automaton: the automaton to cover, as it is; start and accepting states have no influence on `components`.
        max_sets: the largest number of image sets to hold.

    Raises:
        CannotCompile: when there are more image sets.

    Source: Eilenberg 1976; Egri-Nagy & Nehaniv 2015. They tabulate actions by coordinates, we by chains of tiles.
    """
    skeleton = Skeleton(automaton.table, max_sets=max_sets)
    layout: list[list[int]] = [[] for _ in range(skeleton.height)]
    for kind in sorted(range(len(skeleton.members)), key=lambda k: skeleton.members[k][0]):
        if skeleton.class_depth[kind] <= skeleton.height:
            layout[skeleton.class_depth[kind] - 1].append(kind)
    components = tuple(tuple(_component(skeleton, kind) for kind in kinds) for kinds in layout)
    levels = without_idle_parts(_Lift(skeleton, layout, automaton.start).levels())
    return Holonomy(automaton, levels, "holonomy", components)


def _component(skeleton: Skeleton, kind: int) -> HolonomyComponent:
    """Tiles and holonomy group of a class."""
    tiles = skeleton.tiles(kind)
    number = {tile: i for i, tile in enumerate(tiles)}
    moves = {tuple(number[carried(tile, trip)] for tile in tiles) for trip in skeleton.round_trips(kind)}
    moves.discard(tuple(range(len(tiles))))
    return HolonomyComponent(
        _points(skeleton.representative(kind)),
        tuple(_points(tile) for tile in tiles),
        np.array(sorted(moves), dtype=np.int32).reshape(len(moves), len(tiles)),
    )


def _points(mask: int) -> tuple[int, ...]:
    return tuple(q for q in range(mask.bit_length()) if mask >> q & 1)


_Triple = tuple[int, int, int]


class _Lift:
    """Builds the levels of the cascade from the top down, over the triples (letter, old set, new set) that occur."""

    def __init__(self, skeleton: Skeleton, layout: list[list[int]], start: int) -> None:
        self.skeleton = skeleton
        self.layout = layout
        self.start = start

    def levels(self) -> list[Level]:
        """All levels, first level first."""
        everything = self.skeleton.sets[0]
        triples: list[_Triple] = [(x, everything, everything) for x in range(len(self.skeleton.table))]
        current = everything
        levels = []
        for depth, kinds in enumerate(self.layout, start=1):
            level, triples, current = self._level(depth, kinds, triples, current)
            levels.append(level)
        return levels

    def _level(
        self, depth: int, kinds: list[int], triples: list[_Triple], current: int
    ) -> tuple[Level, list[_Triple], int]:
        """One level; the triples that the next one reads; and the start state's set at the next one."""
        skeleton = self.skeleton
        slot = {kind: c for c, kind in enumerate(kinds)}
        sizes = [len(skeleton.tiles(kind)) for kind in kinds]
        moves: list[dict[tuple[int, ...], int]] = [{tuple(range(size)): 0} for size in sizes]
        action = np.zeros((len(triples), len(kinds)), dtype=np.int32)
        active = np.full(len(triples), -1, dtype=np.int32)
        for number, (letter, old, new) in enumerate(triples):
            if skeleton.depth(old) == depth:
                active[number] = slot[self._kind(old)]
            if skeleton.depth(new) == depth:
                c = slot[self._kind(new)]
                action[number, c] = moves[c].setdefault(self._move(letter, old, new), len(moves[c]))
        starts, following = self._start_states(depth, kinds, current, moves)
        components = tuple(
            Component(np.array(list(rows), dtype=np.int32), start) for rows, start in zip(moves, starts, strict=True)
        )
        emit = np.full((len(triples), max(sizes)), -1, dtype=np.int32)
        numbers: dict[_Triple, int] = {}
        reached = [reached_states(component).tolist() for component in components]
        for number, (letter, old, new) in enumerate(triples):
            reader = int(active[number])
            for state in reached[reader] if reader >= 0 else [0]:
                after_old = self._tile(old, state) if reader >= 0 else old
                after_new = new
                if skeleton.depth(new) == depth:
                    c = slot[self._kind(new)]
                    # Under a constant the state does not matter; under a permutation it is the one that was read.
                    after_new = self._tile(new, int(components[c].maps[action[number, c], state if c == reader else 0]))
                if depth == len(self.layout):
                    emit[number, state] = after_new.bit_length() - 1
                else:
                    triple = (letter, after_old, after_new)
                    emit[number, state] = numbers.setdefault(triple, len(numbers))
        return Level(components, action, active, emit), list(numbers), following

    def _kind(self, mask: int) -> int:
        return self.skeleton.class_of[self.skeleton.number[mask]]

    def _tile(self, mask: int, state: int) -> int:
        """The tile of a set that a component's state names."""
        return carried(self.skeleton.tiles(self._kind(mask))[state], self.skeleton.carrier(mask))

    def _tile_around(self, mask: int, part: int) -> int:
        """The component state that names the smallest tile of a set around a part of it."""
        inner = carried(part, inverse(self.skeleton.carrier(mask)))
        tiles = self.skeleton.tiles(self._kind(mask))
        return max(i for i, tile in enumerate(tiles) if not inner & ~tile)

    def _move(self, letter: int, old: int, new: int) -> tuple[int, ...]:
        """What the component of the new set does on a triple: a round trip when old·letter = new, else a reset."""
        skeleton = self.skeleton
        tiles = skeleton.tiles(self._kind(new))
        image = skeleton.image(old, letter)
        if image != new:
            return (self._tile_around(new, image),) * len(tiles)
        back = inverse(skeleton.carrier(new))
        number = {tile: i for i, tile in enumerate(tiles)}
        return tuple(
            number[carried(skeleton.image(self._tile(old, state), letter), back)] for state in range(len(tiles))
        )

    def _start_states(
        self, depth: int, kinds: list[int], current: int, moves: list[dict[tuple[int, ...], int]]
    ) -> tuple[list[int], int]:
        """Start state of each component, and the set that the start state's chain continues with."""
        # A component outside the start state's chain is reset before it is read: starting where a reset leads adds
        # no states.
        starts = [next((rows[0] for rows in tables if len(set(rows)) == 1), 0) for tables in moves]
        if self.skeleton.depth(current) == depth:
            state = self._tile_around(current, 1 << self.start)
            starts[kinds.index(self._kind(current))] = state
            current = self._tile(current, state)
        return starts, current
