"""Template, examples, queries → trained weights: one differentiable function, one optimiser, cross-validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Int

from expressivity.errors import TemplateError
from expressivity.relational.grounding.evaluate import evaluate
from expressivity.relational.grounding.ground_network import GroundNetwork
from expressivity.relational.grounding.grounding import Progress, ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.examples import Example, Query
from expressivity.relational.language.rules import exact_value
from expressivity.relational.language.templates import Template
from expressivity.relational.learn.fitted import FittedTemplate
from expressivity.relational.learn.losses import LOSSES, accuracy, targets_of
from expressivity.relational.learn.torch_program import Forward, Tensor, forward_of, import_torch

OPTIMISERS = {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}


@dataclass(frozen=True)
class Training:
    """How to train.

    Arguments:
        loss: a name in `LOSSES`.
        optimiser: adam, adamw, sgd or rmsprop.
        learning_rate: its step size.
        weight_decay: passed to the optimiser.
        epochs: most passes over the queries.
        batch_size: queries per step; None for all at once.
        patience: stop after so many epochs without a better validation loss, and return the best weights.
        validation: share of the queries held out for that, 0 for none.
        unentailed: "refuse" queries that are not entailed, or "skip" them.
        seed: of the drawn weights, the batches and the held-out share.
        threads: threads torch may use; more than one is slower on networks of this size.
    """

    loss: str = "logistic"
    optimiser: str = "adam"
    learning_rate: float = 0.01
    weight_decay: float = 0.0
    epochs: int = 400
    batch_size: int | None = None
    patience: int | None = None
    validation: float = 0.0
    unentailed: str = "refuse"
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        problems = []
        if self.loss not in LOSSES:
            problems.append(f"loss {self.loss!r} is unknown; expected one of {', '.join(LOSSES)}")
        if self.optimiser not in OPTIMISERS:
            problems.append(f"optimiser {self.optimiser!r} is unknown; expected one of {', '.join(OPTIMISERS)}")
        if self.unentailed not in {"refuse", "skip"}:
            problems.append(f"unentailed is {self.unentailed!r}; expected 'refuse' or 'skip'")
        if not 0 <= self.validation < 1:
            problems.append(f"validation is {self.validation}; expected a share from 0 up to 1")
        if self.patience is not None and self.validation == 0:
            problems.append("patience needs a validation loss; set validation to a share above 0")
        if self.epochs < 1 or self.threads < 1 or (self.batch_size is not None and self.batch_size < 1):
            problems.append("epochs, threads and batch_size must be positive")
        if problems:
            raise TemplateError("cannot train: " + "; ".join(problems))


@dataclass(frozen=True)
class CrossValidation:
    """Scores of k-fold cross-validation.

    Arguments:
        scores: accuracy on each held-out fold.
    """

    scores: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean accuracy."""
        return float(np.mean(self.scores))

    @property
    def deviation(self) -> float:
        """Standard deviation of the accuracies."""
        return float(np.std(self.scores))


def train(
    template: Template,
    examples: Sequence[Example],
    queries: Sequence[Query],
    *,
    training: Training | None = None,
    progress: Progress | None = None,
) -> FittedTemplate:
    """Train a template.

    Arguments:
        template: weights that have a value start from it, the others are drawn.
        examples: the examples.
        queries: with targets.
        training: how.
        progress: called with a line of text now and then.

    Raises:
        TemplateError: when torch or clingo is missing, a query has no target, or queries are not entailed.
    """
    training = training or Training()
    network = build_network(ground(template, examples, progress=progress))
    queries, neurons = _entailed(network, queries, training)
    places = np.random.default_rng(training.seed).permutation(len(queries))
    held_out = round(training.validation * len(queries))
    return _fit(network, neurons, queries, places[held_out:], places[:held_out], training, progress)


def cross_validate(
    template: Template,
    examples: Sequence[Example],
    queries: Sequence[Query],
    *,
    folds: int = 10,
    training: Training | None = None,
    progress: Progress | None = None,
) -> CrossValidation:
    """Accuracy by k-fold cross-validation, stratified by target.

    Arguments:
        template: the template; every fold starts afresh.
        examples: the examples; grounded once for all folds.
        queries: with targets.
        folds: k.
        training: how; fold f uses seed + f.
        progress: called with a line of text after every fold.

    Raises:
        TemplateError: when there are fewer queries than folds, or the loss has no accuracy.
    """
    training = training or Training()
    if not 2 <= folds <= len(queries):
        raise TemplateError(f"{folds} folds of {len(queries)} queries; expected at least 2 and at most one per query")
    network = build_network(ground(template, examples, progress=progress))
    queries, neurons = _entailed(network, queries, training)
    fold_of = stratified_folds(targets_of(queries), folds=folds, seed=training.seed)
    scores = []
    for fold in range(folds):
        inside, outside = np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)
        how = replace(training, seed=training.seed + fold)
        held_out = round(training.validation * len(inside))
        shuffled = np.random.default_rng(how.seed).permutation(inside)
        model = _fit(network, neurons, queries, shuffled[held_out:], shuffled[:held_out], how, None)
        values = {name: np.array(w.value, dtype=np.float64) for name, w in model.template.weights.items()}
        outputs = np.array(evaluate(network, neurons[outside], weights=values))
        scores.append(accuracy(how.loss, LOSSES[how.loss].prediction(outputs), [queries[i] for i in outside]))
        if progress is not None:
            progress(f"fold {fold + 1} of {folds}: accuracy {scores[-1]:.3f}")
    return CrossValidation(tuple(scores))


