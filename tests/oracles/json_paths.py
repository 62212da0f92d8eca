"""Errors planted in JSON values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def set_to(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Something in a JSON value replaced or added; a path of field names and positions."""

    def apply(data: dict[str, Any]) -> None:
        at: Any = data
        *parents, last = path.split(".")
        for key in parents:
            at = at[int(key) if isinstance(at, list) else key]
        at[int(last) if isinstance(at, list) else last] = value

    return apply
