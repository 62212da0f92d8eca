"""Machine × minimal automaton → outcome: one list of strategies, tried in order until one decides.

Most wrong networks fail on a short word and most right ones have few states: a *first look* decides them. Over one
letter, states that are finitely many are followed into their *cycle*. The *signs* of exact states may repeat though the
states do not. Stacks with many reachable states are small
*layer by layer*. Contracting layers have infinitely many states, or very many, that finitely many *boxes* hold. Over
one letter the verdicts of cast terms have a *period* though their memories never close. And a layer that does not close
under every input may close under the inputs it gets: at the end *everything* is searched.

A strategy returns an outcome, or None where it does not apply or found nothing. What it finds goes into an answer as it
is: a `Proof` brings the certificate's fields, a `DiffersByPeriod` the verdicts for all time, no failing word being
short enough to be spelled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from expressivity.automaton import Automaton
from expressivity.simulation.machine import Machine
from expressivity.verification.boxes.invariant import MANY, MakeLayers, prove_by_boxes
from expressivity.verification.boxes.rounded_boxes import contracts, has_boxes, rounded_layers
from expressivity.verification.boxes.sign_cells import prove_by_signs
from expressivity.verification.exploration.breadth_first import explore
from expressivity.verification.exploration.budgets import INTERRUPTED, Budget, Limit, Spent
from expressivity.verification.exploration.compiled import explore_compiled
from expressivity.verification.exploration.outcomes import (
    Closed,
    Differs,
    Exhausted,
    Progress,
    Proof,
)
from expressivity.verification.repeats.cycles import follow_letter
from expressivity.verification.repeats.periods import (
    EventualPeriod,
    eventual_period,
    far_difference,
    first_difference,
    language_verdicts,
    settled_length,
)
from expressivity.verification.search.layer_machines import LayerMachine, realise_layers
from expressivity.verification.search.product import Product

_FIRST_LOOK = 500  # pairs searched before a network is taken apart
_FIRST_ROUNDED = 300  # and before compiled loops are loaded
_LONG_PROGRAMS = 5_000  # instructions and terms of all programs from which on these pay for the first look already
_FIRST_MEMORIES, _MEMORIES = 200, 1_000  # of one letter: looked at before its period is asked for, and without one
_MOST_LAYER_STATES = 20_000  # of one rounded layer
_STEPS_PER_STATE = 1000  # a cycle is followed without storing states, so more steps than states are allowed
MOST_POWERS = 4_096  # most letters and powers of a period computed one by one


@dataclass(frozen=True)
class DiffersByPeriod:
    """The verdicts on the powers of the one letter differ from the language's, far beyond what can be spelled.

    Arguments:
        periods: the network's verdicts for all time, periodic from some length on; there they are not the language's.
        proved_length: all words up to this length agree; those after it were not looked at one by one.
    """

    periods: EventualPeriod
    proved_length: int


Outcome = Proof | Differs | DiffersByPeriod | Exhausted
"""What a search finds."""


@dataclass(frozen=True, eq=False)
class Question:
    """What a strategy is asked.

    Arguments:
        machine: the network in its arithmetic.
        minimal: the minimal automaton, over the network's letters in the same order.
        budget: states, seconds and bytes.
        progress: called now and then with one line.
        last: what the last strategy that searched met; the first one meets nothing.
    """

    machine: Machine
    minimal: Automaton
    budget: Budget
    progress: Progress | None = None
    last: Exhausted | None = None

    @property
    def one_letter(self) -> bool:
        """Whether there is one word of each length."""
        return len(self.minimal.letters) == 1


def search(machine: Machine, minimal: Automaton, budget: Budget, progress: Progress | None = None) -> Outcome:
    """Decide whether a machine recognises a language.

    Arguments:
        machine: the network in its arithmetic.
        minimal: the minimal automaton of the language, over the network's letters in the same order.
        budget: states (pairs of a network state and an automaton state), seconds and bytes.
        progress: called now and then with one line.
    """
    question = Question(machine, minimal, budget, progress)
    looked = first_look(question)
    if not isinstance(looked, Exhausted):
        return looked
    # Numbers that outgrow a search state by state need not outgrow signs or boxes.
    grew = machine.exact is not None and looked.spent.limit is Limit.WORDS
    if not grew and (looked.spent.limit is not Limit.STATES or _few(question) >= budget.states):
        return looked
    try:
        for strategy in STRATEGIES:
            tried = strategy(question)
            if tried is None:
                continue
            if not isinstance(tried, Exhausted):
                return tried
            if tried.spent.final:
                return tried if tried.proved_length >= looked.proved_length else replace(looked, spent=tried.spent)
            question = replace(question, last=tried)
    except KeyboardInterrupt:
        return Exhausted(looked.proved_length, looked.pairs, INTERRUPTED)
    return question.last or looked


def first_look(question: Question) -> Outcome:
    """A few states, breadth first: most questions are no harder."""
    machine, minimal, progress = question.machine, question.minimal, question.progress
    budget = question.budget.at_most(_few(question))
    found: Closed | Differs | Exhausted | None = None
    programs = [layer.program for layer in machine.rounded or []]
    if sum(len(p.instructions) + len(p.term_constants) for p in programs) > _LONG_PROGRAMS:
        found = explore_compiled(machine, minimal, budget, progress)
    return _proved(question, found or explore(machine, minimal, budget, progress))


def _few(question: Question) -> int:
    """States of a first look; memories that are not of one letter have no other."""
    if question.machine.memories is None:
        return _FIRST_LOOK if question.machine.rounded is None else _FIRST_ROUNDED
    return _FIRST_MEMORIES if question.one_letter else question.budget.states


def cycle(question: Question) -> Outcome | None:
    """One letter, finitely many states: follow them until one comes again."""
    if not question.one_letter or question.machine.rounded is None:
        return None
    budget = replace(question.budget, states=_STEPS_PER_STATE * question.budget.states)
    found = follow_letter(question.machine, question.minimal, budget, question.progress)
    if isinstance(found, Differs | Exhausted):
        return found
    steps = found.preperiod + found.period
    statement = (
        f"in {question.machine.arithmetic} arithmetic the state after {found.preperiod} letters comes again after "
        f"{found.period} more, and all {steps} verdicts on the way are the minimal automaton's"
    )
    fields = {"claim": "equivalent", "cycle": {"preperiod": found.preperiod, "period": found.period}}
    return Proof(fields, steps, statement)


def signs(question: Question) -> Outcome | None:
    """Exact states whose signs repeat, though the states themselves do not."""
    if question.machine.exact is None:
        return None
    cells = prove_by_signs(question.machine.network, question.minimal)
    return None if cells is None else _proof(question, cells, "sign cells of exact states")


def layer_by_layer(question: Question) -> Outcome | None:
    """Every layer under all symbols that can come from below, then the product of these machines."""
    machine, budget = question.machine, question.budget
    if question.last is not None or machine.memories is not None:
        return None
    if machine.rounded is not None and len(machine.layers) == 1:
        return None
    most = budget if machine.rounded is None else budget.at_most(_MOST_LAYER_STATES)
    layers = realise_layers(machine, most)
    if layers is None:
        return None
    _, empty = machine.start()
    found = explore(Product(layers, machine.letters, empty), question.minimal, budget, question.progress)
    if isinstance(found, Closed):
        return _proof(question, _classes(layers, found))
    return found


def boxes(question: Question) -> Outcome | None:
    """Finitely many boxes that hold all states, where layers contract or forget."""
    machine, budget = question.machine, question.budget
    layers: MakeLayers | None = None  # exact ones
    if machine.exact is None:
        rounded = machine.rounded
        if question.one_letter or not rounded or not has_boxes(rounded) or not contracts(rounded):
            return None
        layers, budget = partial(rounded_layers, rounded), budget.at_most(MANY.states)
    else:
        budget = replace(budget, states=MANY.states)
    invariant = prove_by_boxes(
        machine.network, question.minimal, layers=layers, budget=budget, progress=question.progress
    )
    return None if invariant is None else _proof(question, invariant, "boxes of states")


def period(question: Question) -> Outcome | None:
    """One letter, cast terms: the verdicts are periodic in the end, and are compared with the language's for ever."""
    machine = question.machine
    if not question.one_letter or machine.memories is None:
        return None
    limit = min(question.budget.states, MOST_POWERS)
    found = eventual_period(
        machine.network, machine.network.letters, arithmetic=machine.arithmetic, limit=limit, budget=question.budget
    )
    budget = question.budget.at_most(_MEMORIES)
    if isinstance(found, EventualPeriod):
        return compare(question.machine, question.minimal, found)
    further = explore(machine, question.minimal, budget, question.progress)
    if isinstance(further, Exhausted) and not further.spent.final:
        return replace(further, spent=Spent(Limit.METHOD, found.reason))
    return _proved(question, further)


