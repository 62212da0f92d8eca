"""`expressivity relational train|ground|separate|refute|table`: lifted relational templates."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expressivity.commands.common import HOLDS, AddCommand, Command, Reporter, print_json, report

if TYPE_CHECKING:
    from expressivity.relational.language.templates import Template

_STRUCTURE = "graph6 text, one graph of a named pair such as hexagon/0, or a file with one example's facts"
_TEMPLATE = "file with the rules of a template"


def register(add: AddCommand) -> None:
    """Declare the command and what it can do."""
    parent = add("relational", lambda options: _help(parent), "train and decide weighted first-order templates")
    tasks = parent.add_subparsers(metavar="TASK")

    def task(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        sub = tasks.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        sub.add_argument("--json", action="store_true", help="print JSON instead of text")
        sub.set_defaults(command=command)
        return sub

    sub = task("train", _train, "train a template on examples and queries, or cross-validate it")
    sub.add_argument("template", help=_TEMPLATE)
    sub.add_argument("examples", help="NeuraLogic file of examples")
    sub.add_argument("queries", help="NeuraLogic file of queries, `target atom.` on each line")
    sub.add_argument("--semantics", choices=["bag", "set"], help="for rules that leave it open")
    sub.add_argument("--loss", default="logistic", help="loss (default: logistic)")
    sub.add_argument("--optimiser", default="adam", help="optimiser (default: adam)")
    sub.add_argument("--learning-rate", type=float, default=0.01, metavar="R", help="step size (default: 0.01)")
    sub.add_argument("--epochs", type=int, default=400, metavar="N", help="most epochs (default: 400)")
    sub.add_argument("--seed", type=int, default=0, metavar="N", help="seed of weights and folds (default: 0)")
    sub.add_argument("--validation", type=float, default=0.0, metavar="SHARE", help="share held out for stopping early")
    sub.add_argument("--patience", type=int, metavar="N", help="epochs without improvement before stopping")
    sub.add_argument("--unentailed", choices=["refuse", "skip"], default="refuse", help="queries without a value")
    sub.add_argument("--folds", type=int, metavar="K", help="cross-validate in K folds instead of training once")
    sub.add_argument("-o", "--output", metavar="FILE", help="write the trained template here (safetensors)")

    sub = task("ground", _ground, "ground a template and say how much merging equal neurons saves")
    sub.add_argument("template", help=_TEMPLATE)
    sub.add_argument("examples", help="NeuraLogic file of examples")
    sub.add_argument("--semantics", choices=["bag", "set"], help="for rules that leave it open")

    sub = task("separate", _separate, "find a template whose exact outputs on two structures differ")
    sub.add_argument("first", help=_STRUCTURE)
    sub.add_argument("second", help="the other structure")
    sub.add_argument("-o", "--output", metavar="FILE", help="write the certificate here (JSON)")

    sub = task("refute", _refute, "prove that no weights make a template tell two structures apart")
    sub.add_argument("first", help=_STRUCTURE)
    sub.add_argument("second", help="the other structure")
    what = sub.add_mutually_exclusive_group(required=True)
    what.add_argument("--variables", type=int, metavar="K", help="all templates of rules with at most K variables")
    what.add_argument("--template", metavar="FILE", help=_TEMPLATE)
    sub.add_argument("--semantics", choices=["bag", "set"], help="for rules that leave it open")
    sub.add_argument("-o", "--output", metavar="FILE", help="write the certificate here (JSON)")

    task("table", _table, "decide a few architectures on the classical pairs of graphs")


def _help(parent: argparse.ArgumentParser) -> int:
    parent.print_help()
    return HOLDS


def _read_template(path: str, semantics: str | None) -> Template:
    from expressivity.errors import TemplateError
    from expressivity.relational.language.template_text import parse_template

    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"cannot read {path}: {error.strerror}; expected the rules of a template") from None
    return parse_template(text, semantics=semantics)


def _structure(source: str) -> Any:
    from expressivity.errors import TemplateError
    from expressivity.relational.language.graphs import as_graph
    from expressivity.relational.language.neuralogic_text import read_examples

    if not Path(source).is_file():
        return as_graph(source)
    examples = read_examples(source)
    if len(examples) != 1:
        raise TemplateError(f"{source} holds {len(examples)} examples; expected one structure")
    return examples[0]


def _train(options: argparse.Namespace) -> int:
    from expressivity.relational.language.neuralogic_text import read_examples, read_queries
    from expressivity.relational.learn.fitted import rule_importance
    from expressivity.relational.learn.training import Training, cross_validate, train

    template = _read_template(options.template, options.semantics)
    training = Training(
        loss=options.loss,
        optimiser=options.optimiser,
        learning_rate=options.learning_rate,
        epochs=options.epochs,
        patience=options.patience,
        validation=options.validation,
        unentailed=options.unentailed,
        seed=options.seed,
    )
    examples = read_examples(options.examples)
    queries = read_queries(options.queries, examples=len(examples))
    if options.folds is not None:
        found = cross_validate(template, examples, queries, folds=options.folds, training=training, progress=Reporter())
        if options.json:
            print_json({"folds": list(found.scores), "mean": found.mean, "deviation": found.deviation})
        else:
            print(f"accuracy {found.mean:.3f} ± {found.deviation:.3f} over {options.folds} folds")
        return HOLDS
    model = train(template, examples, queries, training=training, progress=Reporter())
    if options.output:
        model.save(options.output)
    answered = queries if options.unentailed == "refuse" else []
    importance = rule_importance(model, examples, answered)[:5] if answered else []
    if options.json:
        rules = [{"rule": number, "text": text, "growth": growth} for number, text, growth in importance]
        print_json({"epochs": len(model.history), "loss": model.history[-1], "file": options.output, "rules": rules})
        return HOLDS
    print(f"trained for {len(model.history)} epochs: loss {model.history[0]:.4f} → {model.history[-1]:.4f}")
    if importance:
        print("  what the loss would grow by without a rule:")
    for _, text, growth in importance:
        print(f"  {growth:+8.4f}  {text}")
    if options.output:
        print(f"  written to {options.output}")
    return HOLDS


def _ground(options: argparse.Namespace) -> int:
    from expressivity.relational.grounding.grounding import ground
    from expressivity.relational.grounding.network_builder import build_network
    from expressivity.relational.language.neuralogic_text import read_examples

    template = _read_template(options.template, options.semantics)
    grounding = ground(template, read_examples(options.examples), progress=Reporter())
    network = build_network(grounding)
    if options.json:
        print_json(
            {
                "examples": grounding.examples,
                "ground_rules": grounding.rules,
                "by_rule": [len(rows) for rows in grounding.instances],
                "neurons": network.neurons,
                "unmerged": network.unmerged,
                "compression": float(network.compression),
                "bytes": grounding.bytes,
            }
        )
        return HOLDS
    print(f"{grounding.rules} ground rules of {len(template.rules)} rules on {grounding.examples} examples")
    print(f"  arrays of {grounding.bytes / 2**20:.1f} MiB")
    for kind, left in network.neurons.items():
        print(f"  {kind} neurons: {network.unmerged[kind]} → {left}")
    print(f"  equal neurons merged: {float(network.compression):.2f} to 1")
    return HOLDS


def _separate(options: argparse.Namespace) -> int:
    from expressivity.relational.separation.separate import separate

    return report(separate(_structure(options.first), _structure(options.second)), options)


def _refute(options: argparse.Namespace) -> int:
    from expressivity.relational.separation.refute import refute

    what = options.variables
    if options.template is not None:
        what = _read_template(options.template, options.semantics)
    return report(refute(what, _structure(options.first), _structure(options.second)), options)


def _table(options: argparse.Namespace) -> int:
    from expressivity.relational.language import models
    from expressivity.relational.language.graphs import separating_pairs
    from expressivity.relational.separation.verdicts import separation_table

    architectures = {
        "GIN": models.gin(["node"], dimension=2),
        "GraphSAGE": models.graph_sage(["node"], dimension=2),
        "gated": models.gated(["node"], dimension=2),
        "rings of 3": models.rings(["node"], size=3, dimension=2),
        "cliques of 4": models.cliques(["node"], size=4, dimension=2),
    }
    pairs = {name: separating_pairs()[name] for name in ("hexagon", "decalin", "strongly-regular")}
    cells = list(separation_table(architectures, pairs))
    if options.json:
        print_json(
            [{"architecture": c.architecture, "pair": c.pair, "answer": c.answer, "because": c.because} for c in cells]
        )
        return HOLDS
    for cell in cells:
        print(f"{cell.architecture:12}  {cell.pair:16}  {cell.answer:4}  {cell.because}")
    return HOLDS
