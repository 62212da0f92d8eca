# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""Mirrors, permutations and groups: `expressivity play` serves this lesson."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Householder: from mirrors to S5")


@app.cell(hide_code=True)
def _():
    from fractions import Fraction

    import marimo as mo

    import expressivity as ex
    from expressivity.playground.app import sentences
    from expressivity.playground.app.markdown import markdown_table, shown_word
    from expressivity.playground.lessons import horizon_panels, householder
    from expressivity.plots import horizon_heat_map, mirror_figure

    return (
        Fraction,
        ex,
        horizon_heat_map,
        horizon_panels,
        householder,
        markdown_table,
        mirror_figure,
        mo,
        sentences,
        shown_word,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # Householder: from mirrors to $S_5$

    DeltaNet, DeltaProduct and their kin move their state by factors $I - \beta\,k k^\top$ with a unit key $k$. Such a
    factor leaves everything across $k$ alone and multiplies what lies along $k$ by $1 - \beta$. With $\beta = 1$ it
    forgets that part, with $\beta = 2$ it is a mirror.
    """)
    return


@app.cell
def _(mo):
    choose_beta = mo.ui.slider(0, 8, value=8, label="β in quarters", show_value=True)
    choose_beta
    return (choose_beta,)


@app.cell
def _(Fraction, choose_beta):
    chosen_beta = Fraction(choose_beta.value, 4)
    return (chosen_beta,)


@app.cell
def _(chosen_beta, mirror_figure):
    mirror_figure(chosen_beta)
    return


@app.cell
def _(chosen_beta, mo):
    mo.md(
        f"β = {chosen_beta}: eigenvalue **{1 - chosen_beta}** along k, eigenvalue **1** on the line.".replace("-", "−")
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Mirrors swap, swaps permute

    The mirror with the key $(e_i - e_j)/\sqrt2$ exchanges coordinates $i$ and $j$. A cycle of length $\ell$ is
    $\ell - 1$ swaps, so a permutation of $n$ points with $c$ cycles is $n - c$ factors, and no fewer.
    Type a permutation of five points:
    """)
    return


@app.cell
def _(mo):
    type_permutation = mo.ui.text(value="(123)(45)", label="permutation")
    type_permutation
    return (type_permutation,)


@app.cell
def _(type_permutation):
    chosen_permutation = type_permutation.value
    return (chosen_permutation,)


@app.cell
def _(chosen_permutation, ex, householder, mo, sentences):
    try:
        swaps = householder.swaps_of(chosen_permutation)
        swaps_told = swaps.sentence
    except ex.LanguageError as error:
        swaps, swaps_told = None, sentences.tell_error(error).text
    mo.md(swaps_told)
    return


@app.cell
def _(householder, mo):
    double = householder.swaps_of("(12)(34)")
    moved = sum(map(len, double.swaps))
    mo.md(f"A double transposition moves {moved} points with {len(double.swaps)} factors: it is cycles that count.")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Two mirrors turn

    Two mirrors at an angle $\theta$ make a rotation by $2\theta$: complex eigenvalues out of two real factors. A layer
    that turns by a whole fraction of a full turn counts.
    """)
    return


@app.cell
def _(mo):
    choose_modulus = mo.ui.slider(3, 12, value=5, label="count modulo", show_value=True)
    choose_modulus
    return (choose_modulus,)


@app.cell
def _(choose_modulus):
    chosen_modulus = choose_modulus.value
    return (chosen_modulus,)


@app.cell
def _(chosen_modulus, ex, mo):
    counting = f"unary_modulus({chosen_modulus})"
    turning = ex.compile(counting, into="deltaproduct")
    turning_answer = ex.verify(turning, counting)
    mo.md(
        rf"With $\theta = \pi/{chosen_modulus}$, {turning.factors} factors a letter count modulo {chosen_modulus}, "
        f"certified for all lengths: {turning_answer.boxes} states."
    )
    return (turning,)


@app.cell
def _(ex, turning):
    ex.eigenvalue_figure(turning)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Groups in one layer

    A word problem asks whether a product of group elements is the identity. One layer of mirrors solves it when every
    letter takes few enough of them. Permuting coordinates is one way; another set of mirrors of the same group may be
    cheaper. The *least* number over all faithful real representations is decided from the group's characters; every
    network below is compiled and certified for all lengths as this page is made.
    """)
    return


@app.cell
def _(householder, markdown_table, mo):
    group_rows = householder.group_rows()
    mo.md(markdown_table(group_rows))
    return


@app.cell
def _(group_rows, householder, mo):
    mo.md(householder.groups_told(group_rows))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Why $1/\sqrt2$ does not survive hardware

    The key of a swap has entries $\pm 1/\sqrt2$, which no format holds. What is stored is a little too short or too
    long, the mirror's $-1$ comes out as something near it, and every swap shrinks or stretches the state.
    """)
    return


@app.cell
def _(householder, markdown_table, mo):
    key_rows = householder.key_rows(["fp32", "fp16", "bf16", "fp8_e4m3fn"])
    mo.md(markdown_table(key_rows))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    **Dyadic keys** go around it: unit vectors with entries in $\{0, \pm\frac12, \pm1\}$, such as
    $\frac12(1, -1, 1, -1)$. Their lengths are exactly one and every intermediate result has few bits.
    The same word problem with both kinds of keys, in several formats and orders of evaluation:
    """)
    return


