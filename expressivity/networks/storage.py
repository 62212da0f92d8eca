"""Layers to a safetensors file and back: float64 tensors where float64 holds the exact weights, integers elsewhere.

Every array is one tensor. Exact weights that float64 represents are stored as float64, so that any reader of
safetensors can use them; other exact weights (rationals such as 1/3, entries of Q(2cos 2π/N)) are stored as int64
numerators with one more axis for the coefficients, their denominator and conductor in the metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from expressivity.errors import NetworkError
from expressivity.exact import ExactArray, rationals
from expressivity.files import replace_file
from expressivity.networks.forms.form import weight_names, weights_of
from expressivity.networks.forms.registry import form_called
from expressivity.networks.layer import Block, Layer, Readout

FORMAT = "expressivity-network"
VERSION = 1


def write_layers(path: Path, layers: Sequence[Layer], header: Mapping[str, Any]) -> None:
    """Write layers and a JSON header to a file; the file appears whole or not at all.

    Raises:
        NetworkError: when a weight needs more than 63 bits, or the file cannot be written.
    """
    from safetensors.numpy import save

    tensors: dict[str, np.ndarray] = {}
    described = []
    for number, layer in enumerate(layers):
        prefix = f"layer{number}."
        weights = weights_of(layer.transition)
        arrays = {name: value for name, value in weights.items() if isinstance(value, ExactArray)}
        arrays |= {"inputs": layer.inputs, "start": layer.start}
        arrays |= {f"points{i}": block.points for i, block in enumerate(layer.readout.blocks)}
        exact = {}
        for name, array in arrays.items():
            tensors[prefix + name], exact[name] = _to_tensor(array, prefix + name)
        for name in [name for name in weights if name not in arrays]:
            tensors[prefix + name] = np.asarray(weights[name], dtype=np.int64, order="C")
        for i, block in enumerate(layer.readout.blocks):
            tensors[f"{prefix}coordinates{i}"] = block.coordinates.astype(np.int64)
        tensors[prefix + "select"] = np.ascontiguousarray(layer.readout.select, dtype=np.int64)
        tensors[prefix + "table"] = np.ascontiguousarray(layer.readout.table, dtype=np.int64)
        described.append(
            {
                "kind": layer.transition.kind,
                "delay": layer.delay,
                "outputs": layer.readout.outputs,
                "blocks": len(layer.readout.blocks),
                "exact": exact,
            }
        )
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "header": json.dumps(dict(header)),
        "layers": json.dumps(described),
    }
    replace_file(path, save(tensors, metadata=metadata), error=NetworkError)


def read_layers(path: Path) -> tuple[tuple[Layer, ...], dict[str, Any]]:
    """Read what `write_layers` wrote: the layers and the header.

    Raises:
        NetworkError: saying whether the file is missing, corrupt, foreign, or inconsistent.
    """
    from safetensors import SafetensorError, safe_open

    if path.is_dir():
        raise NetworkError(f"{path} is a directory; expected a network file written by `expressivity compile -o`")
    if not path.exists():
        raise NetworkError(f"{path} does not exist; expected a network file written by `expressivity compile -o`")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, OSError, ValueError) as error:
        raise NetworkError(
            f"{path} is not a readable safetensors file ({error}); "
            "it may be cut short or of another kind: write it again with `compile -o`"
        ) from None
    if metadata.get("format") != FORMAT:
        raise NetworkError(
            f"{path} is a safetensors file of another program (metadata {metadata or 'absent'}); "
            f'expected format="{FORMAT}", as `expressivity compile -o` writes it'
        )
    if metadata.get("version") != str(VERSION):
        raise NetworkError(f"{path} has format version {metadata.get('version')}; this release reads version {VERSION}")
    try:
        header = json.loads(metadata["header"])
        layers = tuple(_read_layer(f"layer{i}.", d, tensors) for i, d in enumerate(json.loads(metadata["layers"])))
    except NetworkError as error:
        raise NetworkError(f"{path} does not hold a consistent network: {error}") from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise NetworkError(
            f"{path} claims to be a network but its contents are damaged ({error!r}); write it again with `compile -o`"
        ) from None
    return layers, header


def _to_tensor(array: ExactArray, name: str) -> tuple[np.ndarray, dict[str, int] | None]:
    """The tensor to store, and what is needed to read it exactly (None: it is a float64 tensor, exact as it is)."""
    if array.is_rational:
        floats = array.to_float()
        if np.all(np.isfinite(floats)) and rationals(floats).equals(array.simplified()):
            return floats, None
    if array.numerators.dtype != np.int64:
        raise NetworkError(f"{name} holds an exact weight that needs more than 63 bits; it cannot be stored")
    return np.ascontiguousarray(array.numerators), {"denominator": array.denominator, "conductor": array.conductor}


def _to_exact(tensor: np.ndarray, scale: dict[str, int] | None) -> ExactArray:
    if scale is None:
        return rationals(tensor)
    return ExactArray(tensor.astype(np.int64), int(scale["denominator"]), int(scale["conductor"]))


def _read_layer(prefix: str, described: dict[str, Any], tensors: Mapping[str, np.ndarray]) -> Layer:
    form = form_called(described["kind"])
    exact = {name: _to_exact(tensors[prefix + name], scale) for name, scale in described["exact"].items()}
    weights: dict[str, Any] = {}
    for name in weight_names(form):
        if name in exact:
            weights[name] = exact[name]
        elif (tensor := tensors.get(prefix + name)) is not None:
            weights[name] = tensor if tensor.ndim else int(tensor)
    transition = form(**weights)
    blocks = tuple(
        Block(tensors[f"{prefix}coordinates{i}"], exact[f"points{i}"]) for i in range(int(described["blocks"]))
    )
    readout = Readout(blocks, tensors[prefix + "select"], tensors[prefix + "table"], int(described["outputs"]))
    return Layer(transition, exact["inputs"], exact["start"], readout, int(described["delay"]))
