"""Upper bounds on a horizon that a search left open: long words, run at once, until a first verdict is wrong.

Nothing is concluded from agreement. A disagreement is a failing word; over one letter, where every length has one word
only, its first one is a shortest failing word.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from jaxtyping import Bool, Int64

from expressivity.automaton import Automaton
from expressivity.errors import FormatError
from expressivity.networks.network import Network
from expressivity.simulation.simulate import simulate

_RANDOM_WORDS = 4
_MOST_POWERS = 36
_SLOWER = 10


def probe_words(letters: int, *, length: int, seed: int) -> Int64[np.ndarray, "batch time"]:
    """Long words: powers of all words of one and two letters (the first 36 of them), and seeded random words.

    Errors of a single letter add up fastest when it is repeated, so powers fail earlier than random words where the
    keys of a letter are not of length one.

    Arguments:
        letters: size of the alphabet.
        length: letters of each word.
        seed: seed of the random words.
    """
    bases = [(x,) for x in range(letters)] + [pair for pair in product(range(letters), repeat=2) if len(set(pair)) == 2]
    powers = [np.resize(np.array(base, dtype=np.int64), length) for base in bases[:_MOST_POWERS]]
    if letters == 1:
        return np.stack(powers)
    random = np.random.default_rng(seed).integers(letters, size=(_RANDOM_WORDS, length))
    return np.concatenate([np.stack(powers), random])


def first_failure(
    network: Network, automaton: Automaton, arithmetic: str, *, length: int, seed: int
) -> tuple[str, ...] | None:
    """The shortest prefix of a probe word on which network and automaton disagree, or None.

    Arguments:
        network: the network.
        automaton: over the same letters in the same order.
        arithmetic: as `simulate` reads it.
        length: letters of each probe word; a tenth of them where the arithmetic has no compiled loops.
        seed: seed of the random ones among them.
    """
    words = probe_words(len(network.letters), length=length, seed=seed)
    try:
        verdicts = simulate(network, words, arithmetic, engine="compiled")
    except FormatError:
        # No compiled loops for this arithmetic, and NumPy is slow on few long words.
        words = words[:, : -(-length // _SLOWER)]
        verdicts = simulate(network, words, arithmetic, engine="numpy")
    differs = verdicts != automaton_verdicts(automaton, words)
    times = np.flatnonzero(differs.any(axis=0))
    if not times.size:
        return None
    word = words[np.flatnonzero(differs[:, times[0]])[0], : times[0] + 1]
    return tuple(network.letters[letter] for letter in word.tolist())


def automaton_verdicts(automaton: Automaton, words: Int64[np.ndarray, "batch time"]) -> Bool[np.ndarray, "batch time"]:
    """The automaton's verdict after every letter of every word."""
    states = np.full(len(words), automaton.start)
    verdicts = np.empty(words.shape, dtype=np.bool_)
    for time in range(words.shape[1]):
        states = automaton.table[words[:, time], states]
        verdicts[:, time] = automaton.accepting[states]
    return verdicts