@app.cell
def _(mo):
    choose_problem = mo.ui.dropdown(
        ["S3-transpositions", "S5-transpositions"], value="S5-transpositions", label="word problem"
    )
    choose_problem
    return (choose_problem,)


@app.cell
def _(choose_problem):
    chosen_problem = choose_problem.value
    return (chosen_problem,)


@app.cell
def _(chosen_problem, householder, mo):
    language, swap_network, dyadic_network = householder.word_problem(chosen_problem)
    mo.md(f"{chosen_problem}, dyadic: {householder.dyadic_keys_told(dyadic_network)}.")
    return dyadic_network, language, swap_network


@app.cell
def _(
    chosen_problem,
    dyadic_network,
    horizon_heat_map,
    horizon_panels,
    language,
    swap_network,
):
    formats = ["fp16", "bf16", "fp8_e4m3fn", "bf16:fp32"]
    swap_cells = horizon_panels.cells(swap_network, language, formats=formats, max_states=10_000, probe_letters=4_000)
    dyadic_cells = horizon_panels.cells(dyadic_network, language, formats=formats)
    panels = [(f"{chosen_problem}\nswap keys", swap_cells), (f"{chosen_problem}\ndyadic keys", dyadic_cells)]
    horizon_heat_map([horizon_panels.panel(title, found) for title, found in panels])
    return dyadic_cells, swap_cells


@app.cell
def _(dyadic_cells, horizon_panels, mo, swap_cells):
    mo.md(f"Swap keys: {horizon_panels.counted(swap_cells)}\n\nDyadic keys: {horizon_panels.counted(dyadic_cells)}")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    Three things are to be seen.

    - **fused** multiplies by the finished matrix $A(x)$. A permutation matrix has entries 0 and 1, so the key is never
      stored and no key is a wrong one.
    - `bf16:fp32` stores keys in bf16 and the state in fp32, which is what kernels do. Every error of the keys is then
      kept, and the table above says how many swaps halve a difference of two coordinates.
    - A state in the small format itself may be *better*: its rounding puts a state that drifted a little back to where
      it was, and the drift stalls. That is luck, and not a property of the keys. For $S_5$ in bf16 with its
      usual order it is luck with a certificate of 324,720 states. It is too large for the budget of this map, but not
      for the search below (choose `per-operation` with `bf16`, and with `bf16:fp32`), nor for the independent checker,
      which goes through it in about a minute. To see that, in Python:
      `ex.verify(ex.compile("S5-transpositions", "deltanet-signed"), "S5-transpositions",
      arithmetic="bf16/per-operation", max_states=400_000)`.

    Dyadic keys need no luck. Pick an arithmetic and see the drift of the swap keys:
    """)
    return


@app.cell
def _(mo):
    choose_format = mo.ui.dropdown(["fp16", "bf16", "fp8_e4m3fn", "bf16:fp32"], value="bf16:fp32", label="format")
    choose_order = mo.ui.dropdown(["per-operation", "accumulate-fp32", "fused"], value="accumulate-fp32", label="order")
    mo.hstack([choose_format, choose_order], justify="start", wrap=True)
    return choose_format, choose_order


@app.cell
def _(choose_format, choose_order):
    chosen_arithmetic = f"{choose_format.value}/{choose_order.value}"
    return (chosen_arithmetic,)


@app.cell
def _(chosen_arithmetic, householder, language, mo, swap_network):
    swap_drift = householder.drift(swap_network, language, chosen_arithmetic)
    mo.md(swap_drift.sentence)
    return (swap_drift,)


@app.cell
def _(ex, swap_drift):
    ex.drift_figure(
        swap_drift.exact.floats(), swap_drift.rounded.floats(), label=swap_drift.arithmetic, horizon=swap_drift.horizon
    )
    return


@app.cell
def _(chosen_arithmetic, dyadic_network, ex, mo, swap_drift):
    same_letters = swap_drift.exact.word
    dyadic_runs = [ex.trace(dyadic_network, same_letters, name).floats() for name in ("exact", chosen_arithmetic)]
    dyadic_distance = abs(dyadic_runs[0] - dyadic_runs[1]).max()
    mo.md(
        "The dyadic keys on the same letters: the largest distance of a coordinate from its exact value is "
        f"**{dyadic_distance:g}**."
    )
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A wrong β is found

    Certificates mean something because wrong weights do not get one. One β changed, the shortest failing word:
    """)
    return


@app.cell
def _(Fraction, ex, householder, language, mo, shown_word, swap_network):
    wrong_letter = swap_network.letters[0]
    wrong = householder.with_beta(swap_network, wrong_letter, Fraction(1))
    wrong_answer = ex.verify(wrong, language)
    mo.md(f"β of `{wrong_letter}` set to 1: wrong first on {shown_word(wrong_answer.word)}.")
    return


if __name__ == "__main__":
    app.run()
