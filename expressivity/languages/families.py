"""The parametric families by name: what a zoo file or a text such as "symmetric_group(4)" may call."""

from __future__ import annotations

import ast
from collections.abc import Callable
from inspect import signature
from typing import Any

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.counters import (
    addition_modulo,
    cycle_navigation,
    dyck,
    even_pairs,
    first,
    flip_flop,
    modulus_with_reset,
    repeat_01,
    saturating_counter,
    tomita,
    unary_modulus,
)
from expressivity.languages.expressions import modular_arithmetic
from expressivity.languages.groups import (
    alternating_group,
    cyclic_group,
    dihedral_group,
    permutation_automaton,
    symmetric_group,
    word_problem,
)

FAMILIES: dict[str, Callable[..., Automaton]] = {
    family.__name__: family
    for family in (
        addition_modulo,
        alternating_group,
        cycle_navigation,
        cyclic_group,
        dihedral_group,
        dyck,
        even_pairs,
        first,
        flip_flop,
        modular_arithmetic,
        modulus_with_reset,
        permutation_automaton,
        repeat_01,
        saturating_counter,
        symmetric_group,
        tomita,
        unary_modulus,
        word_problem,
    )
}
"""Every parametric family, by the name of its function."""


def call_family(name: str, arguments: list[Any], options: dict[str, Any]) -> Automaton:
    """The automaton of a family by its name.

    Arguments:
        name: a key of `FAMILIES`.
        arguments: positional arguments of that function.
        options: keyword arguments of that function.

    Raises:
        LanguageError: when the family does not exist or the arguments do not fit it.
    """
    if name not in FAMILIES:
        raise LanguageError(f"there is no family {name!r}; the families are {', '.join(FAMILIES)}")
    form = signature(FAMILIES[name])
    try:
        bound = form.bind(*arguments, **options)
    except TypeError as error:
        usual = str(form).partition(" ->")[0]
        raise LanguageError(f"{name} cannot be called like this ({error}); its form is {name}{usual}") from None
    for parameter, value in bound.arguments.items():
        wanted = {"int": int, "bool": bool, "str": str}.get(form.parameters[parameter].annotation)
        if wanted is not None and type(value) is not wanted:
            raise LanguageError(
                f"{name}: {parameter}={value!r} is a {type(value).__name__}; expected {wanted.__name__}"
            )
    return FAMILIES[name](*bound.args, **bound.kwargs)


def read_family_call(text: str) -> Automaton:
    """The automaton of a family written as a call with literal arguments, such as 'symmetric_group(4)'.

    Raises:
        LanguageError: when the text is no such call.
    """
    remedy = 'write for example "unary_modulus(3)" or "symmetric_group(4, letters=\'adjacent\')"'
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            raise ValueError
        arguments = [ast.literal_eval(argument) for argument in call.args]
        options = {str(option.arg): ast.literal_eval(option.value) for option in call.keywords if option.arg}
        if len(options) != len(call.keywords):
            raise ValueError
    except (SyntaxError, ValueError):
        raise LanguageError(f"{text!r} is no family with literal arguments; {remedy}") from None
    return call_family(call.func.id, arguments, options)
