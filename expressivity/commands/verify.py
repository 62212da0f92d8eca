"""`expressivity verify`: a proof for all lengths, or a shortest word on which a network is wrong."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from expressivity.commands.common import (
    FALSIFIED,
    HOLDS,
    LANGUAGE,
    UNDECIDED,
    AddCommand,
    Reporter,
    add_budgets,
    print_json,
    show_word,
)
from expressivity.errors import CertificateError, ExpressivityError

if TYPE_CHECKING:
    from expressivity.verification.answers import Answer
    from expressivity.verification.refute_network import NetworkRefutation


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("verify", _verify, "prove that a network recognises a language, or find a shortest word it fails on")
    sub.add_argument("network", nargs="?", help="network file written by compile")
    sub.add_argument("language", nargs="?", help=LANGUAGE)
    sub.add_argument("--certificate", metavar="FILE", help="check this certificate, independently of any search")
    sub.add_argument("--arithmetic", default="exact", help="arithmetic of the run (default: exact)")
    add_budgets(sub, states=200_000)
    sub.add_argument("-o", "--output", metavar="FILE", help="write the certificate here (JSON)")


def _verify(options: argparse.Namespace) -> int:
    from expressivity.networks.network import Network
    from expressivity.verification.answers import Certificate, Equivalent
    from expressivity.verification.verify import check_certificate, verify

    network = None if options.network is None else Network.load(options.network)
    if options.certificate:
        certificate = Certificate.load(options.certificate)
        try:
            statement = check_certificate(certificate, network=network, language=options.language)
        except CertificateError as error:
            if options.json:
                print_json({"answer": "rejected", "because": str(error)})
            else:
                print(f"REJECTED: {error}")
            return FALSIFIED
        falsifies = certificate.data["claim"] in ("counterexample", "refuted-by-period")
        if options.json:
            holds = "impossible" if certificate.data["claim"] == "impossible" else "equivalent"
            claim = "counterexample" if falsifies else holds
            print_json({"answer": claim, "word": certificate.data.get("word"), "statement": statement})
        else:
            print(f"certificate accepted: {statement}")
        return FALSIFIED if falsifies else HOLDS
    if network is None or options.language is None:
        raise ExpressivityError("verify needs a network file and a language, or --certificate FILE")
    answer = verify(
        network,
        options.language,
        arithmetic=options.arithmetic,
        max_states=options.max_states,
        max_seconds=options.max_seconds,
        max_memory=options.max_memory,
        progress=Reporter(),
    )
    refutation = None
    if "exact-then-cast" in options.arithmetic.split("/") and not isinstance(answer, Equivalent):
        from expressivity.verification.refute_network import refute_network

        refutation = refute_network(network, options.language, arithmetic=options.arithmetic)
    return _report(answer, options, refutation)


def _report(answer: Answer, options: argparse.Namespace, refutation: NetworkRefutation | None) -> int:
    from expressivity.verification.answers import Counterexample, Equivalent
    from expressivity.verification.verify import check_certificate

    if isinstance(answer, Equivalent | Counterexample):
        # No answer leaves without having passed the independent checker, or else without saying that it has not.
        if answer.checkable:
            check_certificate(answer.certificate)
        if options.output:
            answer.certificate.save(options.output)
    if isinstance(answer, Equivalent):
        if options.json:
            print_json(
                {
                    "answer": "equivalent",
                    "word": None,
                    "arithmetic": answer.arithmetic,
                    "proved_length": None,
                    "states": answer.boxes,
                    "checked": answer.checkable,
                }
            )
        else:
            print(f"EQUIVALENT for all lengths, in {answer.arithmetic} arithmetic")
            print(f"  {answer.statement}")
            if answer.checkable:
                print("  the certificate passed the independent checker")
            if options.output:
                print(f"  certificate written to {options.output}")
        return HOLDS
    if isinstance(answer, Counterexample):
        if options.json:
            print_json(
                {
                    "answer": "counterexample",
                    "word": list(answer.word),
                    "arithmetic": answer.arithmetic,
                    "proved_length": len(answer.word) - 1,
                    "checked": answer.checkable,
                    **_because(refutation),
                }
            )
        else:
            says, is_in = ("accepts", "is not in") if answer.network_accepts else ("rejects", "is in")
            print(f"FALSIFIED in {answer.arithmetic} arithmetic by a shortest word, of length {len(answer.word)}:")
            print(f"  {show_word(answer.word)}")
            print(f"  the network {says} it, but it {is_in} the language")
            if not answer.checkable:
                print("  the word is too long for the independent checker: this rests on the compiled run alone")
            _explain(refutation)
        return FALSIFIED
    if refutation is not None:
        # The shortest failing word is too long to write down, the reason is not.
        if options.output:
            refutation.certificate.save(options.output)
        if options.json:
            print_json(
                {
                    "answer": "counterexample",
                    "word": None,
                    "arithmetic": answer.arithmetic,
                    "proved_length": answer.proved_length,
                    **_because(refutation),
                }
            )
        else:
            print(f"FALSIFIED in {answer.arithmetic} arithmetic, by words too long to write down:")
            _explain(refutation)
        return FALSIFIED
    if options.json:
        print_json(
            {
                "answer": "undecided",
                "word": None,
                "arithmetic": answer.arithmetic,
                "proved_length": answer.proved_length,
                "states": answer.states,
                "budget": answer.budget,
            }
        )
    else:
        print(f"UNDECIDED: the budget ended ({answer.budget}) after {answer.states} states")
        print(f"  network and language agree on all words up to length {answer.proved_length}")
    return UNDECIDED


def _because(refutation: NetworkRefutation | None) -> dict[str, object]:
    """What a refutation adds to the JSON object."""
    if refutation is None:
        return {}
    return {
        "because": refutation.reason,
        "loop": list(refutation.loop),
        "preperiod": refutation.preperiod,
        "period": refutation.period,
        "lengths": list(refutation.lengths),
    }


def _explain(refutation: NetworkRefutation | None) -> None:
    """Print why the network must fail, once the certificate of that has passed the independent checker."""
    if refutation is None:
        return
    from expressivity.verification.refute_network import describe_lengths
    from expressivity.verification.verify import check_certificate

    check_certificate(refutation.certificate)
    first, second = describe_lengths(refutation.lengths)
    loop = show_word(refutation.loop)
    what = "constant" if refutation.period == 1 else f"periodic with period {refutation.period}"
    start = describe_lengths((refutation.preperiod, refutation.preperiod + 1))[0]
    print(f"  and it must fail: on the powers of {loop} its verdicts are {what} from length {start} on,")
    says = "accepts" if refutation.verdict else "rejects"
    print(f"  so it {says} both the prefix of {first} letters and that of {second}, of which the language has just one")
    print(f"  because {refutation.reason}")
    print("  the certificate of this passed the independent checker")
