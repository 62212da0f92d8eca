"""What values do not identify, said in sentences."""

from __future__ import annotations

from expressivity.spectral.hankel import HankelFactors, OrderChoice

_CLEAR = 10.0
"""Factor by which the last singular value kept should exceed the threshold."""


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
    if automatic and choice.exact and order < len(values) and values[order - 1] < _CLEAR * choice.threshold:
        notes.append(
            f"singular value {order} ({values[order - 1]:.2g}) is less than {_CLEAR:g} times the rounding level "
            f"({choice.threshold:.2g}): orders {order - 1} and {order} cannot be told apart; "
            "more values, or modes further apart, would decide"
        )
    if not automatic and choice.exact and order > choice.order:
        notes.append(
            f"order {order} was asked for, but the values show only {choice.order}: "
            f"{order - choice.order} of the modes are fitted to rounding errors"
        )
    return notes
