# /// script
# [tool.marimo.display]
# theme = "system"
# ///
"""Parity, the smallest language that tells linear RNNs apart: `expressivity play` serves this lesson."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Parity: an eigenvalue that turns")


@app.cell(hide_code=True)
def _():
    from fractions import Fraction

    import marimo as mo

    import expressivity as ex
    from expressivity.playground.app import sentences
    from expressivity.playground.app.markdown import markdown_table, shown_word
    from expressivity.playground.lessons import horizon_panels, parity
    from expressivity.plots import horizon_heat_map

    return (
        Fraction,
        ex,
        horizon_heat_map,
        horizon_panels,
        markdown_table,
        mo,
        parity,
        sentences,
        shown_word,
    )


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    # Parity: an eigenvalue that turns

    Is a word of ones of even length? Two states suffice: *even*, *odd*, and every letter swaps them. It is the smallest
    question on which linear RNNs part: some families answer it with a single number, others cannot answer it with any
    number of layers.

    A linear RNN moves its state by $h \mapsto A(x)\,h + B(x)$ with every letter $x$. Over one letter and with one
    number this is $h \mapsto \lambda h + b$, and everything depends on the eigenvalue $\lambda$.
    """)
    return


@app.cell
def _(mo):
    choose_eigenvalue = mo.ui.slider(-8, 8, value=4, label="λ in eighths", show_value=True)
    choose_eigenvalue
    return (choose_eigenvalue,)


@app.cell
def _(Fraction, choose_eigenvalue):
    chosen_eigenvalue = Fraction(choose_eigenvalue.value, 8)
    return (chosen_eigenvalue,)


@app.cell
def _(chosen_eigenvalue, ex, mo, parity, shown_word):
    scalar = parity.scalar_network(chosen_eigenvalue)
    scalar_answer = ex.verify(scalar, "parity")
    scalar_run = ex.trace(scalar, "1" * 16)
    proved = isinstance(scalar_answer, ex.Equivalent)
    scalar_told = "is right for ever, certified" if proved else f"fails first on {shown_word(scalar_answer.word)}"
    mo.md(
        f"The number $h \\mapsto ({chosen_eigenvalue})\\,h + 1$, read as *odd* where it is nearer to 1 than to 0, "
        f"{scalar_told}."
    )
    return (scalar_run,)


@app.cell
def _(ex, scalar_run):
    ex.orbit_figure(scalar_run.floats())
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    With $0 \le \lambda < 1$ the number climbs to a limit, with $\lambda = 1$ to infinity: one way, never back. A
    negative $\lambda$ overshoots and comes back, but with $|\lambda| < 1$ the swing fades. Only $\lambda = -1$ swings
    for ever. (Decided in exact arithmetic; a failing word is a shortest one.)
    """)
    return


@app.cell
def _(markdown_table, mo, parity):
    scalar_rows = parity.eigenvalue_rows()
    mo.md(markdown_table(scalar_rows))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## More numbers do not help

    Could two numbers do what one cannot, or two layers, or a cleverer way to read the state? No, says Theorem 1 of
    Grazzi et al. (2025): with eigenvalues that are real and not negative, each coordinate is a sum of terms
    $c\,t^m\lambda^t$, which from some length on go one way only; a state that is read with finite precision then never
    changes again, and neither does the answer. For Mamba, whose $A(x)$ are diagonal with entries in $[0, 1]$:
    """)
    return


@app.cell
def _(ex, mo, sentences):
    theorem = ex.refute("mamba", "parity")
    assert isinstance(theorem, ex.Impossible)
    told = sentences.tell_theorem(theorem)
    mo.md(f"{told.text}\n\n{told.details}")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    The theorem is a file that runs: it derives its steps, exhausts small domains to the last case, and drops each
    hypothesis to show that the statement breaks without it.
    """)
    return


@app.cell
def _(markdown_table, mo, parity):
    theorem_rows = parity.theorem_rows("parity-needs-a-negative-eigenvalue")
    mo.md(markdown_table(theorem_rows))
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## A machine rounds inside

    One hypothesis is that products are exact and the state is rounded once, when it is read. Hardware does
    something else: a kernel of DeltaNet computes $h \leftarrow h - k\,(\beta\,(k^\top h))$ and rounds **every**
    multiplication and addition. Rounding is then a part of the recurrence, and the theorem says nothing about it.

    DeltaNet with $\beta \in [0, 1]$ has eigenvalues $1$ and $1 - \beta \ge 0$, so it cannot decide parity in exact
    arithmetic, whatever its size. These networks of its kind, each with one factor a letter, were found by a search:
    """)
    return


@app.cell
def _(mo, parity):
    choose_tracker = mo.ui.dropdown(parity.tracker_names(), value=parity.tracker_names()[0], label="a tracker")
    choose_tracker
    return (choose_tracker,)


@app.cell
def _(choose_tracker):
    chosen_tracker = choose_tracker.value
    return (chosen_tracker,)


@app.cell
def _(chosen_tracker, ex, mo, parity, shown_word):
    counter, tracker = parity.tracker(chosen_tracker)
    rounded = ex.verify(tracker, "parity", arithmetic=counter.arithmetic)
    exact = ex.verify(tracker, "parity")
    mo.md(
        f"{parity.tracker_sentence(counter)}.\n\n- In **{counter.arithmetic}**: {rounded.statement}. The independent "
        f"checker: *{rounded.checked.said}*.\n- In **exact** arithmetic: wrong first on {shown_word(exact.word)}."
    )
    return counter, exact, tracker


@app.cell
def _(counter, ex, exact, tracker):
    steps = "1" * (len(exact.word) + 8)
    drift = (ex.trace(tracker, steps), ex.trace(tracker, steps, counter.arithmetic))
    ex.drift_figure(drift[0].floats(), drift[1].floats(), label=counter.arithmetic)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    The exact orbit comes to rest on the line that $A$ leaves alone. The rounded one is thrown from one neighbour of
    that line to the other and back, for ever, since each is rounded to the other. Its eigenvalues, in the region that
    the family admits:
    """)
    return


@app.cell
def _(ex, tracker):
    ex.eigenvalue_figure(tracker)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    ## Which arithmetics make it count?

    The same weights in other formats and orders. ∞ is a certificate for all lengths; a number is the length of a
    shortest failing word. A *fused* dot product rounds once a step. Along one repeated letter another theorem,
    `one-positive-semidefinite-factor-has-fixed-points-only`, then forbids counting wherever the matrix that is stored
    is symmetric without negative eigenvalues.
    """)
    return


@app.cell
def _(counter, ex, horizon_heat_map, horizon_panels, tracker):
    found = horizon_panels.cells(tracker, ex.language("parity"))
    horizon_heat_map([horizon_panels.panel(f"parity\none factor, β = {counter.betas[0]}", found)])
    return (found,)


@app.cell
def _(found, horizon_panels, mo, parity, tracker):
    counting = parity.counting_lines(found, tracker)
    mo.md(f"{horizon_panels.counted(found)} Weights are rounded before they are used; where it counts:\n\n{counting}")
    return (counting,)


@app.cell(hide_code=True)
def _(mo):
    mo.md(r"""
    To find such trackers yourself: `expressivity hunt fp8_e4m3fn/per-operation --moduli 2`. What is proved, certified
    and open about counting by rounding is in `proofs/README.md`.
    """)
    return


if __name__ == "__main__":
    app.run()
