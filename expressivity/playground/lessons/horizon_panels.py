"""A network in many arithmetics → how long it is right in each, as a heat map takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from expressivity.automaton import Automaton
from expressivity.errors import FormatError
from expressivity.experiments.horizons.jobs import FORMATS, ORDERS
from expressivity.experiments.horizons.probes import first_failure
from expressivity.networks.network import Network
from expressivity.playground.app.markdown import plain
from expressivity.plots.horizons import HorizonCell, HorizonPanel
from expressivity.verification.answers import Answer, Counterexample, Equivalent, Undecided
from expressivity.verification.verify import verify

TWELVE = (*(name for name in FORMATS if ":" not in name), "q3.4", "uint8")
"""The twelve formats of the lesson on arithmetic: floats from 64 bits to 4, fixed point, integers that wrap around."""


@dataclass(frozen=True)
class Cell:
    """One arithmetic.

    Arguments:
        arithmetic: its name.
        answer: what `verify` says; None where the network cannot be run.
        refusal: why not.
        probe: some failing word, where the search was undecided and long words were tried; it need not be a shortest.
    """

    arithmetic: str
    answer: Answer | None
    refusal: str = ""
    probe: tuple[str, ...] | None = None

    @property
    def shown(self) -> HorizonCell:
        """The cell of a heat map."""
        if self.answer is None:
            return HorizonCell("not run")
        if isinstance(self.answer, Equivalent):
            return HorizonCell("infinite")
        if isinstance(self.answer, Counterexample):
            if self.answer.shortest:
                return HorizonCell("finite", self.answer.lengths[0])
            return HorizonCell("undecided", self.answer.proved_length, self.answer.lengths[-1])
        return HorizonCell("undecided", self.answer.proved_length, None if self.probe is None else len(self.probe))


def cells(
    network: Network,
    language: Automaton,
    *,
    formats: Sequence[str] = TWELVE,
    orders: Sequence[str] = ORDERS,
    max_states: int = 300,
    probe_letters: int = 0,
) -> list[list[Cell]]:
    """The network in every format and order: a list for each format; every ∞ has passed the independent checker.

    Budgets count states and not seconds, so that the same question has the same answer everywhere.

    Arguments:
        network: the network.
        language: what it is to recognise.
        formats: number formats.
        orders: evaluation orders.
        max_states: budget of each search. Small, because every cell is also checked.
        probe_letters: letters of the long words that are tried where a search is undecided; 0 tries none.
    """
    rows = []
    for number_format in formats:
        row = []
        for order in orders:
            arithmetic = f"{number_format}/{order}"
            try:
                answer = verify(network, language, arithmetic=arithmetic, max_states=max_states)
                tried = probe_letters > 0 and isinstance(answer, Undecided)
                probe = first_failure(network, language, arithmetic, length=probe_letters, seed=0) if tried else None
                row.append(Cell(arithmetic, answer, probe=probe))
            except FormatError as error:
                row.append(Cell(arithmetic, None, str(error)))
        rows.append(row)
    return rows


def panel(title: str, found: Sequence[Sequence[Cell]]) -> HorizonPanel:
    """Cells as a panel of `horizon_heat_map`.

    Arguments:
        title: what the network is, in at most two lines.
        found: what `cells` gives.
    """
    formats = tuple(row[0].arithmetic.partition("/")[0] for row in found)
    orders = tuple(cell.arithmetic.partition("/")[2].replace("accumulate-", "accumulate\n") for cell in found[0])
    return HorizonPanel(title, formats, orders, tuple(tuple(cell.shown for cell in row) for row in found))


def counted(found: Sequence[Sequence[Cell]]) -> str:
    """How many arithmetics say what, and why some say nothing, as Markdown."""
    kinds = [cell.shown.answer for row in found for cell in row]
    names = {
        "infinite": "right for all lengths, certified",
        "finite": "fail on a shortest word that is known",
        "undecided": "undecided within the budget",
        "not run": "where the network cannot be run",
    }
    counts = [(kinds.count(kind), words) for kind, words in names.items() if kinds.count(kind)]
    told = "; ".join(f"**{count}** {words}" for count, words in counts) + f", of {len(kinds)} arithmetics."
    refusals = dict.fromkeys(cell.refusal for row in found for cell in row if cell.answer is None)
    return told + "".join(f"\n- not run: {plain(why)}" for why in refusals)
