"""Grounding 10⁵ rules; one epoch of a three-layer template on Mutagenesis beside NeuraLogic's in the same run.

    python benchmarks/bench_relational.py

Both get the same rules, facts and weights. NeuraLogic (PyNeuraLogic, needs Java) is optional: without it only our times
are printed. An epoch is one gradient step over all 188 molecules for us, and one pass of `model.train` for NeuraLogic,
which takes a step after every molecule; both compute all outputs and all gradients once.
"""

from __future__ import annotations

import contextlib
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from expressivity.relational.grounding.evaluate import evaluate
from expressivity.relational.grounding.grounding import ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.examples import Example, Fact
from expressivity.relational.language.neuralogic_text import read_examples, read_queries
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.learn.training import Training, initial_weights, train

DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "relational"
FILES = DATA / "mutagenesis_examples.txt", DATA / "mutagenesis_queries.txt"
ATOMS = ("c", "h", "o", "n", "f", "cl", "br", "i")
BONDS = ("b_1", "b_2", "b_3", "b_4", "b_5", "b_7")
LAYERS = 3


def our_text() -> str:
    lines = [f"h0(X) :- w_{a}={{3,1}} {a}(X)." for a in ATOMS] + [f"e(B) :- w_{b}={{3,1}} {b}(B)." for b in BONDS]
    for n in range(1, LAYERS + 1):
        lines += [
            f"h{n}(X) :- a{n}={{3,3}} h{n - 1}(X).",
            f"h{n}(X) :- b{n}={{3,3}} h{n - 1}(Y), c{n}={{3,3}} e(B), hidden bond(X, Y, B). [activation=tanh]",
            f"h{n}/1 [activation=tanh]",
        ]
    return "\n".join([*lines, f"predict :- out={{1,3}} h{LAYERS}(X). [aggregation=avg]"])


def neuralogic_model(weights):
    """The same template in NeuraLogic, or None where it is not installed."""
    try:
        from neuralogic.core import F, Metadata, Model, R, V
    except ImportError:
        return None
    X, Y, B = V.X, V.Y, V.B
    plain, messages = Metadata(aggregation=F.sum), Metadata(transformation=F.tanh, aggregation=F.sum)
    model = Model()
    rules = [(R.get("h0")(X) <= R.get(a)(X)[weights[f"w_{a}"].tolist()]) | plain for a in ATOMS]
    rules += [(R.get("e")(B) <= R.get(b)(B)[weights[f"w_{b}"].tolist()]) | plain for b in BONDS]
    rules += [
        R.get("h0") / 1 | Metadata(transformation=F.identity),
        R.get("e") / 1 | Metadata(transformation=F.identity),
    ]
    for n in range(1, LAYERS + 1):
        below, here = R.get(f"h{n - 1}"), R.get(f"h{n}")
        own = (here(X) <= below(X)[weights[f"a{n}"].tolist()]) | Metadata(transformation=F.identity, aggregation=F.sum)
        body = (below(Y)[weights[f"b{n}"].tolist()], R.get("e")(B)[weights[f"c{n}"].tolist()], R.hidden.bond(X, Y, B))
        rules += [own, (here(X) <= body) | messages, here / 1 | Metadata(transformation=F.tanh)]
    last = R.get(f"h{LAYERS}")(X)[weights["out"].tolist()]
    readout = Metadata(transformation=F.identity, aggregation=F.avg)
    rules += [(R.get("predict") <= last) | readout, R.get("predict") / 0 | Metadata(transformation=F.identity)]
    model.add_rules(rules)
    return model


def many_ground_rules() -> None:
    """A join of 10⁵ instances: time of grounding and reading back, and the memory of the result."""
    generator = np.random.default_rng(0)
    edges = {(int(i), int(j)) for i in range(1000) for j in generator.choice(1000, 10, replace=False)}
    example = Example(tuple(Fact("edge", pair) for pair in sorted(edges)))
    template = parse_template("path(X, Z) :- edge(X, Y), edge(Y, Z).")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.perf_counter()
    grounding = ground(template, [example])
    seconds = time.perf_counter() - begin
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    memory = f"arrays of {grounding.bytes / 2**20:.1f} MiB, peak +{grown:.0f} MiB"
    print(f"{grounding.rules} ground rules in {seconds:.2f} s; {memory}")


def main() -> None:
    many_ground_rules()
    template = parse_template(our_text())
    weights = initial_weights(template, seed=0)
    examples = read_examples(FILES[0])
    queries = read_queries(FILES[1], examples=len(examples))
    begin = time.perf_counter()
    grounding = ground(template, examples)
    network = build_network(grounding)
    print(f"{grounding.rules} ground rules, grounded and built in {time.perf_counter() - begin:.2f} s")
    print(f"{float(network.compression):.1f} neurons merged into one; Mutagenesis, {len(queries)} molecules")
    ours = np.array(evaluate(network, network.entailed(queries), weights=weights))[:, 0]
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        train(template, examples, queries, training=Training(epochs=1, loss="squared"))
        once = time.perf_counter()
        train(template, examples, queries, training=Training(epochs=101, loss="squared"))
        times.append(((time.perf_counter() - once) - (once - begin)) / 100)
    our_epoch = statistics.median(times)
    print(f"ours: {1000 * our_epoch:.2f} ms an epoch (torch, one thread)")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        # Its virtual machine writes logs into the folder it is started in.
        beside_neuralogic(weights, queries, ours, our_epoch)


def neuralogic_outputs(weights, queries):
    """NeuraLogic's model, its built examples and its outputs; None where it is not installed."""
    model = neuralogic_model(weights)
    if model is None:
        return None
    from neuralogic.core import Settings
    from neuralogic.dataset import FileDataset
    from neuralogic.nn import SGD

    model.build(Settings(optimizer=SGD(lr=0.0)))
    # Vectors as targets, because the outputs are vectors of one entry.
    targets = Path("queries.txt").resolve()  # its virtual machine keeps the folder it was started in
    targets.write_text("".join(f"[{query.target}] predict.\n" for query in queries))
    built = model.build_dataset(FileDataset(str(FILES[0].resolve()), str(targets)))
    return model, built, np.array(model.test(built), dtype=float).ravel()


def beside_neuralogic(weights, queries, ours, our_epoch) -> None:
    found = neuralogic_outputs(weights, queries)
    if found is None:
        print("NeuraLogic is not installed here: no ratio")
        return
    model, built, theirs = found
    print(f"largest difference of the {len(theirs)} outputs: {np.abs(ours - theirs).max():.1e}")
    for _ in range(20):
        model.train(built)
    begin = time.perf_counter()
    for _ in range(50):
        model.train(built)
    their_epoch = (time.perf_counter() - begin) / 50
    print(f"NeuraLogic: {1000 * their_epoch:.2f} ms an epoch; ratio {their_epoch / our_epoch:.1f}")


if __name__ == "__main__":
    sys.exit(main())
