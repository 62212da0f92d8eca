# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""The same network in twelve formats: `expressivity play` serves this lesson."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(
    width="medium",
    app_title="Arithmetic: the same network in twelve formats",
)


@app.cell(hide_code=True)
def _():
    import marimo as mo

    import expressivity as ex
    from expressivity.playground.app import controls, questions, runs, widgets
    from expressivity.playground.app.markdown import markdown_table
    from expressivity.playground.app.worker import Worker
    from expressivity.playground.lessons import arithmetic, horizon_panels
    from expressivity.plots import horizon_heat_map

    return (
        Worker,
        arithmetic,
        controls,
        ex,
        horizon_heat_map,
        horizon_panels,
        markdown_table,
        mo,
        questions,
        runs,
        widgets,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # Arithmetic: the same network in twelve formats

    A proof on paper computes with real numbers. A machine keeps a few bits of each, and rounds again and again. Whether
    a network still recognises its language is then a question about the **format** of its numbers and about the
    **order** in which they are combined. Both are finite, so the question has an exact answer for words of all lengths.

    Choose a language and a family. The weights are compiled once, in exact numbers, and then stored and run in twelve
    formats.
    """)
    return


@app.cell
def _(controls, mo):
    type_language = mo.ui.text(value="mod5", label="language (a name, or a regular expression)")
    choose_family = mo.ui.dropdown(controls.family_options(), value="deltaproduct", label="family")
    choose_key = mo.ui.dropdown(["swap", "dyadic"], value="swap", label="keys of permutations")
    mo.hstack([type_language, choose_family, choose_key], justify="start", wrap=True)
    return choose_family, choose_key, type_language


@app.cell
def _(choose_family, choose_key, type_language):
    chosen_network = (type_language.value, choose_family.value, choose_key.value)
    return (chosen_network,)


@app.cell
def _(Worker, controls):
    desk = controls.Desk(Worker(), 60)
    return (desk,)


@app.cell
def _(chosen_network, controls, desk, questions):
    language, problem = desk.ask(questions.read_typed, chosen_network[0])
    built, build_problem = desk.ask(questions.build, language, chosen_network[1], key=chosen_network[2])
    network = controls.network_of(built)
    return build_problem, built, language, network, problem


@app.cell
def _(
    build_problem,
    built,
    chosen_network,
    controls,
    desk,
    horizon_panels,
    language,
    mo,
    network,
    problem,
    widgets,
):
    found, horizon_problem = desk.ask(horizon_panels.cells, network, language)
    problems = [problem, build_problem, horizon_problem]
    told = controls.told_of(problems, built, chosen_network[1], None)
    said = mo.md(f"{network.about}: {horizon_panels.counted(found)}") if found else mo.vstack(widgets.box(told))
    said
    return (found,)


@app.cell
def _(chosen_network, found, horizon_heat_map, horizon_panels):
    title = f"{chosen_network[0]}\n{chosen_network[1]}, {chosen_network[2]} keys"
    None if found is None else horizon_heat_map([horizon_panels.panel(title, found)])
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    The rows are formats, the columns orders of evaluation:

    - **fused**: a dot product is computed exactly and rounded once;
    - **per-operation**: every multiplication and every addition is rounded, in the order of the kernels;
    - **accumulate-fp32**: products and sums in fp32, one rounding to the format at the end.

    ∞ is a certificate for words of all lengths, checked independently. A number is the length of a shortest word on
    which the network is wrong: its *exact horizon*. The search looks at a few hundred states; where they do not
    suffice it says up to which length all is right. More bits do not always mean a longer horizon.
    """)
    return


@app.cell
def _(arithmetic, horizon_panels, markdown_table, mo):
    mo.md("The twelve formats:\n\n" + markdown_table(arithmetic.format_rows(horizon_panels.TWELVE)))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## How a run goes wrong

    Pick an arithmetic. The exact orbit and the rounded one start together; every step may move the rounded one a little
    further, until the read-out takes it for another state.
    """)
    return


@app.cell
def _(controls, horizon_panels, mo):
    choose_format = mo.ui.dropdown(horizon_panels.TWELVE, value="fp8_e4m3fn", label="number format")
    choose_order = mo.ui.dropdown(controls.ORDERS, value="per-operation", label="evaluation order")
    mo.hstack([choose_format, choose_order], justify="start", wrap=True)
    return choose_format, choose_order


@app.cell
def _(choose_format, choose_order, controls):
    chosen_arithmetic = controls.arithmetic_of(choose_format.value, choose_order.value, "nearest-even")
    return (chosen_arithmetic,)


@app.cell
def _(
    chosen_arithmetic,
    controls,
    desk,
    language,
    mo,
    network,
    questions,
    widgets,
):
    decision, decision_problem = desk.ask(questions.decide, network, language, chosen_arithmetic)
    mo.vstack(widgets.box(controls.told_of([decision_problem], None, "", decision)))
    return (decision,)


@app.cell
def _(chosen_arithmetic, decision, desk, language, network, runs):
    word = runs.first_word(language, decision)
    run, run_problem = desk.ask(runs.run_typed, network, language, "", word, chosen_arithmetic)
    runs.run_figure(run, language)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    In this arithmetic the network is a finite automaton of its own, right or wrong. Beside the automaton of the
    language, with the way of the failing word and its first wrong transition:
    """)
    return


@app.cell
def _(chosen_arithmetic, controls, decision, desk, language, network, questions):
    realised, realised_problem = desk.ask(questions.realised, network, chosen_arithmetic)
    controls.automata(language, realised, decision)
    return realised, realised_problem


@app.cell
def _(controls, mo, realised, realised_problem):
    mo.md(controls.realised_told(realised, realised_problem))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Rounding twice is not rounding once

    Simulators often compute in float64, convert to float32 and then to the small format. That rounds twice, and a value
    just above the middle of two numbers can end on the wrong side:
    """)
    return


@app.cell
def _(arithmetic, mo):
    value, once, twice = arithmetic.rounded_twice("bf16")
    mo.md(f"{value!r} rounds to **{once!r}** in bf16, but to **{twice!r}** when it passes through fp32.")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Rounding can also make a counter

    This matrix has the eigenvalues $\tfrac{5}{16}$ and $\tfrac18$, so over the reals every state fades to zero:
    $A = \begin{pmatrix} 13/8 & -9/8 \\ 7/4 & -19/16 \end{pmatrix}$. Rounded to integers once a step, four states follow
    each other for ever, and the network counts modulo four.
    """)
    return


@app.cell
def _(arithmetic, ex, mo):
    cycle, divisible = arithmetic.limit_cycle()
    rounded_cycle = ex.verify(cycle, divisible, arithmetic=arithmetic.CYCLE_ARITHMETIC)
    exact_cycle = ex.verify(cycle, divisible)
    mo.md(
        f"In {rounded_cycle.arithmetic}: {rounded_cycle.statement}.\n\nIn exact arithmetic the states fade, and it is "
        f"wrong first after {len(exact_cycle.word)} letter{'s' * (len(exact_cycle.word) != 1)}."
    )
    return (cycle,)


@app.cell
def _(arithmetic, cycle, ex):
    cycle_runs = [ex.trace(cycle, "1" * 12, name) for name in ("exact", arithmetic.CYCLE_ARITHMETIC)]
    ex.drift_figure(cycle_runs[0].floats(), cycle_runs[1].floats(), label="rounded to integers")
    return


if __name__ == "__main__":
    app.run()
