# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""A guided tour of relational templates: `expressivity play` serves this lesson."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(
    width="medium",
    app_title="What relational templates can separate",
)


@app.cell(hide_code=True)
def _():
    import marimo as mo

    from expressivity import relational
    from expressivity.errors import ExpressivityError
    from expressivity.playground.app.markdown import markdown_table, plain
    from expressivity.playground.app.sentences import tell_error
    from expressivity.relational.drawing import colouring_figure, network_dot

    return (
        ExpressivityError,
        colouring_figure,
        markdown_table,
        mo,
        network_dot,
        plain,
        relational,
        tell_error,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # What can a template of weighted rules tell apart?

    A template is a set of first-order rules with weights. Unfolded on a graph it is a neural network whose weights
    are shared by all matches of a rule. Which graphs can it separate with *some* weights, and which with none?
    """)
    return


@app.cell
def _(mo, relational):
    choose_pair = mo.ui.dropdown(list(relational.separating_pairs()), value="hexagon", label="a pair of graphs")
    choose_pair
    return (choose_pair,)


@app.cell
def _(choose_pair):
    chosen_pair = choose_pair.value
    return (chosen_pair,)


@app.cell
def _(chosen_pair, colouring_figure, relational):
    first, second = relational.separating_pairs()[chosen_pair]
    colouring_figure(first, second)
    return first, second


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Numbers are the classes of colour refinement, which is what rules with two variables can see at most.

    ## Impossible, with a certificate
    """)
    return


@app.cell
def _(first, markdown_table, mo, plain, relational, second):
    proofs = {variables: relational.refute(variables, first, second) for variables in (2, 3, 4)}
    answers = [
        {
            "variables": variables,
            "some weights separate them": "no, certified" if proof.holds else "the theorem does not apply",
            "because": plain(proof.hypotheses[-1][1] if proof.holds else proof.reasons[0]),
        }
        for variables, proof in proofs.items()
    ]
    mo.md(markdown_table(answers))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Possible, with weights
    """)
    return


@app.cell
def _(first, mo, relational, second):
    found = relational.separate(first, second)
    if found.holds is None:
        shown = str(found.told())
    else:
        shown = (
            f"With {found.variables} variables, `out` is **{found.outputs[0]}** and **{found.outputs[1]}**:\n\n"
            f"```\n{relational.write_template(found.template)}```"
        )
    mo.md(shown)
    return


@app.cell
def _(mo):
    type_template = mo.ui.text_area(
        value="h(X) :- w=2 edge(X, Y). [activation=relu]\nout :- h(X).", label="a template of your own", full_width=True
    )
    type_template
    return (type_template,)


@app.cell
def _(type_template):
    chosen_template = type_template.value
    return (chosen_template,)


@app.cell
def _(
    ExpressivityError,
    chosen_template,
    first,
    mo,
    network_dot,
    relational,
    tell_error,
):
    try:
        template = relational.parse_template(chosen_template, semantics="bag")
        network = relational.build_network(relational.ground(template, [relational.graph_example(first)]))
        merged = f"Equal neurons merged: {float(network.compression):.1f} to 1. As Graphviz text:"
        template_told = f"{merged}\n\n```\n{network_dot(network)}```"
    except ExpressivityError as error:
        template_told = tell_error(error).text
    mo.md(template_told)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Architectures against pairs
    """)
    return


@app.cell
def _(markdown_table, mo, plain, relational):
    architectures = {
        "GIN": relational.models.gin(["node"], dimension=2),
        "GraphSAGE": relational.models.graph_sage(["node"], dimension=2),
        "rings of 3": relational.models.rings(["node"], size=3, dimension=2),
        "cliques of 4": relational.models.cliques(["node"], size=4, dimension=2),
    }
    pairs = {name: relational.separating_pairs()[name] for name in ("hexagon", "decalin", "strongly-regular")}
    rows = [
        {"architecture": cell.architecture, "pair": cell.pair, "answer": cell.answer, "because": plain(cell.because)}
        for cell in relational.separation_table(architectures, pairs)
    ]
    mo.md(markdown_table(rows))
    return


if __name__ == "__main__":
    app.run()