def everything(question: Question) -> Outcome | None:
    """All reachable pairs one by one, unless another search has looked at as many in a cheaper way."""
    machine, minimal, budget, progress = question.machine, question.minimal, question.budget, question.progress
    if question.last is not None or machine.memories is not None:
        return None
    found = explore_compiled(machine, minimal, budget, progress) or explore(machine, minimal, budget, progress)
    return _proved(question, found)


STRATEGIES: tuple[Callable[[Question], Outcome | None], ...] = (
    cycle,
    signs,
    layer_by_layer,
    boxes,
    period,
    everything,
)
"""What is tried after a first look, in this order."""


def compare(machine: Machine, minimal: Automaton, periods: EventualPeriod) -> Outcome:
    """One-letter verdicts for all time beside a one-letter automaton.

    Arguments:
        machine: the network.
        minimal: the automaton.
        periods: the network's verdicts.
    """
    language = language_verdicts(minimal, [], [0])
    wrong, compared = first_difference(periods, language)
    if wrong is not None:
        return Differs((0,) * wrong, not language.verdict(wrong))
    end = settled_length(periods, language)
    if compared == end:
        letters = machine.network.letters
        fields = period_fields((), letters, periods) | {"claim": "equivalent-by-period"}
        statement = (
            f"on one letter the verdicts have period {periods.period} from length {periods.preperiod} on, "
            f"and agree with the language's up to length {end}"
        )
        return Proof(fields, end, statement)
    if far_difference(periods, language):
        return DiffersByPeriod(periods, compared - 1)
    reason = f"the verdicts have period {periods.period} only from length {end} on"
    return Exhausted(compared - 1, compared, Spent(Limit.METHOD, reason))


