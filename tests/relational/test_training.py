"""Training: gradients against finite differences and across merging, seeds, stopping, saving, what rules matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expressivity.errors import TemplateError
from expressivity.relational.grounding.evaluate import evaluate
from expressivity.relational.grounding.grounding import ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.examples import Example, Fact, Query, graph_example
from expressivity.relational.language.graphs import cycles
from expressivity.relational.language.neuralogic_text import read_examples, read_queries
from expressivity.relational.language.template_text import parse_template
from expressivity.relational.learn.fitted import FittedTemplate, rule_importance
from expressivity.relational.learn.losses import accuracy, area_under_curve
from expressivity.relational.learn.torch_program import forward_of
from expressivity.relational.learn.training import Training, cross_validate, initial_weights, stratified_folds, train
from oracles.relational import OUT, message_passing, random_example

pytest.importorskip("clingo", reason="grounding needs clingo")
torch = pytest.importorskip("torch", reason="training needs torch")

AGGREGATIONS = ["sum", "avg", "max", "min"]


def outputs_and_gradients(network, queries, weights):
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in weights.items()}
    out = forward_of(network, network.entailed(queries))(tensors)
    (out * torch.arange(1, len(queries) + 1).to(out.dtype)[:, None]).sum().backward()
    return out.detach().numpy(), {name: tensor.grad.numpy() for name, tensor in tensors.items()}


def some_networks(aggregation):
    template = message_passing(aggregation)
    examples = [random_example(seed, nodes=6) for seed in range(4)]
    grounding = ground(template, examples)
    queries = [replace(OUT, example=i) for i in range(len(examples))]
    return template, queries, build_network(grounding), build_network(grounding, merge=False)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_merged_and_unmerged_networks_give_identical_outputs_and_gradients(aggregation) -> None:
    template, queries, merged, unmerged = some_networks(aggregation)
    # Small dyadic weights: float64 is exact for sums and products of these sizes, so "identical" can mean equal.
    rng = np.random.default_rng(3)
    weights = {name: rng.integers(-2, 3, size=weight.shape) / 2 for name, weight in template.weights.items()}
    out, gradients = outputs_and_gradients(merged, queries, weights)
    other, others = outputs_and_gradients(unmerged, queries, weights)
    if aggregation == "avg":  # division rounds
        np.testing.assert_allclose(out, other, rtol=1e-13)
        for name, gradient in gradients.items():
            np.testing.assert_allclose(gradient, others[name], rtol=1e-12, atol=1e-12)
        return
    assert np.array_equal(out, other)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, others[name], rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_outputs_are_those_of_numpy_and_gradients_those_of_differences(aggregation) -> None:
    template, queries, network, _ = some_networks(aggregation)
    rng = np.random.default_rng(5)
    weights = {name: rng.normal(size=weight.shape) for name, weight in template.weights.items()}
    out, gradients = outputs_and_gradients(network, queries, weights)
    neurons = network.entailed(queries)
    np.testing.assert_allclose(out, np.array(evaluate(network, neurons, weights=weights)), rtol=1e-12)
    factors = np.arange(1, len(queries) + 1)[:, None]
    for name, value in weights.items():
        for place in np.ndindex(value.shape):
            sides = []
            for step in (1e-6, -1e-6):
                moved = {**weights, name: value.copy()}
                moved[name][place] += step
                sides.append((np.array(evaluate(network, neurons, weights=moved)) * factors).sum())
            assert gradients[name][place] == pytest.approx((sides[0] - sides[1]) / 2e-6, rel=1e-4, abs=1e-5)


def triangles_or_not() -> tuple[list[Example], list[Query]]:
    graphs = [cycles(3, length) for length in range(3, 9)] + [cycles(length) for length in range(6, 12)]
    examples = [graph_example(graph) for graph in graphs]
    return examples, [Query("out", (), float(i < 6), i) for i in range(len(graphs))]


TRIANGLES = """
    {} out :- edge(X, Y), edge(Y, Z), edge(Z, X). [combination=product, bag]
    {} out :- node(X).
    {} out :- isolated(X).
    out/0 [bias={}]
