"""Compiles the loops of `*_kernels.py` with numba, and keeps machine code in a folder named by a hash of their sources.

numba's own cache looks at one file and its path: it does not notice a change in a kernel that another file imports, and
every checkout compiles anew. Here all kernel sources, and what compiles them, are hashed together, so that stale code
cannot be loaded and equal sources share one folder, whichever checkout, environment or worker asks.
"""

# numba's and llvmlite's insides have no types.
# mypy: disable-error-code="no-untyped-call, import-untyped"

from __future__ import annotations

import functools
import hashlib
import os
import pickle
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps
from numba.misc.appdirs import AppDirs

from expressivity.errors import ExpressivityError
from expressivity.files import replace_file

_config: Any = numba.config

_DAYS_KEPT = 30  # folders of other sources that nobody has used for so long are removed


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator: compile a function to machine code when it is first called, once for all processes of this user.

    Arguments:
        options: what `numba.njit` takes beyond the cache and the lock, such as `forceinline=True` or `parallel=True`.

    Returns:
        A decorator. What it makes runs without Python's lock. Its body may use constants and functions of other
        `*_kernels.py` files only, since the cache knows no other sources.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        made: Callable[..., Any] = numba.njit(nogil=True, **options)(function)
        if not _config.DISABLE_JIT:
            made._cache = _Cache(function)  # type: ignore[attr-defined]
        return made

    return decorate


def sources_digest(package: Path) -> str | None:
    """A hash of all kernel sources of a package and of all that turns them into machine code.

    Arguments:
        package: folder of the package.

    Returns:
        The hash; None where the sources cannot be read, as in a zip archive.
    """
    files = sorted(package.rglob("*_kernels.py"))
    if not files:
        return None
    digest = hashlib.sha256()
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    digest.update("\n".join(versions).encode())
    for file in (*files, package / Path(__file__).name):
        source = file.read_bytes()
        digest.update(f"\n{file.relative_to(package).as_posix()} {len(source)}\n".encode())
        digest.update(source)
    return digest.hexdigest()[:32]


@functools.cache
def cache_folder() -> Path | None:
    """The folder of the machine code: below NUMBA_CACHE_DIR, else in the user's cache; None where nothing is kept."""
    digest = sources_digest(Path(__file__).parent)
    if digest is None:
        return None
    base = _config.CACHE_DIR or AppDirs("expressivity", appauthor=False).user_cache_dir
    folder = Path(base) / "kernels" / digest
    try:
        if folder.is_dir():
            os.utime(folder)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            _remove_unused(folder.parent)
    except OSError:
        return None
    return folder


def _remove_unused(folder: Path) -> None:
    oldest = time.time() - _DAYS_KEPT * 86_400
    for other in folder.iterdir():
        if other.stat().st_mtime < oldest:
            shutil.rmtree(other, ignore_errors=True)


class _Cache:
    """What a numba dispatcher asks before it compiles, and tells after; the method names are numba's.

    One file per function, signature and processor, written in one step: workers that compile the same function at the
    same time write the same code, and nobody reads half a file.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._name = f"{function.__module__}.{function.__qualname__}"

    @property
    def cache_path(self) -> str | None:
        folder = cache_folder()
        return None if folder is None else str(folder)

    def load_overload(self, signature: Any, target: Any) -> Any:
        target.refresh()
        file = self._file(signature, target)
        if file is None:
            return None
        try:
            key, code = pickle.loads(file.read_bytes())
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            return None  # absent or damaged: it is compiled and written again
        if key != self._key(signature, target):
            return None
        return CompileResult._rebuild(target, *code)

    def save_overload(self, signature: Any, result: Any) -> None:
        file = self._file(signature, result.target_context)
        if file is None or result.lifted or result.library.has_dynamic_globals:
            return
        try:
            content = dumps((self._key(signature, result.target_context), result._reduce()))
            replace_file(file, content, error=ExpressivityError)
        except ExpressivityError:
            return  # a full or read-only disk: the next process compiles again

    def enable(self) -> None:
        """Nothing to do: the cache is on."""

    disable = flush = enable

    def _key(self, signature: Any, target: Any) -> tuple[Any, ...]:
        return self._name, signature, target.codegen().magic_tuple()

    def _file(self, signature: Any, target: Any) -> Path | None:
        folder = cache_folder()
        if folder is None:
            return None
        name = hashlib.sha256(repr(self._key(signature, target)).encode()).hexdigest()[:16]
        return folder / f"{self._name.removeprefix('expressivity.')}-{name}.nbc"
