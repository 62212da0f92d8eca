"""The arena: attack the tool with forged certificates, drawn networks and victims of its theorems; print what happened.

    python benchmarks/arena.py                                # everything, some hours of one core
    python benchmarks/arena.py --seconds 600                  # as much as ten minutes allow, every part alike
    python benchmarks/arena.py --share 0.05 --seed 7          # a twentieth of everything, other draws
    python benchmarks/arena.py --store arena.jsonl            # resumable: pieces in the file are not done again

Parts: mutants of every kind of certificate, which the checker must reject unless an independent route shows them true;
runs of drawn networks against the definition in `tests/oracles`; `verify` against all words up to a length; `refute` on
languages that a member of the family recognises; and certificates of the horizon suite and of refusals, checked by
`python -m expressivity.checker` in a process of its own. Prints Markdown tables; ends with status 1 at any fault, whose
details are in the store (or, without one, printed).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import expressivity as ex  # noqa: E402
from oracles import drawn, duels, forgeries  # noqa: E402

Piece = tuple[str, int]

FULL = {"forgeries": 416, "runs": 250, "verify": 200, "victims": 400, "certificates": 60}
"""Pieces of each part in a full run."""

MUTANTS, NETWORKS = 50, {"runs": 8, "verify": 3, "victims": 5}
"""Mutants, and networks, of a piece."""

FAULTS = ("false", "crash", "ill-formed", "unshown")
"""Outcomes of a mutant that must not be."""


def main() -> int:
    """Do the pieces that are asked for, and print the tables."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so many seconds")
    parser.add_argument("--seed", type=int, default=0, help="seed of all draws (default: 0)")
    parser.add_argument("--share", type=float, default=1.0, help="share of a full run (default: 1)")
    parser.add_argument("--parts", default=",".join(FULL), help=f"comma-separated, of {', '.join(FULL)}")
    parser.add_argument("--store", type=Path, help="file of finished pieces, one JSON object a line")
    options = parser.parse_args()
    done = _stored(options.store, options.seed)
    begun = time.perf_counter()
    for part, number in _order(options.parts.split(","), options.share):
        if time.perf_counter() - begun > options.seconds:
            break
        if (part, number) not in done:
            started = time.process_time()
            found = PARTS[part](np.random.default_rng([options.seed, list(FULL).index(part), number]), number)
            row = {"seed": options.seed, "part": part, "number": number, "counts": dict(found.counts)}
            row |= {"faults": found.faults, "seconds": time.process_time() - started}
            done[part, number] = row
            if options.store:
                with options.store.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(row) + "\n")
            print(f"{part} {number}: {row['seconds']:.1f} s", file=sys.stderr, flush=True)
    print("\n".join(_tables(list(done.values()))))
    faults = [fault for row in done.values() for fault in row["faults"]]
    if not options.store:
        for fault in faults:
            print(json.dumps(fault), file=sys.stderr)
    return int(bool(faults))


def _stored(store: Path | None, seed: int) -> dict[Piece, dict[str, Any]]:
    if store is None or not store.exists():
        return {}
    rows = map(json.loads, store.read_text(encoding="utf-8").splitlines())
    return {(row["part"], row["number"]): row for row in rows if row["seed"] == seed}


def _order(parts: list[str], share: float) -> Iterator[Piece]:
    """All pieces, those of every part spread evenly, so that a run that is stopped has looked at all of them."""
    pieces = [((k + 0.5) / FULL[part], part, k) for part in parts for k in range(round(FULL[part] * share))]
    for _, part, number in sorted(pieces):
        yield part, number


# Parts ----------------------------------------------------------------------------------------------------------------


def _forgeries(rng: np.random.Generator, number: int) -> duels.Tally:
    """Mutants of one kind of certificate."""
    tally = duels.Tally()
    kind = list(forgeries.ORIGINALS)[number % len(forgeries.ORIGINALS)]
    for _ in range(MUTANTS):
        mutant, original = forgeries.forge(rng, kind)
        found = forgeries.judge(mutant, original)
        tally.counts[f"{kind}: {found.outcome}"] += 1
        if found.outcome in FAULTS:
            tally.faults.append({"what": f"{found.outcome} {kind}", "because": found.because, "mutant": mutant})
    return tally


