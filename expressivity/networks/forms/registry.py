"""The forms of A(x), by the name they have in files: the one place that lists them.

Code of one's own adds a form for a process by `register`.
"""

from __future__ import annotations

from expressivity.errors import NetworkError
from expressivity.networks.forms.complex_diagonal import ComplexDiagonalTransition
from expressivity.networks.forms.dense import DenseTransition
from expressivity.networks.forms.diagonal import DiagonalTransition
from expressivity.networks.forms.form import Transition
from expressivity.networks.forms.householder import HouseholderTransition
from expressivity.networks.forms.pd_ssm import PermutationDiagonalTransition
from expressivity.networks.forms.rwkv7 import Rwkv7Transition

FORMS: dict[str, type[Transition]] = {}
"""The forms by name."""


def register(form: type[Transition]) -> type[Transition]:
    """Enter a form, so that files can hold it; returns it, so that this decorates a class.

    Raises:
        NetworkError: when another form has its name.
    """
    if FORMS.setdefault(form.kind, form) is not form:
        raise NetworkError(f"two forms of A(x) are called {form.kind!r}; give the new one another `kind`")
    return form


for _form in (
    DenseTransition,
    DiagonalTransition,
    ComplexDiagonalTransition,
    HouseholderTransition,
    Rwkv7Transition,
    PermutationDiagonalTransition,
):
    register(_form)