"""


def test_what_is_separable_is_learned_and_the_rule_that_matters_is_named() -> None:
    examples, queries = triangles_or_not()
    model = train(parse_template(TRIANGLES), examples, queries, training=Training(epochs=300, learning_rate=0.1))
    predictions = model.predict(examples, queries)
    assert accuracy("logistic", predictions, queries) == 1
    assert model.history[-1] < 0.3 < model.history[0]
    importance = rule_importance(model, examples, queries)
    assert importance[0][0] == 0
    assert "edge(Z, X)" in importance[0][1]
    assert {rule: growth for rule, _, growth in importance}[2] == 0  # it never fires
    assert np.isnan(model.predict(examples, [Query("nothing", ())])).all()


def test_the_same_seed_gives_the_same_weights_and_another_one_others() -> None:
    examples, queries = triangles_or_not()
    how = Training(epochs=3, batch_size=5, optimiser="sgd")
    one, same, other = (
        train(parse_template(TRIANGLES), examples, queries, training=replace(how, seed=seed)) for seed in (1, 1, 2)
    )
    assert one.template == same.template
    assert one.history == same.history
    assert one.template != other.template


def test_early_stopping_returns_the_best_weights() -> None:
    examples, queries = triangles_or_not()
    how = Training(epochs=200, learning_rate=2.0, validation=0.25, patience=5)
    model = train(parse_template(TRIANGLES), examples, queries, training=how)
    assert len(model.history) == len(model.validation) < 200
    assert model.validation[-6] == min(model.validation)


def test_a_trained_template_is_saved_and_loaded(tmp_path) -> None:
    examples, queries = triangles_or_not()
    model = train(parse_template(TRIANGLES), examples, queries, training=Training(epochs=3))
    path = tmp_path / "model.safetensors"
    model.save(path)
    loaded = FittedTemplate.load(path)
    assert loaded == model
    assert np.array_equal(loaded.predict(examples, queries), model.predict(examples, queries))
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(TemplateError, match=r"cannot read .*expected a file written by `relational train`"):
        FittedTemplate.load(path)


def test_queries_without_value_are_refused_or_skipped() -> None:
    template = parse_template("{} out(X) :- red(X). out/1 [bias={}]")
    example = Example((Fact("red", (0,)), Fact("node", (1,))))
    queries = [Query("out", (0,), 1.0), Query("out", (1,), 0.0)]
    with pytest.raises(TemplateError, match=r"1 of 2 queries are not entailed.*out\(1\) of example 0"):
        train(template, [example], queries)
    assert train(template, [example], queries, training=Training(epochs=2, unentailed="skip")).history


def test_impossible_settings_are_reported_together() -> None:
    with pytest.raises(TemplateError, match=r"loss 'l1' is unknown.*optimiser 'lbfgs'.*patience needs"):
        Training(loss="l1", optimiser="lbfgs", patience=3)
    examples, queries = triangles_or_not()
    with pytest.raises(TemplateError, match="all weights are fixed"):
        train(parse_template("out :- node(X)."), examples, queries)
    with pytest.raises(TemplateError, match="13 folds of 12 queries"):
        cross_validate(parse_template(TRIANGLES), examples, queries, folds=13)


def test_folds_are_stratified_and_the_curve_is_that_of_its_definition() -> None:
    targets = np.array([0] * 13 + [1] * 7)
    folds = stratified_folds(targets, folds=5, seed=0)
    assert np.bincount(folds).tolist() == [4] * 5
    assert {int((targets[folds == fold] == 1).sum()) for fold in range(5)} <= {1, 2}
    rng = np.random.default_rng(0)
    scores, positive = rng.integers(0, 5, 40).astype(float), rng.random(40) < 0.4
    pairs = [(a > b) + (a == b) / 2 for a in scores[positive] for b in scores[~positive]]
    assert area_under_curve(scores, positive) == pytest.approx(np.mean(pairs))


def test_drawn_weights_leave_given_ones_alone() -> None:
    template = parse_template("w=2 h(X) :- {3,2} f(X). [bias={3}]")
    drawn = initial_weights(template, seed=0)
    assert drawn["w"] == 2
    assert np.all(drawn["rule0.bias"] == 0)
    assert np.abs(drawn["rule0.body0"]).max() <= np.sqrt(6 / 5)


MUTAGENESIS = """
    {3} e(B) :- b_1(B). {3} e(B) :- b_2(B). {3} e(B) :- b_3(B). {3} e(B) :- b_4(B). {3} e(B) :- b_5(B).
    {3} e(B) :- b_7(B).
    {3} h0(X) :- c(X). {3} h0(X) :- h(X). {3} h0(X) :- o(X). {3} h0(X) :- n(X). {3} h0(X) :- f(X).
    {3} h0(X) :- cl(X). {3} h0(X) :- br(X). {3} h0(X) :- i(X).
    h1(X) :- {3,3} h0(X).  h1(X) :- {3,3} h0(Y), {3,3} e(B), hidden bond(X, Y, B). [activation=tanh]
    h2(X) :- {3,3} h1(X).  h2(X) :- {3,3} h1(Y), {3,3} e(B), hidden bond(X, Y, B). [activation=tanh]
    predict :- {1,3} h2(X). [aggregation=avg]
    h1/1 [activation=tanh]  h2/1 [activation=tanh]  predict/0 [bias={}]
"""


@pytest.mark.slow
def test_mutagenesis_is_learned_by_a_three_dimensional_template(shared) -> None:
    examples = read_examples(shared / "relational" / "mutagenesis_examples.txt")
    queries = read_queries(shared / "relational" / "mutagenesis_queries.txt", examples=len(examples))
    network = build_network(ground(parse_template(MUTAGENESIS), examples))
    assert network.compression > 20
    how = Training(epochs=200, learning_rate=0.02)
    assert cross_validate(parse_template(MUTAGENESIS), examples, queries, training=how).mean >= 0.8
