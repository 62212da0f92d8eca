"""Certificates made to deceive the checker, and true ones it refused, each with its story."""

from __future__ import annotations

from typing import Any

import pytest

from expressivity import checker

BIGGEST = int(float.fromhex("0x1.fep127"))  # of bf16


def one_number(weight: Any, start: Any, points: list[Any], table: list[int], **changed: Any) -> dict[str, Any]:
    """A network of one letter and one number h ↦ weight·h, read by the nearest of some points."""
    layer = {"conductor": 1, "width": 1, "columns": 1, "delay": 0, "symbols": 1, "outputs": 2, "start": [start]}
    layer |= {"kind": "diagonal", "weights": {"diagonal": [[weight]]}, "inputs": [[0]], "select": [[0]]}
    layer |= {"table": [table], "blocks": [{"coordinates": [0], "points": [[p] for p in points]}]}
    return {"letters": ["a"], "bos": False, "accepts_empty": True, "layers": [layer | changed]}


def about(network: dict[str, Any], arithmetic: str, claim: str, **evidence: Any) -> dict[str, Any]:
    """A certificate about the language of all words over one letter."""
    everything = {"letters": ["a"], "table": [[0]], "start": 0, "accepting": [0]}
    head = {"format": "expressivity-certificate", "version": 1, "claim": claim, "arithmetic": arithmetic}
    return head | {"network": network, "automaton": everything} | evidence


@pytest.mark.parametrize("order", ["per-operation", "fused"])
def test_an_infinite_weight_moves_no_box(order) -> None:
    """10³⁹ is ∞ in bf16. Times the ends of a box around 0 that saturates to finite numbers, times 0 it is NaN.

    The box was closed, and its code never 0; the network, which starts at 0, reads NaN, and NaN has code 0.
    """
    network = one_number(10**39, 0, [10**60, 0, 1], [0, 1, 1])
    arithmetic = f"bf16:bf16+sat/{order}"
    assert "the network says False" in checker.check(about(network, arithmetic, "counterexample", word=["a"]))
    everything = [{"layers": [{"lower": [-BIGGEST], "upper": [BIGGEST]}]} | one_box()]
    with pytest.raises(checker.Rejected, match="a weight is no finite number"):
        checker.check(about(network, arithmetic, "equivalent", invariant=everything))


def one_box(successor: int = 0) -> dict[str, Any]:
    return {"previous": [[]], "label": 0, "successors": [successor]}


def test_a_state_may_be_minus_infinity() -> None:
    """The format was said to have no −∞, which was looked for by identity, and every −∞ is another object."""
    states = [*(-(2**k) for k in range(16)), "-inf"]
    invariant = [{"layers": [{"point": [v]}]} | one_box(min(k + 1, 16)) for k, v in enumerate(states)]
    network = one_number(2, -1, [0], [1])
    assert "17 labelled boxes" in checker.check(about(network, "fp8_e5m2", "equivalent", invariant=invariant))
    with pytest.raises(checker.Rejected, match="has no -inf"):
        checker.check(about(network, "fp8_e4m3fn", "equivalent", invariant=[invariant[-1] | one_box()]))