def stratified_folds(targets: np.ndarray, *, folds: int, seed: int) -> Int[np.ndarray, " query"]:
    """The fold of each query: each target is spread over the folds as evenly as its count allows."""
    generator = np.random.default_rng(seed)
    fold_of = np.empty(len(targets), dtype=np.int64)
    dealt = 0
    for target in np.unique(targets):
        members = generator.permutation(np.flatnonzero(targets == target))
        fold_of[members] = (dealt + np.arange(len(members))) % folds
        dealt += len(members)
    return fold_of


def initial_weights(template: Template, *, seed: int) -> dict[str, np.ndarray]:
    """The values weights have, and for the others a uniform draw scaled by rows and columns (Glorot); biases are 0."""
    generator = np.random.default_rng(seed)
    biases = {rule.bias.name for rule in template.rules if rule.bias is not None}
    biases |= {option.bias.name for option in template.options.values() if option.bias is not None}
    found = {}
    for name, weight in template.weights.items():
        if weight.value is not None:
            found[name] = np.array(weight.value, dtype=np.float64)
        elif name in biases:
            found[name] = np.zeros(weight.shape)
        else:
            rows, columns = (*weight.shape, 1, 1)[:2]
            found[name] = np.asarray(generator.uniform(-1, 1, size=weight.shape) * np.sqrt(6 / (rows + columns)))
    return found


def _entailed(network: GroundNetwork, queries: Sequence[Query], training: Training) -> tuple[list[Query], np.ndarray]:
    targets_of(queries)
    if training.unentailed == "refuse":
        return list(queries), network.entailed(queries)
    found = network.outputs(queries)
    kept = [query for query, neuron in zip(queries, found.tolist(), strict=True) if neuron >= 0]
    if not kept:
        raise TemplateError("none of the queries is entailed; check their predicate and arguments")
    return kept, found[found >= 0]


@contextmanager
def _threads(torch: Any, count: int) -> Iterator[None]:
    """Limit torch's threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _fit(
    network: GroundNetwork,
    neurons: np.ndarray,
    queries: Sequence[Query],
    inside: np.ndarray,
    held_out: np.ndarray,
    training: Training,
    progress: Progress | None,
) -> FittedTemplate:
    torch = import_torch()
    loss = LOSSES[training.loss]
    targets = torch.from_numpy(targets_of(queries))
    template = network.template
    weights = {name: torch.from_numpy(v) for name, v in initial_weights(template, seed=training.seed).items()}
    moved = [weights[name].requires_grad_() for name, weight in template.weights.items() if not weight.fixed]
    if not moved:
        raise TemplateError("all weights are fixed, so there is nothing to train; give some by shape, as in {3,3}")
    optimiser = getattr(torch.optim, OPTIMISERS[training.optimiser])(
        moved, lr=training.learning_rate, weight_decay=training.weight_decay
    )
    size = training.batch_size or len(inside)
    batches = [inside[first : first + size] for first in range(0, len(inside), size)]
    with _threads(torch, training.threads):
        parts = [(forward_of(network, neurons[batch]), targets[torch.from_numpy(batch)]) for batch in batches]
        check = forward_of(network, neurons[held_out]) if len(held_out) else None
        history: list[float] = []
        validation: list[float] = []
        best, best_epoch, best_weights = np.inf, 0, _copied(weights)
        for epoch in range(training.epochs):
            total = 0.0
            for forward, target in parts:
                optimiser.zero_grad()
                value = loss.torch(torch, _outputs(forward, weights, loss.entries), target)
                value.backward()
                optimiser.step()
                total += value.item() * len(target)
            history.append(total / len(inside))
            if check is not None:
                with torch.no_grad():
                    value = loss.torch(torch, check(weights), targets[torch.from_numpy(held_out)])
                validation.append(value.item())
                if validation[-1] < best:
                    best, best_weights, best_epoch = validation[-1], _copied(weights), epoch
                elif training.patience is not None and epoch - best_epoch >= training.patience:
                    break
            if progress is not None:
                progress(f"epoch {epoch + 1} of {training.epochs}: loss {history[-1]:.4f}")
    final = best_weights if training.patience is not None else _copied(weights)
    fitted = template.with_weights({name: exact_value(value.tolist()) for name, value in final.items()})
    return FittedTemplate(fitted, training.loss, tuple(history), tuple(validation), training.seed)


def _outputs(forward: Forward, weights: Mapping[str, Tensor], entries: int | None) -> Tensor:
    out = forward(weights)
    if entries is not None and out.shape[1] != entries:
        raise TemplateError(f"outputs have {out.shape[1]} entries; this loss expects {entries}")
    return out


def _copied(weights: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: weight.detach().numpy().copy() for name, weight in weights.items()}
