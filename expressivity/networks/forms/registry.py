"""The forms of A(x), by the name they have in files: the one place that lists them.

Code of one's own adds a form for a process by `register`.
"""

from __future__ import annotations

from collections.abc import Iterable

from expressivity.errors import NetworkError
from expressivity.networks.forms import complex_diagonal, dense, diagonal, householder, pd_ssm, rwkv7
from expressivity.networks.forms.family import Family
from expressivity.networks.forms.form import FormClass

FORMS: dict[str, FormClass] = {}
"""The forms by name."""

FAMILIES: dict[str, Family] = {}
"""The architecture families by name."""


def register(form: FormClass, families: Iterable[Family] = ()) -> None:
    """Enter a form, so that files can hold it, and the families that store A(x) so.

    Raises:
        NetworkError: when another form, or another family, has its name.
    """
    families = tuple(families)
    taken = [f"form {form.kind!r}"] if FORMS.get(form.kind, form) is not form else []
    taken += [f"family {new.name!r}" for new in families if FAMILIES.get(new.name, new) is not new]
    if taken:
        raise NetworkError(f"there is another {' and another '.join(taken)} already; give the new one another name")
    FORMS[form.kind] = form
    FAMILIES.update({family.name: family for family in families})


def form_called(kind: str) -> FormClass:
    """The form of a name.

    Raises:
        NetworkError: naming the forms there are.
    """
    if kind not in FORMS:
        raise NetworkError(
            f"the form {kind!r} of A(x) is unknown; the forms are {', '.join(FORMS)} (one of your own must be entered "
            "by `register` before a file that holds it is read)"
        )
    return FORMS[kind]


register(dense.DenseTransition, dense.FAMILIES)
register(diagonal.DiagonalTransition, diagonal.FAMILIES)
register(complex_diagonal.ComplexDiagonalTransition, complex_diagonal.FAMILIES)
register(householder.HouseholderTransition, householder.FAMILIES)
register(rwkv7.Rwkv7Transition, rwkv7.FAMILIES)
register(pd_ssm.PermutationDiagonalTransition, pd_ssm.FAMILIES)
