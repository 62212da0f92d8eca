"""Weights as rows of a table: what each letter does to the state, in the notation of the family."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from expressivity.exact import ExactArray
from expressivity.networks.layer import Layer
from expressivity.networks.network import Network
from expressivity.networks.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.rwkv7 import Rwkv7Transition
from expressivity.networks.transition import ComplexDiagonalTransition, DiagonalTransition, HouseholderTransition
from expressivity.playground.text import plain

_MOST_NUMBERS = 12


def weight_rows(network: Network, *, most: int = 24) -> list[dict[str, object]]:
    """One row for each layer and letter: what is multiplied and what is added.

    Arguments:
        network: the network.
        most: rows; the first ones, of every layer at least one.

    Returns:
        Mappings with the keys "layer", "letter", "A(x)" and "B(x)", as Markdown.
    """
    share = max(1, most // len(network.layers))
    return [
        {
            "layer": number + 1,
            "letter": plain(name),
            "A(x)": transition_text(layer, letter),
            "B(x)": _vector(_numbers(layer.inputs[letter])),
        }
        for number, layer in enumerate(network.layers)
        for letter, name in enumerate(symbol_names(network, number)[:share])
    ]


def hidden_rows(network: Network, *, most: int = 24) -> int:
    """How many rows `weight_rows` leaves out."""
    share = max(1, most // len(network.layers))
    return sum(max(0, layer.letters - share) for layer in network.layers)


def symbol_names(network: Network, number: int) -> list[str]:
    """What a layer reads, in words: letters of the alphabet, or answers of the layer below, with the one before.

    Arguments:
        network: the network.
        number: of the layer, from 0.
    """
    layer = network.layers[number]
    start = ["start of word"] if network.bos else []
    names = [*network.letters, *start] if number == 0 else [f"answer {k}" for k in range(layer.symbols)]
    if not layer.delay:
        return names
    return [f"{name} after {before}" for before in [*names, "nothing"] for name in names]


def transition_text(layer: Layer, letter: int) -> str:
    """A(x) for one letter, in the notation of its form.

    Arguments:
        layer: the layer.
        letter: number of the letter.
    """
    transition = layer.transition
    if isinstance(transition, HouseholderTransition):
        factors = [
            f"β = {_number(beta)}, k ∝ {_vector(_numbers(transition.keys[letter, k]))}"
            for k in range(transition.factors)
            if _number(beta := transition.betas[letter, k]) != "0"
        ]
        gate = [] if transition.gates is None else [f"α = {_number(transition.gates[letter])}"]
        return "; ".join([*gate, *factors]) or "identity"
    if isinstance(transition, DiagonalTransition):
        return f"Diag{_vector(_numbers(transition.diagonal[letter]))}"
    if isinstance(transition, ComplexDiagonalTransition):
        return f"Diag{_vector(_complex(transition.real[letter], transition.imaginary[letter]))}"
    if isinstance(transition, PermutationDiagonalTransition):
        values = _numbers(transition.real[letter])
        if transition.imaginary is not None:
            values = _complex(transition.real[letter], transition.imaginary[letter])
        return f"Diag{_vector(values)}, then coordinates to {_vector(map(str, transition.index[letter].tolist()))}"
    if isinstance(transition, Rwkv7Transition):
        keys = _vector(_numbers(transition.keys[letter].reshape(-1)))
        decays, rates = _numbers(transition.decays[letter]), _numbers(transition.rates[letter])
        return f"w = {_vector(decays)}, κ ∝ {keys}, a = {_vector(rates)}"
    matrix = transition.matrices[letter]
    return "rows " + " ".join(_vector(_numbers(matrix[i])) for i in range(min(matrix.shape[0], _MOST_NUMBERS)))


def _complex(real: ExactArray, imaginary: ExactArray) -> list[str]:
    pairs = zip(_numbers(real), _numbers(imaginary), strict=True)
    return [re if im == "0" else f"{im}i" if re == "0" else f"{re} + {im}i".replace("+ −", "− ") for re, im in pairs]


def _numbers(array: ExactArray) -> list[str]:
    flat = array.reshape(-1)
    return [_number(flat[i]) for i in range(flat.shape[0])]


def _number(value: ExactArray) -> str:
    """A number as people write it: a fraction when it is short, else about how much it is."""
    if value.is_rational:
        text = str(value.fractions().item())
        if len(text) <= 9:
            return text.replace("-", "−")
    return f"≈{float(value.to_float()):.4g}".replace("-", "−")


def _vector(numbers: Iterable[Any]) -> str:
    shown = list(numbers)
    rest = [f"… {len(shown)} numbers"] if len(shown) > _MOST_NUMBERS else []
    return f"({', '.join([*shown[:_MOST_NUMBERS], *rest])})"
