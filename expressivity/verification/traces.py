"""A network and a word → the verdict and the states of every layer after every letter, in any arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.automaton import Word, encode_word
from expressivity.errors import FormatError
from expressivity.exact import ExactArray
from expressivity.networks.network import Network, require_network
from expressivity.simulation.machine import machine


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
    require_network(network)
    letters = tuple(network.letters[x] for x in encode_word(word, network.letters))
    numbers = [network.letters.index(letter) for letter in letters]
    model = parse_arithmetic(arithmetic)
    if model.rounding == "stochastic":
        raise FormatError(f"arithmetic {arithmetic!r} rounds at random, so a word has many runs; take another rounding")
    made = machine(network, model, strict=False)
    row, verdict = made.start()
    verdicts, visited = [verdict], [row]
    for number in numbers:
        row, flags = made.step(row, np.array([number]))
        verdicts.append(bool(flags[0]))
        visited.append(row)
    return Trace(letters, np.array(verdicts), made.vectors(np.concatenate(visited)), str(made.arithmetic))
