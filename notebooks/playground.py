# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""The playground: `expressivity play` opens it, `marimo edit notebooks/playground.py` shows how it is made."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(
    width="medium",
    app_title="expressivity: what can a linear RNN express?",
)


@app.cell(hide_code=True)
def _():
    import marimo as mo

    import expressivity as ex
    from expressivity.playground.app import controls, questions, runs, sentences, widgets
    from expressivity.playground.app.markdown import markdown_table
    from expressivity.playground.app.worker import Worker

    return (
        Worker,
        controls,
        ex,
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
    # What can a linear RNN express?

    Choose a regular language, an architecture and a number format. You get weights with a proof that they are right
    on words of **all** lengths, or a shortest word on which they fail, or the theorem that forbids them.
    """)
    return


@app.cell(hide_code=True)
def _(controls, ex, mo, questions):
    choose_zoo = mo.ui.dropdown(ex.zoo_names(), value="parity", label="named language")
    type_language = mo.ui.text(placeholder="(aa)*|b, or symmetric_group(3)", label="regular expression")
    upload = mo.ui.file(filetypes=list(questions.UPLOADS), label="an automaton: .att, .jff, .dot or .json")
    choose_source = mo.ui.dropdown([controls.ZOO, controls.TYPED, controls.FILE], value=controls.ZOO, label="language")
    mo.vstack([mo.md("### Language"), choose_source])
    return choose_source, choose_zoo, type_language, upload


@app.cell(hide_code=True)
def _(choose_source, choose_zoo, controls, type_language, upload):
    {controls.ZOO: choose_zoo, controls.TYPED: type_language, controls.FILE: upload}[choose_source.value]
    return


@app.cell(hide_code=True)
def _(controls, mo):
    choose_family = mo.ui.dropdown(controls.family_options(), value="deltanet-signed", label="family")
    choose_key = mo.ui.dropdown(["swap", "dyadic"], value="swap", label="keys of permutations")
    choose_factors = mo.ui.dropdown(controls.FACTORS, value="any", label="factors a letter")
    choose_format = mo.ui.dropdown(controls.FORMATS, value="exact", label="number format")
    choose_order = mo.ui.dropdown(controls.ORDERS, value="per-operation", label="evaluation order")
    choose_rounding = mo.ui.dropdown(controls.ROUNDINGS, value="nearest-even", label="rounding")
    choose_patience = mo.ui.dropdown(controls.PATIENCE, value="20 seconds", label="time for an answer")
    further = mo.hstack([choose_key, choose_factors, choose_rounding, choose_patience], justify="start", wrap=True)
    mo.vstack(
        [
            mo.md("### Architecture and arithmetic"),
            mo.hstack([choose_family, choose_format, choose_order], justify="start", wrap=True),
            mo.accordion({"keys, factors, rounding, time": further}),
        ]
    )
    return (
        choose_factors,
        choose_family,
        choose_format,
        choose_key,
        choose_order,
        choose_patience,
        choose_rounding,
    )


@app.cell(hide_code=True)
def _(choose_source, choose_zoo, controls, type_language, upload):
    chosen_language = controls.language_choice(choose_source.value, choose_zoo.value, type_language.value, upload.value)
    return (chosen_language,)


@app.cell(hide_code=True)
def _(choose_family):
    chosen_family = choose_family.value
    return (chosen_family,)


@app.cell(hide_code=True)
def _(choose_factors, choose_key):
    chosen_options = {"key": choose_key.value, "factors": choose_factors.value}
    return (chosen_options,)


@app.cell(hide_code=True)
def _(choose_format, choose_order, choose_rounding, controls):
    chosen_arithmetic = controls.arithmetic_of(choose_format.value, choose_order.value, choose_rounding.value)
    return (chosen_arithmetic,)


@app.cell(hide_code=True)
def _(Worker):
    worker = Worker()
    return (worker,)


@app.cell(hide_code=True)
def _(choose_patience, controls, worker):
    desk = controls.Desk(worker, choose_patience.value)
    return (desk,)


@app.cell(hide_code=True)
def _(chosen_language, controls, desk):
    language, language_problem = desk.ask(controls.read_choice, chosen_language)
    return language, language_problem


@app.cell(hide_code=True)
def _(chosen_family, chosen_options, desk, language, questions):
    built, build_problem = desk.ask(questions.build, language, chosen_family, **chosen_options)
    return build_problem, built


@app.cell(hide_code=True)
def _(built, chosen_arithmetic, controls, desk, language, questions):
    network = controls.network_of(built)
    decision, decision_problem = desk.ask(questions.decide, network, language, chosen_arithmetic)
    return decision, decision_problem, network


@app.cell(hide_code=True)
def _(
    build_problem,
    built,
    chosen_family,
    controls,
    decision,
    decision_problem,
    language_problem,
    mo,
    widgets,
):
    told = controls.told_of([language_problem, build_problem, decision_problem], built, chosen_family, decision)
    mo.vstack([mo.md("### Verdict"), *widgets.box(told)])
    return


@app.cell(hide_code=True)
def _(built, chosen_arithmetic, chosen_family, controls, language, mo):
    mo.md(controls.summary(language, built, chosen_family, chosen_arithmetic))
    return


@app.cell(hide_code=True)
def _(
    built,
    chosen_arithmetic,
    chosen_family,
    chosen_language,
    decision,
    mo,
    widgets,
):
    stem = f"{chosen_language.stem}--{chosen_family}"
    mo.hstack(widgets.downloads(stem, chosen_arithmetic, built, decision), justify="start", wrap=True)
    return


@app.cell(hide_code=True)
def _(
    chosen_arithmetic,
    chosen_family,
    chosen_language,
    chosen_options,
    mo,
    network,
    sentences,
):
    lines = sentences.commands(
        chosen_language.spec, chosen_family, chosen_arithmetic, options=chosen_options, network=network
    )
    mo.accordion({"the same on the command line": mo.md(f"```console\n{lines}\n```")})
    return


@app.cell(hide_code=True)
def _(mo):
    look_further = mo.ui.run_button(label="try every network known for this arithmetic")
    mo.vstack(
        [
            mo.md(
                "### Can another network of the family do it?\n\nTheorems are asked first, then all constructions, "
                "variants that differ under rounding, and networks that searches have found."
            ),
            look_further,
        ]
    )
    return (look_further,)


@app.cell(hide_code=True)
def _(look_further):
    looks_further = look_further.value
    return (looks_further,)


@app.cell(hide_code=True)
def _(
    chosen_arithmetic,
    chosen_family,
    desk,
    language,
    looks_further,
    questions,
):
    found, found_problem = desk.ask(
        questions.search, language if looks_further else None, chosen_family, chosen_arithmetic
    )
    return found, found_problem


@app.cell(hide_code=True)
def _(chosen_language, found, found_problem, mo, widgets):
    mo.vstack(widgets.search_result(chosen_language.stem, found, found_problem))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## The run, letter by letter

    Type a word, and watch the states of every layer.
    """)
    return


