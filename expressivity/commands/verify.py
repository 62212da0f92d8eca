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
    from expressivity.verification.answers import Certificate
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
        falsifies = certificate.data["claim"] == "counterexample"
        if options.json:
            claim = "counterexample" if falsifies else "equivalent"
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
    return _report(answer, options)


def _report(answer: Answer, options: argparse.Namespace) -> int:
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
                }
            )
        else:
            says, is_in = ("accepts", "is not in") if answer.network_accepts else ("rejects", "is in")
            print(f"FALSIFIED in {answer.arithmetic} arithmetic by a shortest word, of length {len(answer.word)}:")
            print(f"  {show_word(answer.word)}")
            print(f"  the network {says} it, but it {is_in} the language")
            if not answer.checkable:
                print("  the word is too long for the independent checker: this rests on the compiled run alone")
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
