"""Recognition, minimisation, equality and counterexamples beside automata-lib, in one run.

    python benchmarks/bench_automata.py [--quick]

Every line times both libraries on the same automaton and checks that they agree. Ours is the median of several runs
after the kernels have been compiled; automata-lib's slow cases are run once. Objects are built outside the clock, and
automata-lib's caches are cold: each of its runs gets a fresh object.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from automata.fa.dfa import DFA

from expressivity.automaton import Automaton


def seconds(action: Callable[[Any], Any], prepare: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Median time of an action on freshly prepared input, and its last result."""
    times = []
    result = None
    for _ in range(repeats):
        given = prepare()
        began = time.perf_counter()
        result = action(given)
        times.append(time.perf_counter() - began)
    return statistics.median(times), result


def random_automaton(states: int, rng: np.random.Generator) -> Automaton:
    """A random two-letter automaton, its reachable part."""
    table = rng.integers(0, states, (2, states))
    return Automaton.from_table(table, accepting=rng.random(states) < 0.5).reachable()


def doubled(automaton: Automaton) -> Automaton:
    """An equivalent automaton with every state twice, so that minimising has work to do."""
    states = automaton.states
    swap = automaton.table + states
    table = np.hstack([swap, automaton.table])
    return Automaton.from_table(table, accepting=np.tile(automaton.accepting, 2))


def line(task: str, size: str, ours: float, theirs: float) -> None:
    print(f"{task:<28}{size:>12}{ours * 1e3:>14.2f}{theirs * 1e3:>16.1f}{theirs / ours:>10.0f}×", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="10⁵ letters and 10³ states only")
    quick = parser.parse_args().quick
    rng = np.random.default_rng(0)

    # Compile, or load from the cache, everything that is timed below.
    warm = doubled(random_automaton(20_000, rng))
    warm.minimal().counterexample(warm)
    warm.accepts("a" * 1_000_000)
    warm.accepts_encoded(np.zeros(1_000_000, dtype=np.int64))

    print(f"{'task':<28}{'size':>12}{'ours, ms':>14}{'automata-lib, ms':>16}{'ratio':>10}")
    length = 10**6 if quick else 10**7
    for states in (2, 1_000):
        automaton = (
            random_automaton(states, rng) if states > 2 else Automaton.from_table([[0, 1], [1, 0]], accepting=[0])
        )
        dfa = automaton.to_dfa()
        word = "".join(rng.choice(["a", "b"], length))
        ours, mine = seconds(automaton.accepts, lambda word=word: word, 5)
        theirs, other = seconds(dfa.accepts_input, lambda word=word: word, 1)
        assert mine == other
        line(f"recognise, {automaton.states} states", f"{length:.0e}", ours, theirs)
        encoded = automaton.encode(word)
        ours, mine = seconds(automaton.accepts_encoded, lambda encoded=encoded: encoded, 5)
        assert mine == other
        line("  already encoded", f"{length:.0e}", ours, theirs)

    for states in (10**3,) if quick else (10**3, 10**5):
        automaton = doubled(random_automaton(states, rng))
        minimal = automaton.minimal()
        size = f"{automaton.states}"
        repeats = 1 if states > 10**4 else 5
        ours, mine = seconds(lambda each: each.minimal(), lambda a=automaton: a, 5)
        theirs, other = seconds(lambda dfa: dfa.minify(retain_names=False), automaton.to_dfa, repeats)
        assert mine.states == len(other.states)
        line("minimise", size, ours, theirs)

        ours, mine = seconds(lambda pair: pair[0].counterexample(pair[1]), lambda a=automaton, b=minimal: (a, b), 5)
        theirs, other = seconds(
            lambda pair: pair[0] == pair[1], lambda a=automaton, b=minimal: (a.to_dfa(), b.to_dfa()), repeats
        )
        assert mine is None
        assert other
        line("equality (equal)", size, ours, theirs)

        flipped = minimal.accepting.copy()
        flipped[-1] ^= True
        wrong = Automaton(minimal.table, minimal.start, flipped, minimal.letters)

        def theirs_shortest(pair: tuple[DFA, DFA]) -> int:
            difference = pair[0] ^ pair[1]
            return int(difference.minimum_word_length())

        ours, mine = seconds(lambda pair: pair[0].counterexample(pair[1]), lambda a=automaton, b=wrong: (a, b), 5)
        theirs, other = seconds(theirs_shortest, lambda a=automaton, b=wrong: (a.to_dfa(), b.to_dfa()), 1)
        assert len(mine) == other
        line(f"counterexample ({other} letters)", size, ours, theirs)


if __name__ == "__main__":
    main()
