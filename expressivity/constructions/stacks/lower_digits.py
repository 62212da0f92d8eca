"""A cascade of flip-flops → diagonal layers without convolution: the state before the step is kept as a lower digit.

A component with m states is one number in base b, a power of two at least 2m. Its leading digit is the state now. A
letter that resets the component while its state before the step is read shifts the digits: h ← h/b + r, so that the
second digit is the state before; any other reset forgets them: h ← r; a letter that keeps the state keeps h. The exact
states are infinitely many (a Cantor-like set), and each layer's read-out separates the intervals they lie in.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from expressivity.algebra.cascades.levels import Component, Level
from expressivity.automaton import Automaton
from expressivity.constructions.levels.verdict_levels import verdict_levels
from expressivity.constructions.stacks.diagonal_stack import aperiodic_cascade
from expressivity.errors import CannotCompile
from expressivity.exact import ExactArray, rationals
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.layer import Block, Layer, Readout
from expressivity.networks.network import Network


def lower_digits(automaton: Automaton) -> Network | None:
    """A stack of non-negative diagonal layers, one per level, that read nothing but their present input.

    Arguments:
        automaton: minimal automaton.

    Returns:
        The network, or None when the automaton's monoid is not aperiodic. Its reachable states may be infinitely many:
        certify it with boxes.

    Raises:
        CannotCompile: when every cascade grows beyond its limits.

    Source: theirs is Sarrof, Veitsman & Hahn 2024; keeping the state before the step in a lower digit is ours.
    """
    cascade = aperiodic_cascade(automaton)
    if cascade is None:
        return None
    levels = verdict_levels(cascade, automaton.accepting)
    layers = [
        _layer(level, levels[number + 1].letters if number + 1 < len(levels) else 2)
        for number, level in enumerate(levels)
    ]
    return Network(
        automaton.letters,
        tuple(layers),
        accepts_empty=bool(automaton.accepting[automaton.start]),
        about=f"cascade: {cascade.kind}, states before the step in lower digits",
    )


def _layer(level: Level, outputs: int) -> Layer:
    """One level as a diagonal layer that answers the next level's letter."""
    width = len(level.components)
    radix = max(component.states**2 for component in level.components)
    diagonal = np.empty((level.letters, width), dtype=object)
    inputs = np.zeros((level.letters, width, 1), dtype=np.int64)
    select = np.full((level.letters, 1), -1, dtype=np.int64)
    table = np.zeros((level.letters, radix), dtype=np.int64)
    for letter in range(level.letters):
        reader = int(level.active[letter])
        emit = np.maximum(level.emit[letter], 0)
        table[letter] = emit[0]
        for c, component in enumerate(level.components):
            row = component.maps[level.action[letter, c]].tolist()
            size = component.states
            if row == list(range(size)):
                diagonal[letter, c] = 1
                if c == reader:
                    select[letter, 0] = 2 * c
                    table[letter, :size] = emit[:size]
            elif row.count(row[0]) == size:
                inputs[letter, c, 0] = row[0]
                diagonal[letter, c] = Fraction(1, _base(component)) if c == reader else 0
                if c == reader:
                    select[letter, 0] = 2 * c + 1
                    table[letter, : size * size] = np.tile(emit[:size], size)
            else:
                raise CannotCompile(f"the map {row} is neither identity nor constant; the cascade has a group")
    blocks = [block for c, component in enumerate(level.components) for block in _blocks(component, c)]
    return Layer(
        DiagonalTransition(rationals(diagonal)),
        rationals(inputs),
        rationals(np.array([[component.start] for component in level.components])),
        Readout(tuple(blocks), select, table, outputs),
    )


def _base(component: Component) -> int:
    """A power of two, at least twice the number of digits in use."""
    return 1 << (2 * component.states - 1).bit_length()


def _blocks(component: Component, coordinate: int) -> tuple[Block, Block]:
    """Blocks that decode the leading digit r, and (r, s) with s the second one, as the code r·m + s.

    The tail of h behind a digit of value v lies in [0, v/2], because digits stay below b/2: a quarter of v above the
    digit is nearer to all of that than a quarter above any other.
    """
    size, base = component.states, _base(component)
    leading = [[Fraction(4 * r + 1, 4)] for r in range(size)]
    both = [[r + Fraction(4 * s + 1, 4 * base)] for r in range(size) for s in range(size)]
    place = np.array([coordinate])
    return Block(place, _exact(leading)), Block(place, _exact(both))


def _exact(values: list[list[Fraction]]) -> ExactArray:
    return rationals(np.array(values, dtype=object))
