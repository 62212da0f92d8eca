"""What values do not identify, said in sentences."""

from __future__ import annotations

from expressivity.spectral.hankel import HankelFactors, OrderChoice

_CLEAR = 1e4
"""Factor by which the last singular value kept should exceed the threshold: a cliff, not a slope."""


class IdentificationWarning(UserWarning):
    """The values leave something open that the result depends on; the text says what."""


def notes_on_order(factors: HankelFactors, choice: OrderChoice, order: int, *, automatic: bool) -> list[str]:
    """What is uncertain about an order.

    Arguments:
        factors: decomposition of the Hankel matrix.
        choice: the automatic choice.
        order: the order that is used.
        automatic: whether it is that choice.
    """
    notes = list(choice.notes) if automatic else []
    values = factors.singular_values
    if automatic and choice.exact and choice.threshold < values[order - 1] < _CLEAR * choice.threshold:
        notes.append(
            f"singular value {order} ({values[order - 1]:.2g}) is less than {_CLEAR:g} times the rounding level "
            f"({choice.threshold:.2g}), so further ones may hide below it: the order is {order} as far as float64 "
            "shows; more values, or modes further apart, would decide"
        )
    elif automatic and choice.exact and len(values) - order == 1 and order > 1:
        notes.append(
            f"one single singular value lies at rounding level, so that order {order} is confirmed only once; "
            "more values would tell"
        )
    if not automatic and choice.exact and order > choice.order:
        notes.append(
            f"order {order} was asked for, but the values show only {choice.order}: "
            f"{order - choice.order} of the modes are fitted to rounding errors"
        )
    return notes
