"""Network files: exact round trips, and clear words for damaged or foreign files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import expressivity as ex
from expressivity.networks.exchange import network_to_json


@pytest.mark.parametrize(
    ("name", "family"),
    [("mod5", "deltaproduct"), ("mod5", "deltanet-signed"), ("S4", "deltaproduct"), ("tomita-3", "dense")],
)
def test_what_is_written_is_read_back_exactly(name: str, family: str, tmp_path: Path) -> None:
    network = ex.compile(name, family)
    network.save(tmp_path / "n.safetensors")
    again = ex.Network.load(tmp_path / "n.safetensors")
    assert network_to_json(again) == network_to_json(network)
    assert (again.family, again.about, again.bos) == (network.family, network.about, network.bos)


def test_dyadic_weights_are_plain_floats_for_any_reader(tmp_path: Path) -> None:
    ex.compile("S4", "deltaproduct").save(tmp_path / "n.safetensors")
    tensors = load_file(tmp_path / "n.safetensors")
    assert tensors["layer0.betas"].dtype == np.float64
    assert set(np.unique(tensors["layer0.betas"])) <= {0.0, 1.0, 2.0}


def test_damaged_and_foreign_files_are_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "n.safetensors"
    ex.compile("parity", "dense").save(path)
    data = path.read_bytes()
    for cut in (0, 5, len(data) // 2, len(data) - 1):
        (tmp_path / "cut").write_bytes(data[:cut])
        with pytest.raises(ex.NetworkError, match="not a readable safetensors file"):
            ex.Network.load(tmp_path / "cut")
    save_file({"w": np.zeros(3)}, tmp_path / "foreign")
    with pytest.raises(ex.NetworkError, match="safetensors file of another program"):
        ex.Network.load(tmp_path / "foreign")
    with pytest.raises(ex.NetworkError, match="does not exist"):
        ex.Network.load(tmp_path / "nothing")
    with pytest.raises(ex.NetworkError, match="is a directory"):
        ex.Network.load(tmp_path)


def test_inconsistent_contents_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "n.safetensors"
    ex.compile("parity", "dense").save(path)
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    for name in list(tensors):
        rest = {other: array for other, array in tensors.items() if other != name}
        save_file(rest, tmp_path / "bad", metadata)
        with pytest.raises(ex.NetworkError, match="contents are damaged"):
            ex.Network.load(tmp_path / "bad")
    save_file(tensors | {"layer0.table": tensors["layer0.table"] + 7}, tmp_path / "bad", metadata)
    with pytest.raises(ex.NetworkError, match="table holds an answer outside 0 to 1"):
        ex.Network.load(tmp_path / "bad")


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    network = ex.compile("parity", "dense")
    with pytest.raises(ex.NetworkError, match="choose an existing, writable folder"):
        network.save(tmp_path / "missing" / "n.safetensors")
    with pytest.raises(ex.NetworkError, match="is a directory"):
        network.save(tmp_path)
    assert list(tmp_path.iterdir()) == []
