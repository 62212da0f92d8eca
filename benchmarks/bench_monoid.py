"""Transition monoids: our enumeration, image-set orbits and plain peers, side by side in one run.

Run `python benchmarks/bench_monoid.py [--quick]`. The peers are what one writes without this library: a breadth-first
search over tuples in a Python set, and one over NumPy rows made unique level by level. libsemigroups joins in when its
Python binding is installed.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from expressivity.algebra.monoids.monoid import transition_monoid
from expressivity.algebra.monoids.orbits import image_orbit
from expressivity.algebra.profile import Budget, describe
from expressivity.automaton import Automaton


def timed(work: Callable[[], Any], *, repeat: int = 3) -> tuple[float, Any]:
    best, result = float("inf"), None
    for _ in range(repeat):
        started = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - started)
    return best, result


def full_transformations(n: int) -> Automaton:
    maps = [[*range(1, n), 0], [1, 0, *range(2, n)], [0, 0, *range(2, n)]]
    return Automaton.from_table(maps, accepting=[0])


def python_set(table: np.ndarray) -> int:
    rows = table.tolist()
    frontier = [tuple(range(table.shape[1]))]
    known = set(frontier)
    while frontier:
        following = []
        for element in frontier:
            for row in rows:
                product = tuple([row[q] for q in element])
                if product not in known:
                    known.add(product)
                    following.append(product)
        frontier = following
    return len(known)


def numpy_levels(table: np.ndarray) -> int:
    """Maps packed into 64-bit words (four bits per state), levels deduplicated by sorting."""
    states = table.shape[1]
    weights = np.uint64(1) << (np.uint64(4) * np.arange(states, dtype=np.uint64))
    frontier = np.arange(states, dtype=np.int64)[None, :]
    known = (frontier.astype(np.uint64) * weights).sum(axis=1)
    while len(frontier):
        products = table[:, frontier].reshape(-1, states)
        words, first = np.unique((products.astype(np.uint64) * weights).sum(axis=1), return_index=True)
        new = ~np.isin(words, known, assume_unique=True)
        known = np.concatenate([known, words[new]])
        frontier = products[first[new]]
    return len(known)


def libsemigroups(table: np.ndarray) -> Callable[[], int] | None:
    try:
        from libsemigroups_pybind11 import FroidurePin, Transf
    except ImportError:
        return None
    identity = Transf(list(range(table.shape[1])))
    return lambda: int(FroidurePin([identity, *(Transf(row) for row in table.tolist())]).size())


def enumeration(n: int) -> None:
    automaton = full_transformations(n)
    transition_monoid(automaton, limit=n**n)
    ours, monoid = timed(lambda: transition_monoid(automaton, limit=n**n))
    count = len(monoid)
    rows = [("transition_monoid (with words and Cayley graph)", ours)]
    orbit_time, orbit_count = timed(lambda: image_orbit(automaton).monoid_order())
    rows.append(("image_orbit(...).monoid_order()", orbit_time))
    peers: list[tuple[str, Callable[[], int] | None]] = [
        ("NumPy, packed, level by level", lambda: numpy_levels(automaton.table)),
        ("Python set of tuples", lambda: python_set(automaton.table)),
        ("libsemigroups FroidurePin", libsemigroups(automaton.table)),
    ]
    for name, work in peers:
        if work is None:
            print(f"  ({name}: not installed)")
            continue
        seconds, size = timed(work, repeat=1)
        assert size == count == orbit_count == n**n, (name, size)
        rows.append((name, seconds))
    print(f"all maps on {n} points: {count:,} elements, 3 letters")
    for name, seconds in rows:
        print(f"  {name:<50} {seconds:8.3f} s  {count / seconds / 1e6:9.2f} M elements/s  ratio {seconds / ours:7.3f}")


def orbits() -> None:
    print("a random permutation and a random map on 12 states (seed): aperiodicity, then the exact order")
    for seed in (0, 3, 4, 10):
        rng = np.random.default_rng(seed)
        automaton = Automaton.from_table([rng.permutation(12), rng.integers(0, 12, 12)], accepting=[0])
        decided, orbit = timed(lambda automaton=automaton: image_orbit(automaton), repeat=1)
        counted, order = timed(lambda orbit=orbit: orbit.monoid_order(), repeat=1)
        size = "more than 1,000,000 R-classes" if order is None else f"{order:,} elements"
        print(
            f"  seed {seed:2}: {len(orbit.sets):5,} image sets, aperiodic {orbit.is_aperiodic()!s:5} in {decided:.3f}"
            f" s; {size} in {counted:.2f} s"
        )


def mlregtest() -> None:
    from expressivity.languages.att import read_att

    folder = Path(__file__).resolve().parents[1] / ".." / "shared" / "mlregtest"
    languages = [read_att(path).minimal() for path in sorted(folder.glob("*.att"))]
    if not languages:
        print("the MLRegTest slice is not beside the repository; skipped")
        return
    from expressivity.algebra.monoids.varieties import is_piecewise_testable

    def core() -> list[tuple[Any, ...]]:
        found = []
        for automaton in languages:
            orbit = image_orbit(automaton)
            found.append((orbit.monoid_order(), orbit.is_aperiodic(), is_piecewise_testable(automaton)))
        return found

    print(f"MLRegTest slice, {len(languages)} languages")
    rows = [
        ("order, star-free, J-trivial (without enumeration)", timed(core)[0]),
        ("enumeration with words", timed(lambda: [transition_monoid(a) for a in languages])[0]),
        ("enumeration by Python sets", timed(lambda: [python_set(a.table) for a in languages], repeat=1)[0]),
        (
            "describe without holonomy",
            timed(lambda: [describe(a, budget=Budget(holonomy_sets=0)) for a in languages])[0],
        ),
        ("describe", timed(lambda: [describe(a) for a in languages], repeat=1)[0]),
    ]
    for name, seconds in rows:
        print(f"  {name:<50} {seconds:8.3f} s  ratio {seconds / rows[0][1]:7.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="six points instead of seven")
    enumeration(6 if parser.parse_args().quick else 7)
    orbits()
    mlregtest()
