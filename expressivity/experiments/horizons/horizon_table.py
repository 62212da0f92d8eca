"""One call for a whole table: a language and a family → its horizons in every format and evaluation order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from expressivity.errors import ExperimentError
from expressivity.experiments.horizons.jobs import FORMATS, ORDERS, given_subject, jobs, subject
from expressivity.experiments.horizons.store import Store
from expressivity.experiments.horizons.sweep import Cell, sweep
from expressivity.networks.network import Network, require_network


def horizons(
    language: Any,
    into: str = "",
    *,
    network: Network | None = None,
    formats: Sequence[str] = FORMATS,
    orders: Sequence[str] = ORDERS,
    key: str = "swap",
    construction: str = "",
    read_out: str = "nearest-point",
    max_states: int = 100_000,
    probe_letters: int = 10_000,
    seed: int = 0,
    store: str | Path | None = None,
    workers: int = 1,
    backend: str = "processes",
    scheduler: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Cell]:
    """How long a language's network stays right, in every number format and evaluation order.

    Arguments:
        language: anything `expressivity.language` reads.
        into: architecture family, into which a network is compiled.
        network: or a network of your own; `into`, `key` and `construction` then have no meaning.
        formats: number formats, or `weights:state` such as "bf16:fp32"; for a network of your own also "exact".
        orders: evaluation orders; a rounding may follow, as in "fused/toward-zero".
        key: kind of keys, as in `compile`.
        construction: beginning of a construction's name, "" for the cheapest network.
        read_out: "nearest-point", or "per-coordinate" for a decoder that is less sturdy.
        max_states: budget of every search.
        probe_letters: length of the long words that are run where a search stays undecided; 0 for none.
        seed: seed of the random ones among them.
        store: SQLite file that keeps answers and lets a stopped table go on.
        workers: processes on this machine.
        backend: "processes" or "dask".
        scheduler: address of the Dask scheduler.
        progress: called with one line after every job.

    Returns:
        The cells, formats first, then orders; `cell.answer.horizon` is the length of a shortest failing word.

    Raises:
        ExpressivityError: with everything that is wrong, before any work starts.

    Source: the exact horizon answers for finite arithmetic what Chung et al. 2026 ask of real arithmetic.
    """
    if network is None:
        asked = subject(language, into, key=key, construction=construction, read_out=read_out)
    elif into or construction or key != "swap":
        raise ExperimentError(
            f"into={into!r}, key={key!r} and construction={construction!r} say how a network is built, and one is "
            "given; leave them out, or leave out network="
        )
    else:
        require_network(network)
        asked = given_subject(language, network, read_out=read_out)
    made = jobs(
        [asked],
        formats=formats,
        orders=orders,
        max_states=max_states,
        probe_letters=probe_letters,
        seed=seed,
    )
    with Store(store) as opened:
        return sweep(made, store=opened, workers=workers, backend=backend, scheduler=scheduler, progress=progress)
