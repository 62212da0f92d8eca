"""Rounding against gfloat: all its formats, five modes, saturation on and off, on every critical value."""

from __future__ import annotations

import numpy as np
import pytest

from expressivity.arithmetic.format_names import parse_format
from expressivity.arithmetic.formats import FP64, Format, fixed_format, float_format
from expressivity.arithmetic.rounding import round_to
from oracles.rounding import critical_values, same_bits

gfloat = pytest.importorskip("gfloat", reason="gfloat is the oracle of this module")
from gfloat.formats import sample_formats  # noqa: E402

from oracles.gfloat_names import MODES, NAMED  # noqa: E402


def translated(info: gfloat.FormatInfo, *, saturate: bool) -> Format:
    """One of gfloat's format descriptions as a format of ours."""
    if info.precision == 53:
        return FP64
    if info.is_twos_complement:
        return fixed_format(1, info.precision - 2, name=info.name)
    extended = info.domain is gfloat.Domain.Extended
    return float_format(
        info.expBits,
        info.tSignificandBits,
        name=info.name,
        bias=info.bias,
        reserved=info.num_high_nans + info.num_posinfs,
        infinities=extended,
        nan=info.num_nans > 0,
        negative_zero=info.has_nz,
        saturate=saturate,
        signed=info.is_signed,
    )


def comparable(info: gfloat.FormatInfo, form: Format, values: np.ndarray) -> np.ndarray:
    """The inputs for which gfloat's answer is a number of the format.

    gfloat leaves negative values in unsigned formats, and lets e8m0, which has no zero, go on below its smallest
    number.
    """
    if not info.is_signed:
        values = values[~(values < 0) & ~np.signbit(values)]
    if not info.has_zero:
        values = values[~(values < form.smallest_normal)]
    return values


@pytest.mark.parametrize("info", sample_formats, ids=lambda info: info.name)
def test_rounding_agrees_with_gfloat_on_all_its_formats(info: gfloat.FormatInfo) -> None:
    rng = np.random.default_rng(11)
    for saturate in (False, True):
        if not saturate and info.domain is gfloat.Domain.Finite and info.num_nans == 0:
            continue  # overflow without anywhere to go: gfloat raises, we have no such format
        if saturate and info.precision == 53:
            continue  # our fp64 is the machine's
        form = translated(info, saturate=saturate)
        assert (form.largest, form.lowest) == (info.max, info.min if info.has_zero else 0.0)
        values = comparable(info, form, critical_values(form, rng, count=2_000))
        for rounding, mode in MODES.items():
            with np.errstate(all="ignore"):
                expected = gfloat.round_ndarray(info, values, mode, sat=saturate)
            for engine in ("numpy", "compiled"):
                same_bits(round_to(values, form, rounding, engine=engine), expected, values)


def test_every_format_of_at_most_sixteen_bits_is_compared_completely() -> None:
    """Each number of the format, each midpoint of neighbours, and the float64 numbers next to it, in both signs."""
    sampled = []
    for info in sample_formats:
        saturate = info.domain is gfloat.Domain.Finite and info.num_nans == 0
        form = translated(info, saturate=saturate or info.precision == 53)
        if info.bits > 16:
            sampled.append(info.name)
            continue
        values = form.values()
        codes = 2**info.bits - info.num_nans - info.num_posinfs - info.num_neginfs
        assert abs(values.size - codes) <= 1, info.name  # −0 is no other value; formats without zero are given one
        middle = values[:-1] / 2 + values[1:] / 2
        wanted = [values, middle, np.nextafter(middle, np.inf), np.nextafter(middle, -np.inf)]
        tried = critical_values(form, np.random.default_rng(0))
        assert np.isin(np.concatenate(wanted), tried).all(), info.name
    assert sampled == ["binary32", "binary64"]


def test_the_named_formats_are_gfloats() -> None:
    infos = {info.name: info for info in sample_formats}
    for ours, theirs in NAMED.items():
        form = parse_format(ours)
        other = translated(infos[theirs], saturate=form.overflow == "saturate")
        assert {**vars(form), "name": ""} == {**vars(other), "name": ""}, ours


def test_the_comparison_finds_a_wrong_tie_rule() -> None:
    info = next(info for info in sample_formats if info.name == "bfloat16")
    form = translated(info, saturate=False)
    values = critical_values(form, np.random.default_rng(1))
    wrong = gfloat.round_ndarray(info, values[np.isfinite(values)], gfloat.RoundMode.TiesToAway)
    with pytest.raises(AssertionError, match="differ"):
        same_bits(round_to(values[np.isfinite(values)], form), wrong, values)


def test_the_comparison_finds_a_lost_sign_of_zero() -> None:
    values = np.array([-1e-60, 1.0])
    with pytest.raises(AssertionError, match="1 of 2 differ"):
        same_bits(round_to(values, "bf16") + 0.0, round_to(values, "bf16"), values)
