"""The suite: the textbook constructions and their dyadic counterparts, whose horizons the release notes quote."""

from __future__ import annotations

from expressivity.experiments.horizons.jobs import READ_OUTS, Subject, subject


def textbook_subjects() -> list[Subject]:
    """Parity, rotations, permutations by textbook keys with both read-outs and by dyadic keys, and resets.

    Source: Grazzi et al. 2025, Theorem 3 (parity, rotations, swaps) and Theorem 4 (resets).
    """
    subjects = [subject("parity", "deltanet-signed")]
    subjects += [subject(language, "deltaproduct", construction="rotations") for language in ("mod3", "mod5")]
    for group in ("S3-transpositions", "S5-transpositions"):
        subjects += [subject(group, "deltanet-signed", read_out=read_out) for read_out in READ_OUTS]
        subjects.append(subject(group, "deltanet-signed", key="dyadic"))
    subjects.append(subject("flip-flop", "deltanet"))
    subjects += [
        subject("mod3-with-reset", family) for family in ("deltaproduct", "gated-deltanet", "complex-diagonal")
    ]
    return subjects
