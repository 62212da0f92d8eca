"""BREC, all 400 pairs: what 1-WL and 2-FWL separate, every non-separation certified, every basic pair given a template.

`python benchmarks/brec.py` takes minutes: the certificates of the largest CFI pairs colour 39,204 pairs of nodes each,
and the independent checker looks at every one of them with every node.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from expressivity.relational.language.examples import pair_types
from expressivity.relational.language.graphs import from_graph6
from expressivity.relational.separation.refinement import refine
from expressivity.relational.separation.refute import Inseparable, refute
from expressivity.relational.separation.separate import Separated, separate

FILE = Path(__file__).resolve().parents[1] / ".." / "shared" / "relational" / "brec.tsv"


def main() -> None:
    pairs = [line.split("\t") for line in FILE.read_text().splitlines()[1:]]
    begin = time.perf_counter()
    kinds = Counter(kind for kind, _, _ in pairs)
    separated: dict[int, Counter[str]] = {1: Counter(), 2: Counter()}
    for dimension, counter in separated.items():
        for kind, one, other in pairs:
            types = pair_types([from_graph6(one), from_graph6(other)])
            counter[kind] += refine(types, dimension=dimension, stop_when_separated=True).separates
        print(f"{dimension}-FWL separates {sum(counter.values())} of {len(pairs)}: {dict(counter)}", flush=True)
    print(f"[{time.perf_counter() - begin:.0f} s]")
    begin = time.perf_counter()
    certified = Counter(kind for kind, one, other in pairs if isinstance(refute(3, one, other), Inseparable))
    print(f"certified as inseparable by three variables: {sum(certified.values())}: {dict(certified)}")
    assert all(separated[2][kind] + certified[kind] == count for kind, count in kinds.items())
    print(f"[{time.perf_counter() - begin:.0f} s]")
    begin = time.perf_counter()
    for kind in sys.argv[1:] or ["basic"]:
        found = Counter(
            (answer.variables, len(answer.template.rules))
            for name, one, other in pairs
            if name == kind and isinstance(answer := separate(one, other), Separated)
        )
        print(f"{kind}: templates for {sum(found.values())} of {kinds[kind]}, by (variables, rules): {dict(found)}")
    print(f"[{time.perf_counter() - begin:.0f} s]")


if __name__ == "__main__":
    main()
