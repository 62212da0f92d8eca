"""The collection `proofs/witnesses`: certified counters as small JSON files, re-verified whenever they are loaded.

A file holds the weights as exact fractions, the arithmetic, the claim, the states of the cycle for the reader, and how
it was found. Nothing in it is believed: `verify_witness` rebuilds the network and proves the claim again.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from expressivity.errors import CertificateError
from expressivity.experiments.counting.counters import Counter, certify, orbit
from expressivity.files import replace_file
from expressivity.verification.answers import Certificate

FORMAT = "expressivity-witness"
VERSION = 1


def witness_folder() -> Path:
    """The folder of the witnesses: inside an installed package, or beside the package in a checkout.

    Raises:
        CertificateError: when there is neither.
    """
    package = Path(__file__).resolve().parents[2]
    candidates = (package / "_content" / "proofs" / "witnesses", package.parent / "proofs" / "witnesses")
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise CertificateError(
        f"the folder of witnesses is missing (looked in {candidates[0]} and {candidates[1]}); install the package again"
    )


def witness_names() -> tuple[str, ...]:
    """The names of all stored witnesses, sorted."""
    return tuple(sorted(path.stem for path in witness_folder().glob("*.json")))


def witness_name(counter: Counter) -> str:
    """The name a counter is stored under: arithmetic, shape and modulus."""
    kinds = {1: "one-factor", 2: "two-factors"}
    shape = kinds.get(len(counter.keys), f"{len(counter.keys)}-factors")
    if counter.matrix:
        upper = any(x for i, row in enumerate(counter.matrix) for x in row[i + 1 :])
        shape = f"{'dense' if upper else 'triangular'}-{counter.width}x{counter.width}"
    elif counter.gate is not None:
        shape = "gated-" + shape
    arithmetic = counter.arithmetic.replace("/", "-").replace(":", "-").replace("+", "-")
    return f"{arithmetic}-{shape}-mod-{counter.modulus}"


def save_witness(counter: Counter, folder: Path, *, found: str) -> Path:
    """Write a counter as a witness; the file appears whole or not at all.

    Arguments:
        counter: a certified counter.
        folder: where to.
        found: how it was found: a command with its seed, or a source.

    Returns:
        The file.
    """

    def texts(rows: Any) -> list[list[str]]:
        return [[str(x) for x in row] for row in rows]

    data = {
        "format": FORMAT,
        "version": VERSION,
        "claim": f"recognises (1^{counter.modulus})* for all lengths; all eigenvalues stored are non-negative and real",
        "modulus": counter.modulus,
        "arithmetic": counter.arithmetic,
        "family": counter.family,
        "keys": texts(counter.keys),
        "betas": [str(x) for x in counter.betas],
        "gate": None if counter.gate is None else str(counter.gate),
        "matrix": texts(counter.matrix),
        "cycle": texts(orbit(counter)),
        "found": found,
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in data.items()]
    path = folder / f"{witness_name(counter)}.json"
    replace_file(path, "{\n" + ",\n".join(lines) + "\n}\n", error=CertificateError)
    return path


def load_witness(name: str | Path) -> Counter:
    """Read a stored witness, by its name or the path of a file.

    Raises:
        CertificateError: when there is none, it is not of this form, or its cycle is not the orbit of its start.
    """
    path = Path(name) if str(name).endswith(".json") else witness_folder() / f"{name}.json"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT or data["version"] != VERSION:
            raise CertificateError(f"{path.name} is of another form; expected {FORMAT} version {VERSION}")
        counter = Counter(
            arithmetic=str(data["arithmetic"]),
            modulus=int(data["modulus"]),
            family=str(data["family"]),
            start=_fractions(data["cycle"][0]),
            keys=tuple(_fractions(row) for row in data["keys"]),
            betas=_fractions(data["betas"]),
            gate=None if data["gate"] is None else Fraction(data["gate"]),
            matrix=tuple(_fractions(row) for row in data["matrix"]),
        )
        cycle = [_fractions(row) for row in data["cycle"]]
    except OSError:
        known = ", ".join(witness_names())
        raise CertificateError(f"there is no witness {str(name)!r}; the stored ones are {known}") from None
    except (KeyError, IndexError, TypeError, ValueError, ZeroDivisionError) as error:
        raise CertificateError(f"{path.name} is no witness ({error!r}); write it again with `hunt -o`") from None
    if orbit(counter) != cycle:
        raise CertificateError(
            f"{path.name}: the states it lists are not the orbit of the first in {counter.arithmetic}"
        )
    return counter


def verify_witness(name: str | Path) -> Certificate:
    """Prove a stored witness again, its hypotheses included.

    Returns:
        A certificate that has passed the independent checker.

    Raises:
        CertificateError: naming what fails.
    """
    return certify(load_witness(name))


def _fractions(values: Any) -> tuple[Fraction, ...]:
    return tuple(Fraction(x) for x in values)