def _networks(rng: np.random.Generator, number: int, part: str) -> duels.Tally:
    """Drawn networks of every family in turn."""
    tally, families = duels.Tally(), list(ex.FAMILIES)
    duel = {"runs": duels.run_duel, "verify": duels.verify_duel, "victims": duels.victim_duel}[part]
    for place in range(NETWORKS[part]):
        family = families[(number * NETWORKS[part] + place) % len(families)]
        tally.add(duel(rng, family, drawn.arithmetic(rng)))
        tally.counts["networks"] += 1
    return tally


LANGUAGES = (
    "parity",
    "mod3",
    "flip-flop",
    "tomita-2",
    "tomita-4",
    "S3-transpositions",
    "mod3-with-reset",
    "dyck-1-depth-2",
)
WHERE = ("exact", "bf16", "fp8_e4m3fn/fused", "uint8", "bf16:fp32/accumulate-fp32", "exact:bf16/exact-then-cast")


def _certificates(rng: np.random.Generator, number: int) -> duels.Tally:
    """What the tool writes about one language in one family: every certificate, by the command, in a fresh process."""
    tally, families = duels.Tally(), list(ex.FAMILIES)
    name, family = LANGUAGES[number % len(LANGUAGES)], families[number * 5 % len(families)]
    for arithmetic in WHERE:
        found: list[ex.Certificate] = []
        refusal = ex.refute(family, name, arithmetic=arithmetic)
        if isinstance(refusal, ex.Impossible):
            found.append(refusal.certificate)
        else:
            try:
                network = ex.compile(name, into=family)
                answer = ex.verify(network, name, arithmetic=arithmetic, max_states=3_000, max_seconds=5, check=False)
            except ex.ExpressivityError as error:
                tally.counts[f"no certificate: {type(error).__name__}"] += 1
                continue
            if isinstance(answer, ex.Undecided):
                tally.counts["no certificate: undecided"] += 1
                continue
            found.append(answer.certificate)
        for certificate in found:
            said = check_in_a_fresh_process(certificate.data)
            claim = certificate.data["claim"]
            tally.counts[f"{claim}: {'accepted' if said.returncode == 0 else 'not accepted'}"] += 1
            if said.returncode != 0:
                tally.fault(
                    "the checker rejects what the tool wrote", said=said.stdout + said.stderr, **certificate.data
                )
    return tally


def check_in_a_fresh_process(data: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """`python -m expressivity.checker` on a certificate."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as stream:
        json.dump(data, stream)
        stream.flush()
        command = [sys.executable, "-m", "expressivity.checker", stream.name]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=600, check=False)


PARTS = {
    "forgeries": _forgeries,
    "runs": lambda rng, number: _networks(rng, number, "runs"),
    "verify": lambda rng, number: _networks(rng, number, "verify"),
    "victims": lambda rng, number: _networks(rng, number, "victims"),
    "certificates": _certificates,
}
"""What each part does with a generator and the number of a piece."""


# Tables ---------------------------------------------------------------------------------------------------------------


def _tables(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What happened, part by part, as Markdown."""
    for part in FULL:
        mine = [row for row in rows if row["part"] == part]
        counts: Counter[str] = sum((Counter(row["counts"]) for row in mine), Counter())
        if not mine:
            continue
        seconds = sum(row["seconds"] for row in mine)
        faults = sum(len(row["faults"]) for row in mine)
        yield f"**{part}**: {len(mine)} of {FULL[part]} pieces, {seconds:.0f} s of one core, {faults} faults"
        yield ""
        yield from _forged_table(counts) if part == "forgeries" else _count_table(counts)
        yield ""


def _forged_table(counts: Counter[str]) -> Iterator[str]:
    outcomes = ("rejected", "true", "same", "slow", *FAULTS)
    yield (
        "| certificate | mutants | rejected | accepted, shown true | accepted, says the same | too slow | "
        "accepted though false | crashed | accepted, ill-formed | accepted, not shown |"
    )
    yield "|---" * (len(outcomes) + 2) + "|"
    total: Counter[str] = Counter()
    for kind in forgeries.ORIGINALS:
        row = Counter({outcome: counts[f"{kind}: {outcome}"] for outcome in outcomes})
        total += row
        yield f"| {kind} | {row.total():,} | {' | '.join(f'{row[outcome]:,}' for outcome in outcomes)} |"
    yield f"| **all** | {total.total():,} | {' | '.join(f'{total[outcome]:,}' for outcome in outcomes)} |"


def _count_table(counts: Counter[str]) -> Iterator[str]:
    yield "| what | how often |"
    yield "|---|---|"
    for what, number in sorted(counts.items()):
        yield f"| {what} | {number:,} |"


if __name__ == "__main__":
    sys.exit(main())
