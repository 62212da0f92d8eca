"""`expressivity prove`: a theorem of the field, why it holds, what was exhausted, and where it breaks."""

from __future__ import annotations

import argparse
import textwrap
from typing import TYPE_CHECKING

from expressivity.commands.common import FALSIFIED, HOLDS, AddCommand, Reporter, print_json
from expressivity.errors import ExpressivityError

if TYPE_CHECKING:
    from expressivity.experiments.verdicts.theorem_runs import Step
    from expressivity.experiments.verdicts.theorems import Theorem

_WIDTH = 110
_MARKS = {
    "derived": "derived",
    "exhausted": "exhausted",
    "checked": "checked",
    "breaks": "it breaks",
    "complete": "complete",
}


def register(add: AddCommand) -> None:
    """Declare the command."""
    sub = add("prove", _prove, "run a theorem: its derivation, its exhausted domains, and a witness per hypothesis")
    sub.add_argument("name", nargs="?", help="name of a theorem, as --list shows it, or a proof file of your own (.py)")
    sub.add_argument("--list", action="store_true", help="list the theorems with their statements")


def _prove(options: argparse.Namespace) -> int:
    from expressivity.experiments.verdicts.theorems import find_theorem, theorems

    if options.name is None and not options.list:
        raise ExpressivityError("prove needs the name of a theorem; `expressivity prove --list` shows them")
    if options.list:
        listed = theorems()
        if options.json:
            print_json([{"name": t.name, "title": t.title, "statement": _flat(t, "Statement")} for t in listed])
            return HOLDS
        for theorem in listed:
            print(theorem.name)
            print(textwrap.indent(textwrap.fill(_flat(theorem, "Statement"), _WIDTH - 4), "    "))
        return HOLDS
    theorem = find_theorem(options.name)
    return _as_json(theorem) if options.json else _lecture(theorem)


def _as_json(theorem: Theorem) -> int:
    from expressivity.experiments.verdicts.theorem_runs import run_theorem

    steps = list(run_theorem(theorem, progress=Reporter()))
    holds = _all_hold(steps)
    print_json(
        {
            "name": theorem.name,
            "title": theorem.title,
            **{section.lower(): text for section, text in theorem.sections.items() if section != "Hypotheses"},
            "hypotheses": [{"name": h.name, "text": h.text} for h in theorem.hypotheses],
            "holds": holds,
            "steps": [step.to_json() for step in steps],
        }
    )
    return HOLDS if holds else FALSIFIED


def _lecture(theorem: Theorem) -> int:
    """Statement, why, what was exhausted, where it breaks, what is open; checks run where the text comes to them."""
    from expressivity.experiments.verdicts.theorem_runs import run_theorem

    print(f"{theorem.title}\n{'═' * min(_WIDTH, len(theorem.title))}")
    for section in ("Statement", "Source", "Hypotheses"):
        _section(theorem, section)
    _section(theorem, "Derivation", heading="Why")
    steps: list[Step] = []
    shown = "derived"
    for step in run_theorem(theorem, progress=Reporter()):
        if step.kind != shown and step.kind in ("exhausted", "breaks"):
            shown = step.kind
            if shown == "exhausted":
                _section(theorem, "Checked", heading="Checked, to the last case")
            else:
                print("\nWhere it breaks, see it break")
        steps.append(step)
        _show(step)
    _section(theorem, "Open")
    failed = [step for step in steps if step.problem is not None]
    seconds = sum(step.seconds for step in steps)
    counts = ", ".join(
        f"{sum(step.kind == kind for step in steps)} {text}"
        for kind, text in (
            ("derived", "derived"),
            ("exhausted", "exhausted"),
            ("breaks", "broken without a hypothesis"),
        )
        if any(step.kind == kind for step in steps)
    )
    print()
    if _all_hold(steps):
        print(f"HOLDS: {counts}; {seconds:.1f} s")
        return HOLDS
    print(f"DOES NOT HOLD: {len(failed)} of {len(steps)} checks failed; {seconds:.1f} s")
    return FALSIFIED


def _all_hold(steps: list[Step]) -> bool:
    return bool(steps) and all(step.problem is None for step in steps)


def _flat(theorem: Theorem, section: str) -> str:
    """The first paragraph of a section as one line."""
    return " ".join(theorem.sections.get(section, "").split("\n\n")[0].split())


def _section(theorem: Theorem, section: str, *, heading: str | None = None) -> None:
    """A section under its heading, indented, its own line breaks kept."""
    print(f"\n{heading or section}")
    print(textwrap.indent(theorem.sections.get(section) or "(nothing is said)", "  "))


def _show(step: Step) -> None:
    """A step as it was run: a mark, what it says it does, what it printed, or why it failed."""
    mark = _MARKS[step.kind] if step.problem is None else "FAILED"
    print(f"\n  [{mark}] {step.title}  ({step.seconds:.1f} s)")
    if step.about:
        print(textwrap.indent(textwrap.fill(step.about, _WIDTH - 6), "      "))
    for line in step.printed:
        print(f"      │ {line}")
    if step.problem is not None:
        print(textwrap.indent(textwrap.fill(step.problem, _WIDTH - 6), "      "), flush=True)
