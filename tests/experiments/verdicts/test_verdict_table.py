"""The verdict table: every yes is certified, every no is a theorem, no cell contradicts another."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import expressivity as ex
from expressivity import checker
from expressivity.arithmetic.format_names import FORMAT_NAMES
from expressivity.cli import main
from expressivity.constructions.compiler import compile_candidates
from expressivity.constructions.variants import scaled, single_strength, unsigned_counters, variants
from expressivity.exact import rationals
from expressivity.experiments.counting.rounded_parity import rounded_parity
from expressivity.experiments.verdicts.verdict_table import NO, OPEN, YES, markdown, text, verdict, verdict_table
from expressivity.networks.families import FAMILIES
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.weights import round_exact
from expressivity.networks.layer import Layer, single_block

SMALL = ("parity", "mod3", "flip-flop")
FINITE = ("bf16/fused", "uint8")


@pytest.mark.slow
def test_every_answer_carries_evidence_that_the_checker_accepts() -> None:
    cells = list(verdict_table(SMALL, None, FINITE))
    assert len(cells) == len(SMALL) * len(FAMILIES) * len(FINITE)
    for cell in cells:
        if cell.answer == OPEN:
            assert cell.certificate is None
            assert "no theorem here applies" in cell.because
            continue
        assert cell.certificate is not None
        assert cell.certificate.data["arithmetic"] == cell.arithmetic
        ex.check_certificate(cell.certificate, network=cell.network, language=cell.language)
        assert cell.certificate.data["claim"] == {YES: "equivalent", NO: "impossible"}[cell.answer]
        if cell.network is not None:
            assert FAMILIES[cell.family].problems(cell.network) == ()
    answers = {(cell.language, cell.family, cell.arithmetic): cell.answer for cell in cells}
    assert answers["parity", "mamba", "bf16/fused"] == NO
    assert answers["parity", "mamba", "uint8"] == YES
    assert answers["mod3", "mamba", "uint8"] == NO
    assert answers["mod3", "mamba-signed", "bf16/fused"] == NO
    assert answers["parity", "deltanet", "uint8"] == YES
    assert {answers["flip-flop", family, arithmetic] for family in FAMILIES for arithmetic in FINITE} == {YES}


def test_a_wrong_network_is_not_taken_for_a_yes() -> None:
    parity = next(iter(compile_candidates("parity", "mamba-signed")))
    cell = verdict("mod4", "mamba-signed", "bf16", networks=[parity], compiled=lambda automaton, family: [])
    assert (cell.answer, cell.tried) == (OPEN, 1)
    assert "wrong first on a word of 2 letters" in cell.because


def test_a_budget_that_is_too_small_leaves_the_cell_open() -> None:
    cell = verdict("S3", "dense", "bf16", max_states=3)
    assert cell.answer == OPEN
    assert "not decided within max_states=3" in cell.because
    with pytest.raises(ex.ExpressivityError, match="max_states=0 allows no state"):
        verdict("S3", "dense", "bf16", max_states=0)


def test_what_the_checker_cannot_repeat_is_no_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A counter of 2^11 states that always accepts: decided by following its cycle, beyond what the checker re-runs."""
    monkeypatch.setattr(checker, "MOST_STEPS", 2_000)
    readout = single_block(rationals([[0]]), np.array([[1]]), 2)
    counter = Layer(DiagonalTransition(rationals([[1]])), rationals([[[1]]]), rationals([[0]]), readout)
    network = ex.Network(("1",), (counter,), accepts_empty=True)
    cell = verdict("re:1*", "mamba", "uint11", networks=[network], compiled=lambda automaton, family: [])
    assert cell.answer == OPEN
    assert "too long for the independent checker" in cell.because


def test_everything_wrong_is_said_before_any_work() -> None:
    with pytest.raises(ex.ExpressivityError, match="no language"):
        verdict_table(())
    with pytest.raises(ex.ExpressivityError, match="not a family"):
        verdict_table(("parity",), ("mambo",))
    with pytest.raises(ex.FormatError, match="unknown number format"):
        verdict_table(("parity",), None, ("bf17",))


def test_tables_are_rendered() -> None:
    cells = list(verdict_table(("parity",), ("dense", "mamba"), ("bf16", "uint8")))
    assert markdown(cells).splitlines()[2:] == ["| parity | bf16 | yes | no |", "| parity | uint8 | yes | yes |"]
    assert "3 yes (✓, certified), 1 no (✗, by theorem), 0 open (?)" in text(cells)


def test_variants_are_the_same_network_in_exact_arithmetic() -> None:
    network = ex.compile("mod3", "deltaproduct")
    words = np.random.default_rng(0).integers(0, 1, (4, 20))
    larger = scaled(network, Fraction(3, 2))
    assert (larger.run(words) == network.run(words)).all()
    assert isinstance(ex.verify(larger, "mod3"), ex.Equivalent)
    assert next(iter(variants(network, "deltaproduct", "bf16"))) is network


