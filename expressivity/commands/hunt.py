"""`expressivity hunt`: find small networks that rounding lets break a theorem, and prove that they do."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expressivity.commands.common import FALSIFIED, HOLDS, UNDECIDED, AddCommand, Reporter, print_json
from expressivity.errors import CertificateError, ExpressivityError

if TYPE_CHECKING:
    from expressivity.experiments.counting.counters import Counter


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("hunt", _hunt, "find certified modular counters whose eigenvalues forbid them in real arithmetic")
    sub.add_argument("arithmetic", nargs="?", help="such as bf16/per-operation, fp8_e4m3fn/fused, bf16:int8+sat/fused")
    sub.add_argument("--shape", default="factors", help="factors, gated, dense or triangular (default: factors)")
    sub.add_argument("--width", type=int, default=2, help="numbers in the state (default: 2)")
    sub.add_argument("--factors", type=int, default=1, help="generalised Householder factors (default: 1)")
    sub.add_argument("--bound", type=int, default=15, help="largest integer of a key or numerator (default: 15)")
    sub.add_argument(
        "--denominator-bits", type=int, default=4, metavar="S", help="matrix entries are j/2^S (default: 4)"
    )
    sub.add_argument("--grid", type=float, metavar="SPACING", help="start matrices within 8 of these steps from zero")
    sub.add_argument("--moduli", default="2-12", metavar="LOW-HIGH", help="cycle lengths to keep (default: 2-12)")
    sub.add_argument("--seed", type=int, default=0, help="seed; the same seed finds the same counters (default: 0)")
    sub.add_argument("--batches", type=int, default=10, help="batches of 20,000 draws (default: 10)")
    sub.add_argument(
        "--minimise", action="store_true", help="shorten the weights of every find while its cycle survives"
    )
    sub.add_argument(
        "--exhaustive", action="store_true", help="try every recurrence of width 2 of a small format instead"
    )
    sub.add_argument("--witnesses", action="store_true", help="prove all stored witnesses again instead")
    sub.add_argument("-o", "--output", metavar="FOLDER", help="write every find there as a witness (JSON)")


def _hunt(options: argparse.Namespace) -> int:
    from expressivity.experiments.counting.candidates import Search
    from expressivity.experiments.counting.exhaust import exhaust
    from expressivity.experiments.counting.hunt import hunt, minimise

    if options.witnesses:
        return _reprove(options)
    if options.arithmetic is None:
        raise ExpressivityError("hunt needs an arithmetic, such as bf16/per-operation, or --witnesses")
    if options.exhaustive:
        sweep = exhaust(options.arithmetic, options.shape, progress=Reporter())
        searched = f"every one of {sweep.candidates} recurrences from every one of {sweep.states} states"
        return _report(options, sweep.counters, sweep.periods, searched, sweep.seconds, sweep.candidates, complete=True)
    low, _, high = options.moduli.partition("-")
    if not low.isdecimal() or not (high or low).isdecimal():
        raise ExpressivityError(f"--moduli {options.moduli!r} is no range; expected LOW-HIGH, such as 2-12")
    moduli = tuple(range(int(low), int(high or low) + 1))
    if not moduli:
        raise ExpressivityError(f"--moduli {options.moduli!r} is an empty range; expected LOW-HIGH with LOW ≤ HIGH")
    search = Search(
        options.arithmetic,
        shape=options.shape,
        width=options.width,
        factors=options.factors,
        bound=options.bound,
        denominator_bits=options.denominator_bits,
        grid=options.grid,
    )
    result = hunt(search, seed=options.seed, batches=options.batches, moduli=moduli, progress=Reporter())
    counters = result.counters
    if options.minimise:
        counters = {m: minimise(search, counter, seed=options.seed) for m, counter in counters.items()}
    searched = f"{result.candidates} random candidates (seed {options.seed}, {result.batches} batches)"
    return _report(
        options,
        counters,
        result.periods,
        searched,
        result.seconds,
        result.candidates,
        complete=set(moduli) <= set(counters),
    )


def _report(
    options: argparse.Namespace,
    counters: dict[int, Counter],
    periods: dict[int, int],
    searched: str,
    seconds: float,
    candidates: int,
    *,
    complete: bool,
) -> int:
    from expressivity.experiments.counting.witnesses import save_witness

    rate = candidates / max(seconds, 1e-9)
    if options.output:
        for counter in counters.values():
            save_witness(counter, Path(options.output), found=command_line(options))
    if options.json:
        shown = {
            "arithmetic": options.arithmetic,
            "shape": options.shape,
            "searched": searched,
            "candidates_per_second": round(rate),
            "periods": {str(length): count for length, count in periods.items()},
            "counters": [_as_json(counter) for counter in counters.values()],
        }
        print_json(shown)
        return HOLDS if complete else UNDECIDED
    print(f"searched {searched}: {rate:,.0f} candidates/s")
    print("cycle lengths seen (candidates): " + (", ".join(f"{p} ({c})" for p, c in periods.items()) or "none but 1"))
    for modulus, counter in counters.items():
        print(f"CERTIFIED mod {modulus} in {counter.arithmetic}, family {counter.family}, width {counter.width}")
        print(f"  {describe(counter)}")
    if options.output and counters:
        print(f"{len(counters)} witnesses written to {options.output}")
    return HOLDS if complete else UNDECIDED


def describe(counter: Counter) -> str:
    """The weights of a counter on one line."""

    def row(values: Any) -> str:
        return "(" + ", ".join(map(str, values)) + ")"

    parts = [f"A = [{', '.join(row(r) for r in counter.matrix)}]"] if counter.matrix else []
    parts += [f"k ∝ {row(key)}, β = {beta}" for key, beta in zip(counter.keys, counter.betas, strict=True)]
    parts += [] if counter.gate is None else [f"α = {counter.gate}"]
    return "; ".join([*parts, f"from {row(counter.start)}"])


def command_line(options: argparse.Namespace) -> str:
    """The command that finds the same again."""
    words = ["expressivity hunt", options.arithmetic]
    defaults = {"shape": "factors", "width": 2, "factors": 1, "bound": 15, "denominator_bits": 4, "grid": None}
    defaults |= {"moduli": "2-12", "seed": None, "batches": None}
    if options.exhaustive:
        return " ".join([*words, "--exhaustive", "--shape", options.shape])
    for name, default in defaults.items():
        value = getattr(options, name)
        if value != default:
            words += [f"--{name.replace('_', '-')}", str(value)]
    return " ".join(words + ["--minimise"] * options.minimise)


def _as_json(counter: Counter) -> dict[str, Any]:
    return {
        "modulus": counter.modulus,
        "family": counter.family,
        "width": counter.width,
        "keys": [[str(x) for x in key] for key in counter.keys],
        "betas": [str(x) for x in counter.betas],
        "gate": None if counter.gate is None else str(counter.gate),
        "matrix": [[str(x) for x in row] for row in counter.matrix],
        "start": [str(x) for x in counter.start],
    }


def _reprove(options: argparse.Namespace) -> int:
    from expressivity.experiments.counting.witnesses import load_witness, verify_witness, witness_names

    report, failed, shown = Reporter(), [], []
    for name in witness_names():
        try:
            verify_witness(name)
            shown.append({"name": name} | _as_json(load_witness(name)))
        except CertificateError as error:
            failed.append({"name": name, "because": str(error)})
        report(name)
    if options.json:
        print_json({"proved": shown, "rejected": failed})
    else:
        for entry in shown:
            print(f"proved again: {entry['name']} (width {entry['width']})")
        for entry in failed:
            print(f"REJECTED: {entry['name']}: {entry['because']}")
    return FALSIFIED if failed else HOLDS
