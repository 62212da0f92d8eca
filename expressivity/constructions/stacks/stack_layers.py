"""One level of a cascade → one layer of generalised Householder products with coupled writes.

The state holds the vectors of all components side by side and, last, one number `before`, shared by the components of
the level. A permutation letter reflects a component's vector; what it emits depends on the state before the step, and
that follows from the state after it. A reset erases the vector, so it first swaps the coordinate of the vector that
tells states apart with `before`, whose old value is then erased with the rest: nothing else ever has to clear it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from expressivity.algebra.cascades.cascade import Level
from expressivity.constructions.levels.component_encodings import encode
from expressivity.constructions.levels.encodings import Encoding
from expressivity.exact import ExactArray, rationals, zeros
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.layer import Block, Layer, Readout


@dataclass(frozen=True)
class Motion:
    """What a letter does to the state of a layer; letters with equal motions share A and B.

    Arguments:
        maps: the map of each component, −1 for the identity.
        reads: the component whose state before the step has to be kept aside, −1 for none.
    """

    maps: tuple[int, ...]
    reads: int


BOS = Motion((), -1)
"""The motion of the beginning-of-sequence letter, which writes the start states."""


@dataclass(frozen=True, eq=False)
class LevelPlan:
    """How a level becomes a layer; knows its cost before any weight is written.

    Arguments:
        level: the level.
        gated: whether letters may clear the whole state by a gate α = 0.
        keeps: whether the layer's own state has to answer for the state before a reset. When False, no letter may
            read a component that it resets.
    """

    level: Level
    gated: bool
    keeps: bool = True

    @cached_property
    def encodings(self) -> tuple[Encoding, ...]:
        """The encoding of each component."""
        return tuple(encode(component) for component in self.level.components)

    @cached_property
    def constant(self) -> tuple[tuple[bool, ...], ...]:
        """For each component, which of its maps are resets."""
        return tuple(
            tuple(component.states > 1 and reset for reset in component.resets.tolist())
            for component in self.level.components
        )

    @cached_property
    def motions(self) -> tuple[Motion, ...]:
        """The motion of each letter."""
        still = [component.still.tolist() for component in self.level.components]
        found = []
        for maps, reader in zip(self.level.action.tolist(), self.level.active.tolist(), strict=True):
            reads = reader if self.keeps and reader >= 0 and self.constant[reader][maps[reader]] else -1
            found.append(Motion(tuple(-1 if still[c][m] else m for c, m in enumerate(maps)), reads))
        return tuple(found)

    @cached_property
    def different_motions(self) -> tuple[Motion, ...]:
        """All motions, each once."""
        return tuple(dict.fromkeys(self.motions))

    @property
    def keeps_before(self) -> bool:
        """Whether the layer needs the number `before`."""
        return any(motion.reads >= 0 for motion in self.different_motions)

    @property
    def width(self) -> int:
        """Numbers in the state."""
        return sum(e.coordinates for e in self.encodings) + int(self.keeps_before)

    @cached_property
    def factors(self) -> int:
        """Most factors that a letter takes, the beginning-of-sequence letter with its one factor included."""
        return max(self.factors_of(motion) for motion in (*self.different_motions, BOS))

    def clears_by_gate(self, motion: Motion) -> bool:
        """Whether a letter resets every component and needs nothing kept, so that a gate does its work."""
        if not self.gated or motion.reads >= 0:
            return False
        parts = zip(self.constant, motion.maps, self.level.components, strict=True)
        return all((m >= 0 and constant[m]) or component.states == 1 for constant, m, component in parts)

    def factors_of(self, motion: Motion) -> int:
        """Number of factors of a letter, at least one, for the beginning-of-sequence letter and writes need one."""
        if not motion.maps or self.clears_by_gate(motion):
            return 1
        return max(
            1, int(motion.reads >= 0) + sum(len(self.keys_of(c, m)) for c, m in enumerate(motion.maps) if m >= 0)
        )

    def keys_of(self, component: int, number: int) -> ExactArray:
        """Keys of a component's map that is not the identity, shape (factor, coordinate)."""
        encoding = self.encodings[component]
        return encoding.span if self.constant[component][number] else encoding.normals[number]

    def layer(self, outputs: int, bos_answer: int) -> Layer:
        """The layer; its letters are the level's, then the beginning-of-sequence letter, which writes the start.

        Arguments:
            outputs: number of different answers.
            bos_answer: the answer to the beginning-of-sequence letter.
        """
        weights = Weights(self)
        transition, writes = weights.of([*self.motions, BOS])
        readout = read_out(self, outputs, bos_answer, weights.borders)
        return Layer(transition, writes, zeros(self.width, 1), readout)


