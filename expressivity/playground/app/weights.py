"""Weights as rows of a table: what each letter does to the state, in the notation of the family."""

from __future__ import annotations

from expressivity.networks.forms.notation import number_texts, vector_text
from expressivity.networks.network import Network
from expressivity.playground.app.markdown import plain


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
            "A(x)": layer.transition.shown(letter),
            "B(x)": vector_text(number_texts(layer.inputs[letter])),
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
