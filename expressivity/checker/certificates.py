"""One certificate → the sentence that it proves, or the first claim of it that does not hold.

A certificate is read whole into records before anything is decided (`reading`, `records`), and decisions are taken on
those records alone. Which language its automaton accepts is a separate question, settled by `same_language`.
"""

from __future__ import annotations

from typing import Any

from expressivity.checker import cast, cast_periods, impossible, invariants, relational
from expressivity.checker.errors import Rejected
from expressivity.checker.formats import CAST, Arithmetic, read_arithmetic
from expressivity.checker.machine import Machine
from expressivity.checker.reading import Fields, items, long_integer, text
from expressivity.checker.records import Automaton, Network, read_automaton, read_network

FORMAT, VERSION = "expressivity-certificate", 1
CLAIMS = (
    "equivalent",
    "counterexample",
    "equivalent-by-period",
    "refuted-by-period",
    "impossible",
    "inseparable",
    "separated",
)


def check(certificate: Any) -> str:
    """Check a certificate and say in one sentence what it proves, about which network in which arithmetic.

    Arguments:
        certificate: the JSON object.

    Returns:
        The statement that was checked.

    Raises:
        Rejected: naming the first claim that does not hold.
    """
    fields = Fields(certificate, "the certificate")
    if fields.take("format") != FORMAT:
        raise Rejected(f"the certificate's format is not {FORMAT!r}")
    try:
        version = fields.take("version")
        if type(version) is not int or version != VERSION:
            raise Rejected(f"the certificate is of version {version!r}; this checker reads version {VERSION}")
        claim = text(fields.take("claim"), "the claim")
        if claim not in CLAIMS:
            raise Rejected(f"claim {claim!r} is unknown to this checker; it knows {', '.join(CLAIMS)}")
        if claim in relational.CLAIMS:
            return relational.check(certificate)
        if claim == "impossible":
            return impossible.check(certificate)
        arithmetic = read_arithmetic(text(fields.take("arithmetic"), "the arithmetic"))
        network, automaton = read_network(fields.take("network")), read_automaton(fields.take("automaton"))
        if network.letters != automaton.letters:
            raise Rejected(f"the network reads {list(network.letters)}, the automaton {list(automaton.letters)}")
        decide = _check_cast if arithmetic.order == CAST else _check_steps
        said = decide(claim, arithmetic, network, automaton, fields)
    except (ValueError, ArithmeticError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise Rejected(f"the certificate is malformed ({error})") from None
    except (RecursionError, MemoryError) as error:
        raise Rejected(f"the certificate is too large to be checked here ({error or 'out of memory'})") from None
    return f"{said}; in {arithmetic.name} arithmetic, {network}"


def _check_steps(claim: str, arithmetic: Arithmetic, network: Network, automaton: Automaton, fields: Fields) -> str:
    """Claims about exact arithmetic and the stepwise orders."""
    machine = Machine(network, arithmetic)
    if claim == "equivalent" and "cycle" in fields.left:
        cycle = fields.take("cycle")
        fields.done()
        return invariants.check_cycle(machine, automaton, cycle)
    if claim == "equivalent":
        entries = invariants.read_entries(machine, automaton, fields.take("invariant"))
        fields.done()
        return invariants.check_equivalence(machine, automaton, entries)
    if claim == "counterexample":
        word = invariants.read_word(network.letters, fields.take("word"))
        fields.done()
        return invariants.check_counterexample(machine, automaton, word)
    raise Rejected(f"claim {claim!r} needs the order {CAST}; the certificate says {arithmetic.name!r}")


def _check_cast(claim: str, arithmetic: Arithmetic, network: Network, automaton: Automaton, fields: Fields) -> str:
    """Claims about the order `exact-then-cast`, which has states of its own kind."""
    machine = cast.CastMachine(network, arithmetic)
    if claim == "equivalent":
        machine.trust(cast.read_steady(machine, fields.take("steady")))
        entries = cast.read_entries(machine, automaton, fields.take("invariant"))
        fields.done()
        return cast.check_invariant(machine, automaton, entries)
    if claim == "counterexample":
        word = invariants.read_word(network.letters, fields.take("word"))
        fields.done()
        return cast.check_word(machine, automaton, word)
    stated = cast_periods.read_claim(machine, fields)
    if claim == "equivalent-by-period":
        fields.done()
        return cast_periods.check_one_letter(machine, automaton, stated)
    lengths = [long_integer(length, "a length") for length in items(fields.take("lengths"), "the lengths")]
    fields.done()
    return cast_periods.check_refutation(machine, automaton, stated, lengths)


def same_language(first: Any, second: Any) -> bool:
    """Whether two automata over the same letters (in any order) accept the same words, by exploring their product.

    Arguments:
        first: an automaton as a JSON object.
        second: the same.
    """
    one, other = read_automaton(first), read_automaton(second)
    if sorted(one.letters) != sorted(other.letters):
        return False
    order = [other.letters.index(letter) for letter in one.letters]
    seen = {(one.start, other.start)}
    queue = list(seen)
    for p, q in queue:
        if (p in one.accepting) != (q in other.accepting):
            return False
        for x, y in enumerate(order):
            pair = one.table[x][p], other.table[y][q]
            if pair not in seen:
                seen.add(pair)
                queue.append(pair)
    return True