def test_integers_that_wrap_around_are_a_ring_of_their_own() -> None:
    signed = next(iter(compile_candidates("mod4", "mamba-signed")))
    unsigned = unsigned_counters(signed, 128)
    assert unsigned is not None
    assert FAMILIES["mamba"].problems(unsigned) == ()
    assert isinstance(ex.verify(unsigned, "mod4", arithmetic="uint8"), ex.Equivalent)
    assert isinstance(ex.verify(unsigned, "mod4", arithmetic="int8/fused"), ex.Counterexample)
    below = unsigned_counters(signed, -128)
    assert below is not None
    assert isinstance(ex.verify(below, "mod4", arithmetic="int8/fused"), ex.Equivalent)
    assert isinstance(ex.verify(unsigned, "mod4", arithmetic="bf16"), ex.Counterexample)
    assert unsigned_counters(unsigned, 128) is None
    swaps = single_strength(ex.compile("S5-transpositions", "deltanet-signed"))
    assert swaps is not None
    assert FAMILIES["deltanet"].problems(swaps) == ()
    assert isinstance(ex.verify(swaps, "S5-transpositions", arithmetic="uint8"), ex.Equivalent)
    assert isinstance(ex.verify(swaps, "S5-transpositions", arithmetic="bf16"), ex.Counterexample)
    assert single_strength(ex.compile("flip-flop", "deltanet")) is None


STEPWISE = [
    f"{name}/{order}"
    for name in FORMAT_NAMES
    if name != "exact"
    for order in ("fused", "per-operation", "accumulate-fp32")
]


@pytest.mark.parametrize("arithmetic", [*STEPWISE, "bf16:fp32"])
def test_rwkv7_alternates_by_rounding(arithmetic: str) -> None:
    for network, name in zip(rounded_parity("rwkv7", arithmetic), ("parity", "mod4"), strict=True):
        assert FAMILIES["rwkv7"].problems(network) == ()
        ex.assert_verified(network, name, arithmetic=arithmetic)


CASTS = [f"exact:{name}/exact-then-cast" for name in (*FORMAT_NAMES[:-1], "e3m0", "q3.4", "uq0.4", "int8+sat")]


@pytest.mark.parametrize("arithmetic", [*CASTS, "exact:bf16/exact-then-cast/nearest-away"])
def test_rwkv7_alternates_around_the_middle_of_two_numbers(arithmetic: str) -> None:
    """The papers' own finite precision: nothing is rounded inside, and the limit lies where the cast jumps."""
    for network, name in zip(rounded_parity("rwkv7", arithmetic), ("parity", "mod4"), strict=True):
        assert FAMILIES["rwkv7"].problems(network) == ()
        assert isinstance(ex.verify(network, name, arithmetic=arithmetic), ex.Equivalent)


@pytest.mark.parametrize("arithmetic", ["bf16/fused", "fp8_e4m3fn/fused"])
def test_deltanet_alternates_where_its_matrix_is_stored_rounded(arithmetic: str) -> None:
    for network, name in zip(rounded_parity("deltanet", arithmetic), ("parity", "mod4"), strict=True):
        assert FAMILIES["deltanet"].problems(network) == ()
        ex.assert_verified(network, name, arithmetic=arithmetic)
        # The exact matrix is positive semidefinite, the stored one is not; rounded at every operation it converges.
        matrix = network.layers[0].transition.matrices[0]
        assert ex.spectrum(matrix).nonnegative
        stored = round_exact(matrix, ex.parse_arithmetic(arithmetic).weights)
        assert not ex.spectrum(rationals(stored)).nonnegative
        assert isinstance(ex.verify(network, name, arithmetic=arithmetic.split("/")[0]), ex.Counterexample)


def test_what_does_not_alternate_is_not_offered() -> None:
    for family, arithmetic in (("rwkv7", "uint8"), ("rwkv7", "exact"), ("deltanet", "bf16"), ("mamba", "bf16")):
        assert rounded_parity(family, arithmetic) == []
    assert rounded_parity("rwkv7", "bf16/per-operation/stochastic") == []
    for cast in ("bf16/exact-then-cast", "exact:bf16/exact-then-cast/up", "exact:uint8/exact-then-cast"):
        assert rounded_parity("rwkv7", cast) == []


def test_networks_found_by_search_fill_cells() -> None:
    assert verdict("mod5", "deltanet", "bf16").answer == YES
    assert verdict("parity", "rwkv7", "uint8").answer == YES
    assert verdict("parity", "rwkv7", "exact:bf16/exact-then-cast").answer == YES
    assert verdict("tomita-3", "rwkv7", "uint8").answer == YES
    assert verdict("mod3", "rwkv7", "bf16").answer == OPEN


def test_the_command_writes_the_evidence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "evidence"
    arguments = ["table", "--languages", "parity", "--families", "dense", "mamba", "deltanet", "--arithmetic", "bf16"]
    assert main([*arguments, "--save", str(folder), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["family"], row["answer"]) for row in rows] == [("dense", "yes"), ("mamba", "no"), ("deltanet", "yes")]
    assert set(rows[0]) == {"language", "family", "arithmetic", "answer", "because", "files"}
    network, certificate = rows[0]["files"]["network"], rows[0]["files"]["certificate"]
    assert main(["verify", str(folder / network), "parity", "--arithmetic", "bf16"]) == 0
    assert main(["verify", "--certificate", str(folder / certificate)]) == 0
    capsys.readouterr()
    assert main(["verify", "--certificate", str(folder / rows[1]["files"]["certificate"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "impossible"
    assert main(arguments) == 0
    assert main(["table", "--languages", "mod3", "--families", "rwkv7", "--arithmetic", "bf16"]) == 3
    assert "open" in capsys.readouterr().out
    assert main(arguments) == 0
    assert "2 yes (✓, certified), 1 no (✗, by theorem), 0 open (?)" in capsys.readouterr().out
    assert main(["refute", "mamba", "parity", "--arithmetic", "bf16", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["theorem"] == "monotone-maps-are-aperiodic"
    assert main(["refute", "dense", "parity"]) == 3