def period_fields(prefix: tuple[str, ...], loop: tuple[str, ...], periods: EventualPeriod) -> dict[str, Any]:
    """What a certificate says about an eventual period."""
    return {
        "prefix": list(prefix),
        "loop": list(loop),
        "layers": [
            [p.begin, p.period, p.group, p.settled, str(p.constant) if p.constant >= 2**53 else p.constant]
            for p in periods.layers
        ],
        "preperiod": str(periods.preperiod) if periods.preperiod >= 2**53 else periods.preperiod,
        "period": periods.period,
        "eventual": [int(v) for v in periods.eventual],
    }


def _proved(question: Question, found: Closed | Differs | Exhausted) -> Outcome:
    """Pairs that close, as a proof."""
    if not isinstance(found, Closed):
        return found
    machine = question.machine
    parts = machine.parts(found.rows)
    previous: Any = machine.previous(found.rows).tolist()
    if machine.memories is None:
        previous = [[[past] if past >= 0 else [] for past in row] for row in previous]
    else:
        previous = [[max(past, 0) for past in row] for row in previous]
    return _proof(
        question,
        [
            {"label": label, "layers": [part[pair] for part in parts], "previous": past, "successors": successors}
            for pair, (label, past, successors) in enumerate(
                zip(found.labels.tolist(), previous, found.successors.tolist(), strict=True)
            )
        ],
    )


def _classes(layers: list[LayerMachine], found: Closed) -> list[dict[str, Any]]:
    """The closed tuples of classes as the labelled states or boxes of a certificate."""
    parts = [layer.parts() for layer in layers]
    return [
        {
            "label": label,
            "layers": [part[c] for part, c in zip(parts, classes, strict=True)],
            "previous": [layer.previous[c] for layer, c in zip(layers, classes, strict=True)],
            "successors": successors,
        }
        for label, classes, successors in zip(
            found.labels.tolist(), found.rows.tolist(), found.successors.tolist(), strict=True
        )
    ]


def _proof(question: Question, invariant: list[dict[str, Any]], boxes: str = "") -> Proof:
    """An invariant with what it says."""
    machine = question.machine
    fields: dict[str, Any] = {"claim": "equivalent", "invariant": invariant}
    what = boxes or "states"
    if machine.memories is not None:
        what = "memories of cast terms"
        fields["steady"] = [layer.steady() for layer in machine.memories]
    elif machine.exact is not None and not boxes:
        proper = any("lower" in part for entry in invariant for part in entry["layers"])
        conductors = sorted({layer.conductor for layer in machine.exact if layer.degree > 1})
        what = "boxes of exact states" if proper else "exact states"
        what += "".join(f" in Q(2cos 2π/{n})" for n in conductors)
    elif machine.rounded is not None:
        what += f" in {machine.arithmetic} arithmetic"
    statement = (
        f"{len(invariant)} {what} are closed under {len(question.minimal.letters)} letters and decode onto the "
        f"{question.minimal.states} states of the minimal automaton"
    )
    return Proof(fields, len(invariant), statement)