@app.cell(hide_code=True)
def _(mo):
    type_word = mo.ui.text(label="word", debounce=False, full_width=True)
    type_word
    return (type_word,)


@app.cell(hide_code=True)
def _(type_word):
    chosen_word = type_word.value
    return (chosen_word,)


@app.cell(hide_code=True)
def _(chosen_word, decision, language, mo, runs):
    mo.md(runs.words_told(chosen_word, language, decision))
    return


@app.cell(hide_code=True)
def _(chosen_arithmetic, chosen_word, decision, desk, language, network, runs):
    otherwise = runs.first_word(language, decision)
    run, run_problem = desk.ask(runs.run_typed, network, language, chosen_word, otherwise, chosen_arithmetic)
    return run, run_problem


@app.cell(hide_code=True)
def _(language, markdown_table, mo, run, run_problem, runs, widgets):
    mo.vstack(widgets.box(run_problem)) if run is None else mo.md(markdown_table(runs.trace_rows(run.run, language)))
    return


@app.cell(hide_code=True)
def _(language, run, runs):
    runs.run_figure(run, language)
    return


@app.cell(hide_code=True)
def _(controls, mo, network):
    mo.md(f"## The weights\n\n{controls.weights_told(network)}")
    return


@app.cell(hide_code=True)
def _(ex, network):
    None if network is None else ex.eigenvalue_figure(network)
    return


@app.cell(hide_code=True)
def _(desk, language, questions):
    profile, profile_problem = desk.ask(questions.profile, language)
    return profile, profile_problem


@app.cell(hide_code=True)
def _(markdown_table, mo, profile, profile_problem, sentences, widgets):
    algebra = [] if profile is None else [mo.md(markdown_table(sentences.algebra_rows(profile)))]
    mo.vstack([mo.md("## The algebra of the language"), *widgets.box(profile_problem), *algebra])
    return


@app.cell(hide_code=True)
def _(desk, language, questions):
    boxes, boxes_problem = desk.ask(questions.egg_boxes, language)
    return boxes, boxes_problem


@app.cell(hide_code=True)
def _(boxes, boxes_problem, controls, mo):
    mo.md(controls.boxes_told(boxes, boxes_problem))
    return


@app.cell(hide_code=True)
def _(boxes, ex):
    ex.egg_box_figure(boxes) if isinstance(boxes, tuple) else None
    return


@app.cell(hide_code=True)
def _(chosen_arithmetic, desk, network, questions):
    realised, realised_problem = desk.ask(questions.realised, network, chosen_arithmetic)
    return realised, realised_problem


@app.cell(hide_code=True)
def _(controls, mo, realised, realised_problem):
    mo.md(f"## What the network is in this arithmetic\n\n{controls.realised_told(realised, realised_problem)}")
    return


@app.cell(hide_code=True)
def _(controls, decision, language, realised):
    controls.automata(language, realised, decision)
    return


@app.cell(hide_code=True)
def _(mo, widgets):
    mo.md(widgets.lessons())
    return


if __name__ == "__main__":
    app.run()
