"""Architecture families by name; the forms of A(x) state them."""

from __future__ import annotations

import difflib

from expressivity.errors import ExpressivityError
from expressivity.networks.forms.family import Family
from expressivity.networks.forms.registry import FAMILIES

__all__ = ["FAMILIES", "Family", "family"]


def family(name: str) -> Family:
    """The family of a name.

    Raises:
        ExpressivityError: suggesting near names.
    """
    if name in FAMILIES:
        return FAMILIES[name]
    near = difflib.get_close_matches(name, FAMILIES, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise ExpressivityError(f"{name!r} is not a family; {hint}the families are {', '.join(FAMILIES)}")
