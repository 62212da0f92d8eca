"""Files that appear whole or not at all, and the folders of content that come with the package."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from expressivity.errors import ExpressivityError


def replace_file(path: Path, data: bytes | str, *, error: type[ExpressivityError]) -> None:
    """Write a file under a temporary name beside its place, then move it there in one step.

    Arguments:
        path: the file; its folder must exist.
        data: what it is to hold; text is written as UTF-8 with its line ends untouched.
        error: class of the error to raise.

    Raises:
        ExpressivityError: of the given class, when the path is a directory or the file cannot be written.
    """
    if path.is_dir():
        raise error(f"{path} is a directory and cannot be written over; give the name of a file")
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
        # The temporary file is private to the user; the result gets the rights of any new file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
        temporary = None
    except OSError as problem:
        raise error(f"{path} cannot be written: {problem.strerror}; choose an existing, writable folder") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def content_folder(name: str, what: str, *, error: type[ExpressivityError]) -> Path:
    """A folder that comes with the library: inside an installed package, or beside the package in a checkout.

    Arguments:
        name: name of the folder.
        what: what is in it, for the message.
        error: class of the error to raise.

    Raises:
        ExpressivityError: of the given class, when there is neither.
    """
    package = Path(__file__).resolve().parent
    candidates = (package / "_content" / name, package.parent / name)
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise error(
        f"the folder of {what} is missing (looked in {candidates[0]} and {candidates[1]}); install the package again"
    )
