"""Losses: what a template's output means, how far it is from its target, and the scores reported about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from expressivity.errors import TemplateError
from expressivity.relational.language.examples import Query
from expressivity.relational.learn.torch_program import import_torch

Tensor = Any


@dataclass(frozen=True)
class Loss:
    """A loss by what it makes of outputs.

    Arguments:
        prediction: outputs (query, entry) → predictions of the same rows.
        correct: predictions and targets → whether each is right; None when being right is not a matter of yes or no.
        torch: the module torch, outputs and targets → the mean loss.
        entries: number of entries an output must have, None for any.
    """

    prediction: Callable[[np.ndarray], np.ndarray]
    correct: Callable[[np.ndarray, np.ndarray], np.ndarray] | None
    torch: Callable[[Any, Tensor, Tensor], Tensor]
    entries: int | None


def _sigmoid(x: np.ndarray) -> np.ndarray:
    values: np.ndarray = 1 / (1 + np.exp(-np.clip(x, -700, 700)))
    return values


def _softmax(x: np.ndarray) -> np.ndarray:
    shifted = np.exp(x - x.max(axis=1, keepdims=True))
    values: np.ndarray = shifted / shifted.sum(axis=1, keepdims=True)
    return values


def _right_side(predictions: np.ndarray, targets: np.ndarray) -> np.ndarray:
    found: np.ndarray = (predictions[:, 0] > 0.5) == (targets > 0)
    return found


LOSSES = {
    "logistic": Loss(
        _sigmoid,
        _right_side,
        lambda torch, out, target: torch.nn.functional.binary_cross_entropy_with_logits(
            out[:, 0], (target > 0).to(out.dtype)
        ),
        1,
    ),
    "binary-cross-entropy": Loss(
        lambda x: x,
        _right_side,
        lambda torch, out, target: torch.nn.functional.binary_cross_entropy(out[:, 0], (target > 0).to(out.dtype)),
        1,
    ),
    "cross-entropy": Loss(
        _softmax,
        lambda predictions, targets: predictions.argmax(axis=1) == targets,
        lambda torch, out, target: torch.nn.functional.cross_entropy(out, target.long()),
        None,
    ),
    "squared": Loss(
        lambda x: x, None, lambda torch, out, target: torch.nn.functional.mse_loss(out[:, 0], target.to(out.dtype)), 1
    ),
}
"""By name: `logistic` (the output is a logit, targets above 0 are positive), `binary-cross-entropy` (it is a
probability), `cross-entropy` (a vector of logits, targets are classes 0, 1, …), `squared` (a number)."""


def loss_of(name: str, outputs: Float64[np.ndarray, "query entry"], queries: Sequence[Query]) -> float:
    """The mean loss of outputs.

    Raises:
        TemplateError: when a query has no target.
    """
    torch = import_torch()
    return float(LOSSES[name].torch(torch, torch.from_numpy(outputs), torch.from_numpy(targets_of(queries))))


def targets_of(queries: Sequence[Query]) -> Float64[np.ndarray, " query"]:
    """The targets.

    Raises:
        TemplateError: naming a query without one.
    """
    missing = [str(query) for query in queries if query.target is None]
    if missing:
        raise TemplateError(f"{len(missing)} queries have no target, {missing[0]} the first; give each a target")
    return np.array([query.target for query in queries], dtype=np.float64)


def accuracy(name: str, predictions: Float64[np.ndarray, "query entry"], queries: Sequence[Query]) -> float:
    """The share of right predictions.

    Raises:
        TemplateError: when the loss knows no right and wrong.
    """
    correct = LOSSES[name].correct
    if correct is None:
        raise TemplateError(f"loss {name!r} has no accuracy; use logistic, binary-cross-entropy or cross-entropy")
    return float(np.mean(correct(predictions, targets_of(queries))))


def area_under_curve(scores: Float64[np.ndarray, " query"], positive: Bool[np.ndarray, " query"]) -> float:
    """The area under the ROC curve: how often a positive outranks a negative, ties counted half."""
    ranks = np.unique(scores, return_inverse=True)[1].reshape(-1)
    size = np.bincount(ranks)
    middle = np.cumsum(size) - (size - 1) / 2  # mean rank of each group of equal scores, from 1
    positives, negatives = int(positive.sum()), int((~positive).sum())
    if positives == 0 or negatives == 0:
        raise TemplateError(f"{positives} positives and {negatives} negatives; the curve needs some of each")
    total = middle[ranks][positive].sum() - positives * (positives + 1) / 2
    return float(total / (positives * negatives))
