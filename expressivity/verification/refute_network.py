"""Network × language → a reason why the network fails: on w, ww, www, … it repeats itself sooner than the language.

Under `exact-then-cast` the verdicts on the prefixes of u·w·w·w·… are periodic from an explicit length on (see
`repeats.periods`). Where the language has another period there are two prefixes, as long as one likes, that the network
cannot tell apart and the language does. With non-negative eigenvalues the network is constant on powers of a letter
(parity fails); with real ones its period divides 2^L (counting modulo anything but a power of two fails).
"""

from __future__ import annotations

from typing import Any

from expressivity.arithmetic.spec import parse_arithmetic
from expressivity.automaton import Automaton, Word, encode_word
from expressivity.errors import LanguageError
from expressivity.exact import ExactArray
from expressivity.exact.spectra import spectrum
from expressivity.languages import language as read_language
from expressivity.networks.exchange import automaton_to_json, network_to_json
from expressivity.networks.network import Network
from expressivity.simulation.exact_then_cast import stored_weights
from expressivity.verification.answers import Certificate, NetworkRefutation
from expressivity.verification.exploration.budgets import UNLIMITED, Budget
from expressivity.verification.repeats.periods import (
    EventualPeriod,
    eventual_period,
    far_difference,
    first_difference,
    language_verdicts,
)
from expressivity.verification.search.strategies import period_fields


def refute_network(
    network: Network,
    language: Any,
    *,
    arithmetic: str = "exact:bf16/exact-then-cast",
    prefix: Word = (),
    loop: Word | None = None,
    limit: int = 4096,
    budget: Budget = UNLIMITED,
) -> NetworkRefutation | None:
    """Look for a word whose powers the network cannot count as the language does.

    Arguments:
        network: the network.
        language: anything `expressivity.language` reads, over the network's letters.
        arithmetic: an arithmetic of the order `exact-then-cast`.
        prefix: u.
        loop: w; every single letter in turn by default.
        limit: most powers and letters to compute one by one.
        budget: seconds, looked at between them.

    Returns:
        The refutation, or None: no period was proved, or the language agrees from there on.

    Raises:
        FormatError: for an arithmetic of another order.
        LanguageError: when the alphabets differ.

    Source: Grazzi et al. 2025, Theorems 1 and 2.
    """
    automaton = read_language(language)
    if set(automaton.letters) != set(network.letters):
        raise LanguageError(
            f"the network reads {list(network.letters)} and the language {list(automaton.letters)}; "
            "give the language over the network's alphabet (for a regex: alphabet=...)"
        )
    minimal = automaton.with_letters(network.letters).minimal()
    model = parse_arithmetic(arithmetic)
    names = network.letters
    before = tuple(names[x] for x in encode_word(prefix, names))
    loops = [(letter,) for letter in names] if loop is None else [tuple(names[x] for x in encode_word(loop, names))]
    for turn in loops:
        found = eventual_period(network, turn, prefix=before, arithmetic=model, limit=limit, budget=budget)
        if isinstance(found, EventualPeriod):
            refutation = confront(network, minimal, before, turn, found, str(model))
            if refutation is not None:
                return refutation
    return None


def confront(
    network: Network,
    minimal: Automaton,
    prefix: tuple[str, ...],
    loop: tuple[str, ...],
    found: EventualPeriod,
    arithmetic: str,
) -> NetworkRefutation | None:
    """Verdicts for all time beside a language: where they differ far out, and why.

    Arguments:
        network: the network.
        minimal: the minimal automaton of the language, over the network's letters in the same order.
        prefix: u.
        loop: w.
        found: the network's verdicts on all prefixes of u·w·w·…
        arithmetic: their arithmetic.

    Returns:
        The refutation, or None where the language agrees from some length on.
    """
    before, turn = (encode_word(part, network.letters).tolist() for part in (prefix, loop))
    language = language_verdicts(minimal, before, turn)
    lengths = far_difference(found, language)
    if not lengths:
        return None
    verdict = found.verdict(lengths[0])
    assert verdict is not None
    wrong, _ = first_difference(found, language)
    failing = None if wrong is None else (*prefix, *(loop * (1 + wrong // len(loop))))[:wrong]
    fields = period_fields(prefix, loop, found) | {
        "format": "expressivity-certificate",
        "version": 1,
        "claim": "refuted-by-period",
        "arithmetic": arithmetic,
        "network": network_to_json(network),
        "automaton": automaton_to_json(minimal),
        "lengths": [str(n) if n >= 2**53 else n for n in lengths],
    }
    reason = _reason(network, loop, found, arithmetic)
    certificate = Certificate(fields)
    return NetworkRefutation(
        prefix, loop, found.preperiod, found.period, lengths, verdict, failing, reason, arithmetic, certificate
    )


def _reason(network: Network, loop: tuple[str, ...], found: EventualPeriod, arithmetic: str) -> str:
    """Which theorem explains the period: it looks at the matrices of the letters that every layer can meet."""
    weights = parse_arithmetic(arithmetic).weights
    nonnegative = real = True
    for number, layer in enumerate(network.layers):
        matrices = stored_weights(layer, weights)[0]
        first = network.letters.index(loop[0])
        used = [first] if number == 0 and layer.delay == 0 and len(set(loop)) == 1 else range(layer.letters)
        different: dict[bytes, ExactArray] = {}
        for letter in used:
            different.setdefault(repr(matrices[letter].numerators.tolist()).encode(), matrices[letter])
        facts = [spectrum(matrix) for matrix in different.values()]
        nonnegative = nonnegative and all(fact.nonnegative for fact in facts)
        real = real and all(fact.real for fact in facts)
    layers = len(network.layers)
    many = "its layer" if layers == 1 else f"its {layers} layers"
    if nonnegative and len(set(loop)) == 1 and found.period == 1:
        return f"every A(x) of {many} has only real, non-negative eigenvalues (Theorem 1: such a network is constant)"
    power = found.period & (found.period - 1) == 0 and found.period <= 2**layers
    if real and len(set(loop)) == 1 and power:
        return f"every A(x) of {many} has only real eigenvalues (Theorem 2: the period divides {2**layers})"
    return f"after grouping periods every term's cast settles in {many} (Lemma 1)"
