"""A search → the smallest counters it finds: cycles of rounded recurrences that have none over the reals.

Candidates come in batches, batch b of seed s from the generator seeded by (s, b), so that a search can be continued and
repeated. A find counts when `counters.certify` has proved it; nothing is taken from the search on trust.
"""

from __future__ import annotations

import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from expressivity.arithmetic.rounding import round_to
from expressivity.arithmetic.rounding_plan import is_selectable, rounding_plan, select_constants
from expressivity.errors import CertificateError, FormatError
from expressivity.experiments.counting.candidates import Candidates, Search, draw, stored
from expressivity.experiments.counting.counters import Counter, certify, orbit
from expressivity.simulation.programs import operation_format, runnable

BATCH = 20_000
_TRIES = 4  # smallest candidates of a batch that are certified, for each modulus


@dataclass(frozen=True)
class Hunt:
    """What a search has found.

    Arguments:
        search: where it looked.
        seed: its seed.
        batches: batches drawn so far.
        candidates: candidates run so far.
        periods: how many candidates ended in a cycle of each length greater than one.
        counters: the smallest certified counter of each modulus.
        seconds: time spent.
        interrupted: whether it was stopped by the user before its end.
    """

    search: Search
    seed: int
    batches: int
    candidates: int
    periods: dict[int, int]
    counters: dict[int, Counter]
    seconds: float
    interrupted: bool = False


def run_candidates(search: Search, candidates: Candidates) -> tuple[np.ndarray, np.ndarray]:
    """The length of the cycle each candidate ends in (0: none seen), and a state of it.

    Raises:
        FormatError: for a format the compiled search does not cover.
    """
    from expressivity.experiments.counting.hunt_kernels import cycles

    model = runnable(search.arithmetic)
    operations, mode = operation_format(model)
    plans = rounding_plan(operations, mode), rounding_plan(model.state, model.rounding)
    if not all(is_selectable(plan) for plan in plans) or model.rounding == "stochastic":
        raise FormatError(
            f"arithmetic {search.arithmetic!r} cannot be hunted in: fp64, formats of one significand bit, wrapping "
            "formats and stochastic rounding are not searched; choose another format or let it saturate (+sat)"
        )
    inner, outer = (select_constants(plan) for plan in plans)
    periods = np.zeros(len(candidates), dtype=np.int64)
    states = candidates.starts.copy()
    fused, again = model.order == "fused", operations != model.state
    cycles(
        candidates.matrices,
        candidates.keys,
        candidates.betas,
        candidates.gates,
        states,
        search.burn_in,
        search.longest,
        inner,
        outer,
        fused,
        again,
        periods,
    )
    return periods, states


def hunt(
    search: Search,
    *,
    seed: int = 0,
    batches: int = 50,
    moduli: tuple[int, ...] = tuple(range(2, 13)),
    resume: Hunt | None = None,
    progress: Callable[[str], None] | None = None,
) -> Hunt:
    """Look for counters.

    Arguments:
        search: where to look.
        seed: seed; the same seed finds the same counters.
        batches: batches to draw, of 20,000 draws each.
        moduli: cycle lengths worth keeping.
        resume: an earlier result of the same search and seed to continue from.
        progress: called with one line per batch.

    Returns:
        What was found; also when the user interrupts.

    Raises:
        FormatError: for an arithmetic that is not searched.
    """
    began = time.monotonic()
    start = resume or Hunt(search, seed, 0, 0, {}, {}, 0.0)
    tally, best, seen = Tally(start.periods), dict(start.counters), start.candidates
    done, interrupted = start.batches, False
    try:
        for batch in range(start.batches, start.batches + batches):
            drawn = draw(search, BATCH, np.random.default_rng([seed, batch]))
            periods, states = run_candidates(search, drawn)
            seen, done = seen + len(drawn), batch + 1
            lengths, counts = np.unique(periods[periods > 1], return_counts=True)
            tally.update(dict(zip(lengths.tolist(), counts.tolist(), strict=True)))
            for modulus in set(lengths.tolist()) & set(moduli):
                _keep_smallest(search, drawn, modulus, np.flatnonzero(periods == modulus), states, best)
            if progress is not None:
                progress(f"{seen} candidates, moduli {sorted(best)}")
    except KeyboardInterrupt:
        interrupted = True
    seconds = start.seconds + time.monotonic() - began
    return Hunt(search, seed, done, seen, dict(sorted(tally.items())), dict(sorted(best.items())), seconds, interrupted)