class Weights:
    """Keys, β, gates and writes of the different motions of a level, the beginning-of-sequence letter last.

    `keys`, `betas`, `gates` and `writes` are indexed by motion; `borders` says where each component's numbers begin.
    """

    def __init__(self, plan: LevelPlan) -> None:
        self.plan = plan
        self.borders = np.cumsum([0, *(e.coordinates for e in plan.encodings)]).tolist()
        arrays = [array for e in plan.encodings for array in (e.points, e.span)]
        arrays += [normals for e in plan.encodings for normals in e.normals]
        arrays += [plan.encodings[c].reader for c in {motion.reads for motion in plan.different_motions} - {-1}]
        self.conductor = math.lcm(*(array.conductor for array in arrays))
        points = [e.points.embed(self.conductor) for e in plan.encodings]
        self.scale = math.lcm(*(array.denominator for array in points))
        self.points = [array.scaled_numerators(self.scale) for array in points]
        self.degree = points[0].degree
        motions = plan.different_motions
        shape = (len(motions) + 1, plan.factors, plan.width)
        self._keys = np.zeros((*shape, self.degree), dtype=object)
        self._betas = np.full(shape[:2], Fraction(0), dtype=object)
        self._writes = np.zeros((shape[0], plan.width, 1, self.degree), dtype=object)
        self._gates = np.ones(shape[0], dtype=np.int64)
        for kind, motion in enumerate(motions):
            self._fill(kind, motion)
        starts = [component.start for component in plan.level.components]
        self._write_by_one_key(len(motions), starts)
        self.keys = ExactArray(self._keys, 1, self.conductor)
        self.betas = rationals(self._betas)
        self.gates = rationals(self._gates)
        self.writes = ExactArray(self._writes, self.scale, self.conductor)

    def of(self, motions: list[Motion]) -> tuple[HouseholderTransition, ExactArray]:
        """A(x) and B(x) for letters with the given motions."""
        number = {motion: i for i, motion in enumerate((*self.plan.different_motions, BOS))}
        kinds = np.array([number[motion] for motion in motions])
        gates = self.gates[kinds] if self.plan.gated else None
        return HouseholderTransition(self.keys[kinds], self.betas[kinds], gates), self.writes[kinds]

    def _write_by_one_key(self, kind: int, states: list[int]) -> None:
        """Write the vectors of given states onto a state of zeros, by one factor that is the vector itself."""
        for c, state in enumerate(states):
            self._writes[kind, self.borders[c] : self.borders[c + 1], 0] = self.points[c][
                self.plan.encodings[c].code(state)
            ]
        if np.any(self._writes[kind]):
            self._keys[kind, 0] = self._writes[kind, :, 0]
            self._betas[kind, 0] = Fraction(1)

    def _fill(self, kind: int, motion: Motion) -> None:
        plan = self.plan
        if plan.clears_by_gate(motion):
            self._gates[kind] = 0
            components = plan.level.components
            self._write_by_one_key(
                kind, [int(c.maps[max(m, 0), 0]) for c, m in zip(components, motion.maps, strict=True)]
            )
            return
        place = 0
        if motion.reads >= 0:
            encoding = plan.encodings[motion.reads]
            reader = encoding.reader.embed(self.conductor)
            low, high = self.borders[motion.reads], self.borders[motion.reads + 1]
            self._keys[kind, 0, low:high] = reader.numerators
            self._keys[kind, 0, -1, 0] = -encoding.reader_length * reader.denominator
            self._betas[kind, 0] = encoding.reader_beta
            place = 1
        for c, m in enumerate(motion.maps):
            if m < 0:
                continue
            low, high = self.borders[c], self.borders[c + 1]
            keys, reset = plan.keys_of(c, m), plan.constant[c][m]
            self._keys[kind, place : place + len(keys), low:high] = keys.embed(self.conductor).numerators
            self._betas[kind, place : place + len(keys)] = Fraction(1 if reset else 2)
            place += len(keys)
            if reset:
                target = int(plan.level.components[c].maps[m, 0])
                self._writes[kind, low:high, 0] = self.points[c][plan.encodings[c].code(target)]


def read_out(plan: LevelPlan, outputs: int, bos_answer: int, borders: list[int]) -> Readout:
    """The emission of a level, from the state after the step.

    Arguments:
        plan: the plan of the level.
        outputs: number of different answers.
        bos_answer: the answer to the beginning-of-sequence letter.
        borders: where the coordinates of each component begin.
    """
    level = plan.level
    blocks: list[Block] = []
    numbers: dict[tuple[int, bool], int] = {}
    for reader, motion in zip(level.active.tolist(), plan.motions, strict=True):
        key = (reader, motion.reads >= 0)
        if reader < 0 or key in numbers:
            continue
        encoding = plan.encodings[reader]
        numbers[key] = len(blocks)
        if motion.reads >= 0:
            blocks.append(Block(np.array([plan.width - 1]), encoding.kept[0]))
        else:
            blocks.append(Block(np.arange(borders[reader], borders[reader + 1]), encoding.points))
    radix = max((len(block.points) for block in blocks), default=1)
    select = np.full((level.letters + 1, 1), -1, dtype=np.int64)
    table = np.full((level.letters + 1, radix), bos_answer, dtype=np.int64)
    for x, (reader, motion, row) in enumerate(
        zip(level.active.tolist(), plan.motions, level.emit.tolist(), strict=True)
    ):
        # What is answered where the cascade emits nothing is immaterial, as no word leads there.
        table[x] = max(next((e for e in row if e >= 0), 0), 0)
        if reader < 0:
            continue
        select[x, 0] = numbers[reader, motion.reads >= 0]
        component = level.components[reader]
        encoding = plan.encodings[reader]
        before = list(range(component.states))
        if motion.reads < 0 and motion.maps[reader] >= 0:
            before = np.argsort(component.maps[motion.maps[reader]]).tolist()
        for code, state in enumerate((encoding.kept[1] if motion.reads >= 0 else encoding.states).tolist()):
            if row[before[state]] >= 0:
                table[x, code] = row[before[state]]
    return Readout(tuple(blocks), select, table, outputs)
