"""`expressivity verify`: a proof for all lengths, or a shortest word on which a network is wrong."""

from __future__ import annotations

import argparse

from expressivity.commands.common import (
    FALSIFIED,
    HOLDS,
    LANGUAGE,
    AddCommand,
    Reporter,
    add_budgets,
    print_json,
    report,
)
from expressivity.errors import CertificateError, ExpressivityError

_ANSWERS = {
    "equivalent-by-period": "equivalent",
    "refuted-by-period": "counterexample",
    "inseparable": "impossible",
}
"""What the answer with a certificate of some claim is called, where it is not called like the claim."""


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
        claim = certificate.data["claim"]
        kind = _ANSWERS.get(claim, claim)
        if options.json:
            print_json({"answer": kind, "word": certificate.data.get("word"), "statement": statement})
        else:
            print(f"certificate accepted: {statement}")
        return FALSIFIED if kind == "counterexample" else HOLDS
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
    return report(answer, options)
