"""Every language of the zoo: states of its minimal automaton beside the rank of its Hankel matrix.

Run `python benchmarks/table_hankel_ranks.py`. The rank is exact, over Q, and the least width of a dense layer with
a linear read-out for the language (Carlyle & Paz 1971; Fliess 1974); the dense baseline of the papers has one unit per
state. A rejecting sink never counts, and a language that a nondeterministic automaton recognises without ambiguity has
at most its number of states.
"""

from __future__ import annotations

import time

import expressivity as ex


def main() -> None:
    print(f"{'language':34} {'states':>6} {'rank':>5} {'without sink':>12} {'seconds':>8}")
    for name in ex.zoo_names():
        automaton = ex.language(name).minimal()
        begin = time.perf_counter()
        rank = ex.hankel_rank(automaton)
        seconds = time.perf_counter() - begin
        sinks = [
            q for q in range(automaton.states) if not automaton.accepting[q] and (automaton.table[:, q] == q).all()
        ]
        print(f"{name:34} {automaton.states:>6} {rank:>5} {automaton.states - len(sinks):>12} {seconds:8.2f}")


if __name__ == "__main__":
    main()
