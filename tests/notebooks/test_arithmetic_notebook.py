"""The lesson on arithmetic: its numbers are those of the formats and of the library, for networks nobody chose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import expressivity as ex
from expressivity.playground.lessons import arithmetic
from expressivity.playground.lessons.horizon_panels import TWELVE, cells
from oracles.notebooks import NOTEBOOKS, run_notebook


@pytest.mark.slow
def test_the_lesson_runs_and_tells_the_known_horizons() -> None:
    shown, names = run_notebook("arithmetic")
    found = {cell.arithmetic: cell.shown.text for row in names["found"] for cell in row}
    # Bit-exact horizons of mod 5 as the README shows them.
    assert found["fp8_e4m3fn/per-operation"] == "11"
    assert found["bf16/fused"] == "∞"
    assert found["bf16/per-operation"] == "256"
    assert len(found) == 36
    assert "by a shortest word, of length 11" in shown
    assert isinstance(names["rounded_cycle"], ex.Equivalent)
    assert isinstance(names["exact_cycle"], ex.Counterexample)
    assert (names["once"], names["twice"]) == (1.0078125, 1.0)


@pytest.mark.parametrize(
    ("asked", "arithmetic", "says"),
    [
        (("tomita-7", "mamba", "swap"), "bf16/fused", "EQUIVALENT for all lengths"),
        (("(a|ba)*", "pd-ssm", "swap"), "fp4_e2m1/per-operation", "EQUIVALENT for all lengths"),
        (("S3-transpositions", "deltanet-signed", "dyadic"), "fp8_e5m2/fused", "EQUIVALENT for all lengths"),
        (("parity", "mamba", "swap"), "bf16/fused", "No network of mamba recognises this language"),
        (("(a", "mamba", "swap"), "bf16/fused", "never closed"),
        (("S3", "rwkv7-signed", "swap"), "bf16/fused", "No construction here gives a network"),
    ],
)
def test_other_networks_and_refusals_are_told(asked: tuple[str, str, str], arithmetic: str, says: str) -> None:
    shown, names = run_notebook("arithmetic", chosen_network=asked, chosen_arithmetic=arithmetic)
    text = shown + names["told"].text
    assert says in text


@pytest.mark.parametrize("number_format", ["bf16", "fp16", "tf32", "fp8_e4m3fn", "fp6_e2m3"])
def test_a_value_rounded_twice_differs_and_once_is_right(number_format: str) -> None:
    value, once, twice = arithmetic.rounded_twice(number_format)
    assert once != twice
    assert abs(once - value) < abs(twice - value)
    if number_format == "bf16":
        ml_dtypes = pytest.importorskip("ml_dtypes", reason="the oracle that rounds twice")
        assert float(np.float64(value).astype(ml_dtypes.bfloat16)) == twice


def test_formats_are_described_as_their_standards_say() -> None:
    rows = {row["format"]: row for row in arithmetic.format_rows(TWELVE)}
    assert rows["bf16"]["step above 1"] == "$2^{-7}$"
    assert rows["fp8_e4m3fn"]["largest"] == "448"
    assert rows["fp8_e4m3fn"]["beyond it"] == "NaN"
    assert rows["fp4_e2m1"]["largest"] == "6"
    assert rows["uint8"]["beyond it"] == "wraps around"
    assert rows["fp16"]["largest"] == "65504"


def test_the_limit_cycle_is_the_one_of_the_theory() -> None:
    network, language = arithmetic.limit_cycle()
    states = ex.trace(network, "1" * 9, arithmetic.CYCLE_ARITHMETIC).floats()
    assert [tuple(map(int, state)) for state in states] == [arithmetic.CYCLE[t % 4] for t in range(10)]
    assert ex.spectrum(network.layers[0].transition.matrices[1]).nonnegative
    assert np.allclose(sorted(np.linalg.eigvals([[13 / 8, -9 / 8], [7 / 4, -19 / 16]])), [1 / 8, 5 / 16])
    # A planted error: the same network does not count modulo two in the other sense.
    assert isinstance(
        ex.verify(network, language.complement(), arithmetic=arithmetic.CYCLE_ARITHMETIC), ex.Counterexample
    )


@pytest.mark.slow
def test_a_planted_wrong_cell_stops_the_lesson(tmp_path: Path) -> None:
    text = (NOTEBOOKS / "arithmetic.py").read_text(encoding="utf-8")
    wrong = text.replace("arithmetic=arithmetic.CYCLE_ARITHMETIC)", "arithmetic='fp4_e2m1/fused')")
    assert wrong != text
    (tmp_path / "wrong.py").write_text(wrong, encoding="utf-8")
    with pytest.raises(Exception, match=r"statement|attribute"):
        run_notebook(tmp_path / "wrong.py")


def test_cells_give_the_same_answers_as_verify() -> None:
    network, language = ex.compile("mod3", "complex-diagonal"), ex.language("mod3")
    for row in cells(network, language, formats=["fp4_e2m1", "uint8"]):
        for cell in row:
            answer = ex.verify(network, language, arithmetic=cell.arithmetic)
            assert isinstance(answer, ex.Counterexample)
            assert cell.shown.length == len(answer.word)
