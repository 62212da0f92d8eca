"""NeuraLogic as oracle, where PyNeuraLogic and Java are installed: equal outputs with equal weights on Mutagenesis."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from expressivity.relational.grounding.evaluate import evaluate
from expressivity.relational.grounding.grounding import ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.neuralogic_text import read_examples, read_queries
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.learn.training import initial_weights

BENCHMARK = Path(__file__).resolve().parents[3] / "benchmarks" / "bench_relational.py"


def test_outputs_with_fixed_weights_are_those_of_neuralogic(shared, tmp_path, monkeypatch) -> None:
    pytest.importorskip("clingo", reason="grounding needs clingo")
    pytest.importorskip("neuralogic", reason="the oracle is PyNeuraLogic, which needs Java")
    monkeypatch.chdir(tmp_path)  # its virtual machine writes logs into the folder it is started in
    spec = importlib.util.spec_from_file_location("bench_relational", BENCHMARK)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)

    folder = shared / "relational"
    template = parse_template(benchmark.our_text())
    weights = initial_weights(template, seed=0)
    examples = read_examples(folder / "mutagenesis_examples.txt")
    queries = read_queries(folder / "mutagenesis_queries.txt", examples=len(examples))
    network = build_network(ground(template, examples))
    ours = np.array(evaluate(network, network.entailed(queries), weights=weights))[:, 0]
    _, _, theirs = benchmark.neuralogic_outputs(weights, queries)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
