"""A guided tour of relational templates, as a marimo notebook: `marimo edit notebooks/relational_templates.py`."""

import marimo

app = marimo.App(width="medium", app_title="What relational templates can separate")


@app.cell
def _():
    import marimo as mo

    from expressivity import relational
    from expressivity.relational.drawing import colouring_figure, network_dot

    return colouring_figure, mo, network_dot, relational


@app.cell
def _(mo):
    mo.md(
        """
        # What can a template of weighted rules tell apart?

        A template is a set of first-order rules with weights. Unfolded on a graph it is a neural network whose weights
        are shared by all matches of a rule. Which graphs can it separate with *some* weights, and which with none?
        """
    )
    return


@app.cell
def _(mo, relational):
    pair = mo.ui.dropdown(list(relational.separating_pairs()), value="hexagon", label="a pair of graphs")
    pair
    return (pair,)


@app.cell
def _(colouring_figure, pair, relational):
    first, second = relational.separating_pairs()[pair.value]
    colouring_figure(first, second)
    return first, second


@app.cell
def _(first, mo, relational, second):
    answers = []
    for variables in (2, 3, 4):
        proof = relational.refute(variables, first, second)
        answers.append(
            f"- **{variables} variables**: "
            + ("no weights separate them; " + proof.hypotheses[-1][1] if proof else "the theorem does not apply")
        )
    mo.md("## Impossible, with a certificate\n\n" + "\n".join(answers))
    return


@app.cell
def _(first, mo, relational, second):
    found = relational.separate(first, second)
    if found is None:
        shown = "No template was found within the budget of the search."
    else:
        shown = (
            f"With {found.variables} variables, `out` is **{found.outputs[0]}** and **{found.outputs[1]}**:\n\n"
            f"```\n{relational.write_template(found.template)}```"
        )
    mo.md("## Possible, with weights\n\n" + shown)
    return (found,)


@app.cell
def _(mo):
    text = mo.ui.text_area(
        value="h(X) :- w=2 edge(X, Y). [activation=relu]\nout :- h(X).", label="a template of your own", full_width=True
    )
    text
    return (text,)


@app.cell
def _(first, mo, network_dot, relational, text):
    template = relational.parse_template(text.value, semantics="bag")
    network = relational.build_network(relational.ground(template, [relational.graph_example(first)]))
    mo.vstack(
        [
            mo.md(f"Equal neurons merged: {float(network.compression):.1f} to 1. As Graphviz text:"),
            mo.md(f"```\n{network_dot(network)}```"),
        ]
    )
    return


@app.cell
def _(mo, relational):
    architectures = {
        "GIN": relational.models.gin(["node"], dimension=2),
        "GraphSAGE": relational.models.graph_sage(["node"], dimension=2),
        "rings of 3": relational.models.rings(["node"], size=3, dimension=2),
        "cliques of 4": relational.models.cliques(["node"], size=4, dimension=2),
    }
    chosen = ("hexagon", "decalin", "strongly-regular")
    pairs = {name: relational.separating_pairs()[name] for name in chosen}
    cells = relational.separation_table(architectures, pairs)
    rows = [
        {"architecture": cell.architecture, "pair": cell.pair, "answer": cell.answer, "because": cell.because}
        for cell in cells
    ]
    mo.vstack([mo.md("## Architectures against pairs"), mo.ui.table(rows, selection=None)])
    return


if __name__ == "__main__":
    app.run()
