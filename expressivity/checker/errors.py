"""What a checker says when it does not accept."""

from __future__ import annotations


class Rejected(Exception):  # noqa: N818 (what a checker does)
    """A claim of the certificate does not hold, or the certificate is malformed; the text says which and where."""
