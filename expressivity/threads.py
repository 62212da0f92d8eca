"""One BLAS thread around work on small matrices."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread in a `with` block, or in a function decorated with `@one_blas_thread()`.

    Matrices of a few hundred rows are multiplied and factorised before a second thread has started; threads that wait
    for each other in thousands of such products take several times as long, and a hundred times beside a second
    process that does the same. Many-core work on large matrices is left alone.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@functools.cache
def _libraries() -> Any:
    # SciPy brings a BLAS of its own; it has to be loaded to be found.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
