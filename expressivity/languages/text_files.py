"""Reading text files with errors that say what is wrong."""

from __future__ import annotations

from pathlib import Path

from expressivity.errors import LanguageError


def read_text(path: str | Path) -> str:
    """The text of a UTF-8 file, with or without a byte-order mark.

    Raises:
        LanguageError: when the file cannot be read or is not UTF-8.
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise LanguageError(f"{path} is not UTF-8 text (byte {error.start}); convert it first") from None
    except OSError as error:
        raise LanguageError(f"{path} cannot be read: {error.strerror}") from None
