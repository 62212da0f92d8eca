# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""Any regular language as a cascade: `expressivity play` serves this lesson."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(
    width="medium",
    app_title="Krohn–Rhodes: resets, permutations, and nothing else",
)


@app.cell(hide_code=True)
def _():
    import marimo as mo

    import expressivity as ex
    from expressivity.playground.app import controls, questions, runs, sentences, widgets
    from expressivity.playground.app.markdown import markdown_table
    from expressivity.playground.app.worker import Worker
    from expressivity.playground.lessons import krohn_rhodes

    return (
        Worker,
        controls,
        ex,
        krohn_rhodes,
        markdown_table,
        mo,
        questions,
        runs,
        sentences,
        widgets,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # Krohn–Rhodes: resets, permutations, and nothing else

    Every finite automaton is a stack of two kinds of parts: parts that a letter **resets** to a fixed state, and parts
    that a letter **permutes**. A part reads the letter together with what the parts above it remember. That is the
    theorem of Krohn and Rhodes, and it is the plan by which a language becomes a stack of linear recurrent layers.

    Choose a language: a name of the zoo, a regular expression, or a family such as `symmetric_group(3)`.
    """)
    return


@app.cell
def _(mo):
    type_language = mo.ui.text(value="(aa)*b", label="language")
    type_language
    return (type_language,)


@app.cell
def _(type_language):
    chosen_language = type_language.value
    return (chosen_language,)


@app.cell
def _(Worker, controls):
    desk = controls.Desk(Worker(), 30)
    return (desk,)


@app.cell
def _(chosen_language, desk, mo, questions, sentences, widgets):
    language, problem = desk.ask(questions.read_typed, chosen_language)
    mo.vstack(widgets.box(problem)) if language is None else mo.md(sentences.tell_language(language))
    return (language,)


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## The monoid says which parts are needed

    Words act on the states of the minimal automaton; the different actions form its *syntactic monoid*. The groups
    inside it are the permutations that cannot be avoided. A monoid without any is *aperiodic*, and its language
    *star-free*: resets suffice.
    """)
    return


@app.cell
def _(desk, language, markdown_table, mo, questions, sentences, widgets):
    profile, profile_problem = desk.ask(questions.profile, language)
    facts = [] if profile is None else [mo.md(markdown_table(sentences.algebra_rows(profile)))]
    mo.vstack([*widgets.box(profile_problem), *facts])
    return


@app.cell
def _(controls, desk, language, mo, questions):
    boxes, boxes_problem = desk.ask(questions.egg_boxes, language)
    mo.md(controls.boxes_told(boxes, boxes_problem))
    return (boxes,)


@app.cell
def _(boxes, ex):
    ex.egg_box_figure(boxes) if isinstance(boxes, tuple) else None
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Two cascades

    The **linear subset cover** takes $|Q| - 1$ levels for $|Q|$ states: each level remembers one state in which the
    automaton is *not*, and the rest is an automaton with one state less. It may use groups that the language does not
    have. The **holonomy decomposition** follows the sets that words leave of the states; its groups are groups of the
    language, at the price of more components.
    """)
    return


@app.cell
def _(desk, krohn_rhodes, language, markdown_table, mo, widgets):
    cascades, cascades_problem = desk.ask(krohn_rhodes.cascades_of, language)
    cascade_rows = [] if cascades is None else krohn_rhodes.cascade_rows(cascades, language.minimal().states)
    told = f"{markdown_table(cascade_rows)}\n\n{krohn_rhodes.told(cascades)}" if cascade_rows else ""
    mo.vstack([*widgets.box(cascades_problem), mo.md(told)])
    return (cascades,)


@app.cell
def _(cascades, ex):
    None if cascades is None or cascades.linear is None else ex.cascade_figure(cascades.linear)
    return


@app.cell
def _(cascades, ex):
    None if cascades is None or cascades.grouped is None else ex.cascade_figure(cascades.grouped)
    return


@app.cell
def _(cascades, krohn_rhodes, mo):
    mo.md(krohn_rhodes.run_told(cascades))
    return


@app.cell
def _(cascades, krohn_rhodes, markdown_table, mo, runs):
    shown = None if cascades is None else cascades.grouped or cascades.linear
    word = () if shown is None else runs.first_word(shown.automaton, None)
    run_rows = [] if shown is None else krohn_rhodes.coordinate_rows(shown, word)
    mo.md(markdown_table(run_rows) if run_rows else "")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## From cascade to network

    A reset is a gate that forgets and writes; a layer with eigenvalues in $[0, 1]$ can do it. A permutation needs
    eigenvalues $-1$, complex ones, or products of reflections. So the groups of a language decide which families have a
    network for it, and the cascade how many layers it takes. Compiled here, and certified for words of all lengths:
    """)
    return


@app.cell
def _(desk, krohn_rhodes, language, markdown_table, mo, widgets):
    network_rows, network_problem = desk.ask(krohn_rhodes.network_rows, language)
    mo.vstack([*widgets.box(network_problem), mo.md(markdown_table(network_rows) if network_rows else "")])
    return


if __name__ == "__main__":
    app.run()
