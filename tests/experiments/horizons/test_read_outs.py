"""The read-out coordinate by coordinate: the same answers on code points, other answers between them."""

from __future__ import annotations

import pytest

from expressivity.constructions.compiler import compile as compile_network
from expressivity.errors import CannotCompile
from expressivity.experiments.horizons.read_outs import per_coordinate
from expressivity.verification.answers import Counterexample, Equivalent
from expressivity.verification.verify import check_certificate, verify


@pytest.mark.parametrize(
    ("language", "key"),
    [("S3-transpositions", "swap"), ("S3-transpositions", "dyadic"), ("S5-transpositions", "swap"), ("parity", "swap")],
)
def test_exactly_evaluated_it_recognises_the_same_language(language, key) -> None:
    network = per_coordinate(compile_network(language, "deltanet-signed", key=key))
    answer = verify(network, language)
    assert isinstance(answer, Equivalent)
    check_certificate(answer.certificate, network=network, language=language)


def test_it_decodes_each_coordinate_to_its_nearest_value() -> None:
    network = per_coordinate(compile_network("S3-transpositions", "deltanet-signed"))
    readout = network.layers[0].readout
    assert len(readout.blocks) == network.widths[0] == 3
    assert all(len(block.points) == 3 for block in readout.blocks)
    # Of the 27 combinations only the six permutations mean anything, and one of them is accepted.
    assert int(readout.table[0].sum()) == 1
    assert readout.table.shape == (4, 27)  # three transpositions, and the beginning of the sequence


def test_it_is_less_sturdy_than_the_nearest_point() -> None:
    network = compile_network("S3-transpositions", "deltanet-signed")
    whole = verify(network, "S3-transpositions", arithmetic="fp8_e4m3fn")
    parts = verify(per_coordinate(network), "S3-transpositions", arithmetic="fp8_e4m3fn")
    assert isinstance(whole, Equivalent)
    assert isinstance(parts, Counterexample)
    assert len(parts.word) == 2


@pytest.mark.parametrize(
    ("language", "family", "reason"),
    [
        ("mod3-with-reset", "gated-deltanet", "covers one layer, and the network has 2"),
        ("mod5", "deltaproduct", "irrational coordinates"),
        ("tomita-5", "mamba-signed", "covers one layer"),
    ],
)
def test_it_says_what_it_does_not_cover(language, family, reason) -> None:
    with pytest.raises(CannotCompile, match=reason):
        per_coordinate(compile_network(language, family))


def test_it_refuses_a_table_that_would_not_fit() -> None:
    network = compile_network("symmetric_group(5)", "dense")
    with pytest.raises(CannotCompile, match=r"a table of \d+ codes, more than 100000"):
        per_coordinate(network)
