"""Trained templates: predict, save and load, and which rules matter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from expressivity.errors import TemplateError
from expressivity.files import replace_file
from expressivity.relational.grounding.evaluate import evaluate
from expressivity.relational.grounding.grounding import Progress, ground
from expressivity.relational.grounding.network_builder import build_network
from expressivity.relational.language.examples import Example, Query
from expressivity.relational.language.rules import exact_value
from expressivity.relational.language.template_text import parse_template, write_template
from expressivity.relational.language.templates import Template
from expressivity.relational.learn.losses import LOSSES, loss_of

FORMAT = "expressivity-relational"


@dataclass(frozen=True)
class FittedTemplate:
    """A template with trained weights.

    Arguments:
        template: the template; its weights have the trained values.
        loss: name of the loss it was trained with, which says what an output means.
        history: the training loss after each epoch.
        validation: the validation loss after each epoch, if there was validation.
        seed: the seed weights were drawn with.
    """

    template: Template
    loss: str
    history: tuple[float, ...] = ()
    validation: tuple[float, ...] = ()
    seed: int = 0

    def predict(self, examples: Sequence[Example], queries: Sequence[Query]) -> Float64[np.ndarray, "query entry"]:
        """Predictions in float64: probabilities where the loss is about probabilities, else values.

        Arguments:
            examples: the examples.
            queries: what is asked of them; their targets are not looked at.

        Returns:
            One row for each query; a row of NaN for a query that is not entailed.
        """
        network = build_network(ground(self.template, examples))
        values = evaluate(network, network.outputs(queries))
        length = max((len(value) for value in values), default=1)
        rows = np.full((len(queries), length), np.nan)
        for row, value in zip(rows, values, strict=True):
            row[: len(value)] = value if len(value) else np.nan
        return LOSSES[self.loss].prediction(rows)

    def save(self, path: str | Path) -> None:
        """Write weights and template text as a safetensors file, atomically."""
        from safetensors.numpy import save

        header = {"format": FORMAT, "loss": self.loss, "seed": str(self.seed)}
        header["template"] = write_template(self.template.without_values())
        header["history"] = json.dumps([self.history, self.validation])
        arrays = {name: np.array(weight.value, dtype=np.float64) for name, weight in self.template.weights.items()}
        replace_file(Path(path), save(arrays, metadata=header), error=TemplateError)

    @classmethod
    def load(cls, path: str | Path) -> FittedTemplate:
        """Read what `save` wrote.

        Raises:
            TemplateError: when the file is missing, corrupt, or not a template of this library.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(str(path), framework="numpy") as file:
                header = file.metadata() or {}
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        except (OSError, SafetensorError) as error:
            raise TemplateError(f"cannot read {path}: {error}; expected a file written by `relational train`") from None
        if header.get("format") != FORMAT:
            raise TemplateError(f"{path} is no trained template; expected a file written by `relational train`")
        template = parse_template(header["template"])
        history, validation = json.loads(header["history"])
        values = {name: exact_value(array.tolist()) for name, array in arrays.items()}
        return cls(
            template.with_weights(values), header["loss"], tuple(history), tuple(validation), int(header["seed"])
        )


def rule_importance(
    model: FittedTemplate, examples: Sequence[Example], queries: Sequence[Query], *, progress: Progress | None = None
) -> list[tuple[int, str, float]]:
    """Which rules matter: how much the loss grows when a rule is silenced.

    Arguments:
        model: the trained template.
        examples: the examples.
        queries: with targets.
        progress: passed on to the grounding.

    Returns:
        For each rule its number, its text, and the loss without it minus the loss with it, largest first. A rule
        whose absence changes nothing gets exactly 0.

    Raises:
        TemplateError: when a query has no target or is not entailed.
    """
    grounding = ground(model.template, examples, progress=progress)
    lines = write_template(model.template.without_values()).splitlines()

    def loss_without(number: int | None) -> float:
        template = model.template if number is None else model.template.silenced(number)
        network = build_network(grounding.replaced(template))
        values = np.array(evaluate(network, network.entailed(queries)))
        return loss_of(model.loss, values, queries)

    whole = loss_without(None)
    found = [(i, lines[i], loss_without(i) - whole) for i in range(len(model.template.rules))]
    return sorted(found, key=lambda entry: -entry[2])
