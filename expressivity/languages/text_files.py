"""Reading text files with errors that say what is wrong, and writing them whole or not at all."""

from __future__ import annotations

import os
import tempfile
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


def replace_file(path: Path, text: str) -> None:
    """Write a text file under a temporary name beside its place, then move it there in one step.

    Raises:
        LanguageError: when the file cannot be written.
    """
    try:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    except OSError as error:
        raise LanguageError(f"{path} cannot be written: {error.strerror}; does the folder exist?") from None
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        # The temporary file is private to the user; the result gets the rights of any new file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise LanguageError(f"{path} cannot be written: {error.strerror}") from None
