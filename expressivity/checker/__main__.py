"""The command `python -m expressivity.checker FILE`."""

from __future__ import annotations

import argparse
import io
import sys

from expressivity.checker import Rejected, check, load

PROVED, REJECTED, NO_CERTIFICATE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: list[str]) -> int:
    """Check one file and say in a sentence what it proves, or which claim does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m expressivity.checker",
        description="Check a certificate from nothing but Python's standard library.",
        epilog="exit codes: 0 proved, 1 rejected, 2 not a certificate, 130 interrupted (nothing is proved)",
    )
    parser.add_argument("file", metavar="FILE", help="a certificate (JSON)")
    path = parser.parse_args(arguments).file
    try:
        return _checked(path)
    except KeyboardInterrupt:
        print(f"interrupted: nothing is proved about {path}", file=sys.stderr)
        return INTERRUPTED


def _checked(path: str) -> int:
    """The exit code for one file."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # names in a certificate may be no text that can be written
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with open(path, encoding="utf-8") as stream:
            certificate = load(stream.read())
    except (OSError, ValueError, MemoryError) as problem:
        said = problem.strerror if isinstance(problem, OSError) else problem
        print(f"not a certificate: {path}: {said}", file=sys.stderr)
        return NO_CERTIFICATE
    if not isinstance(certificate, dict) or certificate.get("format") != "expressivity-certificate":
        print(
            f'not a certificate: {path} is not a JSON object whose "format" is "expressivity-certificate"',
            file=sys.stderr,
        )
        return NO_CERTIFICATE
    try:
        print(check(certificate))
    except Rejected as problem:
        print(f"rejected: {problem}")
        return REJECTED
    return PROVED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