def _keep_smallest(
    search: Search, drawn: Candidates, modulus: int, rows: np.ndarray, states: np.ndarray, best: dict[int, Counter]
) -> None:
    """Certify the smallest few finds of a modulus and keep the smallest of all."""
    order = rows[np.argsort(drawn.bits()[rows], kind="stable")][:_TRIES]
    for row in order.tolist():
        counter = drawn.counter(search, row, modulus, states[row])
        if modulus in best and best[modulus].size[:3] <= counter.size[:3]:
            continue
        proved = proved_or_none(counter)
        if proved is not None:
            best[modulus] = proved


def proved_or_none(counter: Counter) -> Counter | None:
    """The counter, started at the state of its cycle that has fewest bits, if it is certified."""
    counter = without_idle_coordinates(counter)
    try:
        starts = [replace(counter, start=state) for state in orbit(counter)]
        smallest = min(starts, key=lambda one: (one.size, one.start))
        certify(smallest)
    except CertificateError:
        return None
    return smallest


def without_idle_coordinates(counter: Counter) -> Counter:
    """The counter without coordinates that no key reads or moves: they add zeros to sums, which changes nothing."""
    idle = {i for i in range(counter.width) if counter.keys and not any(key[i] for key in counter.keys)}

    def kept(values: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        return tuple(x for i, x in enumerate(values) if i not in idle)

    return replace(counter, start=kept(counter.start), keys=tuple(kept(key) for key in counter.keys))


def minimise(search: Search, counter: Counter, *, seed: int = 0, starts: int = 400, rounds: int = 40) -> Counter:
    """A smaller counter of the same modulus, by shortening one weight at a time and looking for the cycle again.

    Arguments:
        search: the search that found it (factors only; a matrix comes back as it is).
        counter: a certified counter.
        seed: seed of the start states that are tried.
        starts: start states tried for each change.
        rounds: most changes accepted.

    Returns:
        A certified counter, the given one where no change survives.
    """
    if search.dense:
        return counter
    search = replace(search, width=counter.width)
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        smaller = next((found for found in _shortened(search, counter, starts, rng) if found is not None), None)
        if smaller is None:
            break
        counter = smaller
        search = replace(search, width=counter.width)
    return counter


def _shortened(search: Search, counter: Counter, starts: int, rng: np.random.Generator) -> Iterator[Counter | None]:
    """Certified counters that are smaller by one change, as they are found."""
    keys = np.array([[int(x) for x in key] for key in counter.keys], dtype=np.int64)
    betas = np.array([float(x) for x in counter.betas])
    gate = 1.0 if counter.gate is None else float(counter.gate)
    changes = []
    for index in np.ndindex(*keys.shape):
        for value in range(-abs(int(keys[index])), abs(int(keys[index]))):
            changed = keys.copy()
            changed[index] = value
            changes.append((changed, betas, gate))
    for factor in range(len(betas)):
        for bits in range(1, 12):
            for value in {np.floor(betas[factor] * 2.0**bits), np.ceil(betas[factor] * 2.0**bits)}:
                shorter = betas.copy()
                shorter[factor] = value / 2.0**bits
                changes.append((keys, shorter, gate))
    changes += [
        (keys, betas, float(round(gate * 2**bits)) / 2**bits) for bits in range(1, 12) if search.shape == "gated"
    ]
    start = np.array([float(x) for x in counter.start])
    scored = []
    for changed, shorter, alpha in changes:
        claim = replace(
            counter,
            keys=tuple(tuple(Fraction(x) for x in row) for row in changed.tolist()),
            betas=tuple(Fraction(x) for x in shorter.tolist()),
            gate=None if counter.gate is None else Fraction(alpha),
        )
        if claim.size[:3] < counter.size[:3] and all(0 < x <= 1 for x in (*shorter.tolist(), alpha)):
            scored.append((claim.size[:3], changed, shorter, alpha))
    for _, changed, shorter, alpha in sorted(scored, key=lambda item: item[0]):
        count = starts + 1
        tried = np.concatenate([start[None, :], rng.normal(size=(starts, search.width))])
        tried = round_to(tried, runnable(search.arithmetic).state)
        batch = stored(
            search,
            np.broadcast_to(changed, (count, *changed.shape)).copy(),
            np.broadcast_to(shorter, (count, len(shorter))).copy(),
            np.full(count, alpha),
            tried,
        )
        periods, states = run_candidates(search, batch)
        rows = np.flatnonzero(periods == counter.modulus)
        if len(rows):
            yield proved_or_none(batch.counter(search, int(rows[0]), counter.modulus, states[rows[0]]))
