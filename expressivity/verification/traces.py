"""A network and a word → the verdict and the states of every layer after every letter, in any arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.automaton import Word, encode_word
from expressivity.errors import FormatError
from expressivity.exact import ExactArray
from expressivity.networks.network import Network
from expressivity.simulation import exact_then_cast
from expressivity.simulation.layers import RoundedLayer
from expressivity.simulation.programs import runnable
from expressivity.simulation.simulate import start_rows, step_rows
from expressivity.verification.exact_states import ExactMachine


@dataclass(frozen=True, eq=False)
class Trace:
    """A run on one word, the empty prefix first.

    Arguments:
        word: the letters.
        verdicts: the network's verdict on every prefix.
        states: for every layer its state after every prefix, a row each: exact numbers, or float64 numbers of the
            state format.
        arithmetic: the arithmetic.
    """

    word: tuple[str, ...]
    verdicts: Bool[np.ndarray, " prefix"]
    states: tuple[Float64[np.ndarray, "prefix _"] | ExactArray, ...]
    arithmetic: str

    def floats(self, layer: int = -1) -> Float64[np.ndarray, "prefix width"]:
        """The states of one layer as float64 numbers; exact ones are rounded once.

        Arguments:
            layer: its number, the last one by default.
        """
        states = self.states[layer]
        return states.to_float() if isinstance(states, ExactArray) else states


def trace(network: Network, word: Word, arithmetic: str = "exact") -> Trace:
    """Run a network on a word and keep everything it passes through.

    Arguments:
        network: the network.
        word: the word.
        arithmetic: as `parse_arithmetic` reads it; "exact" runs in the field of the weights.

    Raises:
        LanguageError: naming a letter outside the alphabet.
        FormatError: for an arithmetic that networks are not run in, or one that rounds at random.
    """
    letters = tuple(network.letters[x] for x in encode_word(word, network.letters))
    numbers = [network.letters.index(letter) for letter in letters]
    model = parse_arithmetic(arithmetic)
    if model.rounding == "stochastic":
        raise FormatError(f"arithmetic {arithmetic!r} rounds at random, so a word has many runs; take another rounding")
    if model.order == exact_then_cast.ORDER:
        model = exact_then_cast.castable(model)
        machine = exact_then_cast.CastMachine(network, model)
        memories, past, verdict, states = machine.start()
        verdicts, steps = [verdict], [states]
        for number in numbers:
            memories, past, answer, states = machine.step(memories, past, number)
            verdicts.append(answer == 1)
            steps.append(states)
        rows = [
            np.array([layer.floats(step[depth]) for step in steps]).reshape(len(steps), -1)
            for depth, layer in enumerate(machine.layers)
        ]
        return Trace(letters, np.array(verdicts), tuple(rows), str(model))
    if model.exact and model.weights.kind == "exact":
        return _exactly(network, letters, numbers)
    model = runnable(model)
    layers = [RoundedLayer(layer, model) for layer in network.layers]
    row, previous = start_rows(network, layers, 1)
    widths = np.cumsum([layer.program.size for layer in layers])[:-1].tolist()
    flag = network.accepts_empty
    if network.bos:
        row, previous, answer_codes = step_rows(layers, row, previous, np.array([len(network.letters)]))
        flag = bool(answer_codes[0] == 1)
    verdicts, visited = [flag], [row[0]]
    for number in numbers:
        row, previous, answer_codes = step_rows(layers, row, previous, np.array([number]))
        verdicts.append(bool(answer_codes[0] == 1))
        visited.append(row[0])
    # Beside its state a layer may hold numbers of its own, such as the transitions of a chunk: they come after it.
    parts = np.split(np.array(visited), widths, axis=1)
    states_of = tuple(part[:, : layer.size] for part, layer in zip(parts, network.layers, strict=True))
    return Trace(letters, np.array(verdicts), states_of, str(model))


def _exactly(network: Network, letters: tuple[str, ...], numbers: list[int]) -> Trace:
    machine = ExactMachine(network)
    row, flag = machine.start()
    verdicts, visited = [flag], [(row[0], machine.scales())]
    for number in numbers:
        row, flags, factors = machine.step(row, np.array([number]))
        machine.enlarge(factors)
        verdicts.append(bool(flags[0]))
        visited.append((row[0], machine.scales()))
    states = []
    for depth, layer in enumerate(machine.layers):
        common = math.lcm(*(scales[depth] for _, scales in visited))
        low, high = machine.borders[depth], machine.borders[depth + 1]
        rows = [(part[low:high].astype(object) * (common // scales[depth])).tolist() for part, scales in visited]
        # Each coordinate is stored by its coefficients over the rationals.
        whole = np.array(rows, dtype=object).reshape(len(rows), network.layers[depth].size, layer.degree)
        states.append(ExactArray(whole, common, layer.conductor))
    return Trace(letters, np.array(verdicts), tuple(states), "exact")
