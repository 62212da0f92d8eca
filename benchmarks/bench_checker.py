"""How long the independent checker takes, beside the search that found the certificate and beside an older checkout.

    python benchmarks/bench_checker.py [--before FOLDER] [--large] [--limit SECONDS]

Each certificate is written to a file and checked in a fresh process, so that reading JSON counts. FOLDER is a checkout
from before the checker counted in integers (its command is `python -m expressivity.verification.checker`); both are run
one after the other on the same files, in seconds of processor time. `--large` adds 324,720 states of S_5.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import expressivity as ex

CASES = [
    ("unary_modulus(16)", "complex-diagonal", "swap", "bf16"),
    ("unary_modulus(16)", "deltanet-signed", "swap", "bf16"),
    ("mod3", "complex-diagonal", "swap", "bf16"),
    ("S5-transpositions", "deltanet-signed", "swap", "bf16:fp32/fused"),
    ("S5", "deltaproduct", "swap", "exact"),
    ("S5-transpositions", "deltanet-signed", "dyadic", "fp8_e4m3fn"),
    ("tomita-2", "mamba", "swap", "fp32"),
]
LARGE = ("S5-transpositions", "deltanet-signed", "swap", "bf16")


def seconds(module: str, folder: Path, file: Path, limit: int) -> str:
    """Processor seconds of one check in a fresh process, or that the limit came first."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", module, str(file)],
        env={**os.environ, "PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)),
    )
    if done.returncode < 0:
        return f"> {limit}"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return f"{took:.2f}" if done.returncode == 0 else f"refused after {took:.2f}: {done.stdout[-80:]!r}"


def main() -> None:
    """Search, check now, check before, one line a certificate."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--before", type=Path, metavar="FOLDER")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--limit", type=int, default=600, help="processor seconds a check may take")
    options = parser.parse_args()
    here = Path(__file__).resolve().parents[1]
    print("language | family | arithmetic | states | search | checker now | checker before (processor seconds)")
    for name, family, key, arithmetic in [*CASES, *([LARGE] if options.large else [])]:
        network = ex.compile(name, family, key=key)
        began = time.process_time()
        answer = ex.verify(network, name, arithmetic=arithmetic, max_states=400_000, check=False)
        search = time.process_time() - began
        if not isinstance(answer, ex.Equivalent):
            print(f"{name} | {family} | {arithmetic} | {answer.to_json()['answer']}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "certificate.json"
            file.write_text(json.dumps(answer.certificate.data), encoding="utf-8")
            now = seconds("expressivity.checker", here, file, options.limit)
            then = "–"
            if options.before is not None:
                then = seconds("expressivity.verification.checker", options.before, file, options.limit)
        print(f"{name} | {family} | {arithmetic} | {answer.boxes} | {search:.2f} | {now} | {then}", flush=True)


if __name__ == "__main__":
    main()
