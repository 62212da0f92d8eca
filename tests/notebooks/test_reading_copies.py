"""The copies that a forge shows: fresh for every notebook, plain, and stale ones are found."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressivity.errors import ExperimentError
from expressivity.playground import reading_copies
from expressivity.playground.app.server import notebooks
from expressivity.playground.reading_copies import differences, main, plain_html, reading_copy

pytest.importorskip("marimo", reason="notebooks need marimo")
nbformat = pytest.importorskip("nbformat", reason="copies are Jupyter notebooks")

SMALL = """
import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from matplotlib.figure import Figure

    return Figure, mo


@app.cell
def _(mo):
    total = 6 * 7
    mo.vstack([mo.ui.slider(0, 9), mo.callout(mo.md(f"it is **{total}** < 50"), kind="success")])
    return (total,)


@app.cell
def _(Figure, total):
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([0, total, 10], linewidth=3)
    figure
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(notebooks()))
def test_the_copy_shows_what_the_notebook_gives(name: str) -> None:
    if name == "relational_templates":
        pytest.importorskip("clingo", reason="grounding needs clingo")
    assert reading_copies.check(notebooks()[name]) == []


@pytest.mark.parametrize("name", sorted(notebooks()))
def test_the_notebook_is_well_formed(name: str) -> None:
    command = [sys.executable, "-m", "marimo", "check", "--strict", str(notebooks()[name])]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("name", sorted(notebooks()))
def test_the_copy_is_plain(name: str) -> None:
    text = notebooks()[name].with_suffix(".ipynb").read_text(encoding="utf-8")
    read = nbformat.reads(text, as_version=4)
    nbformat.validate(read)
    shown = [part for cell in read.cells for out in cell.get("outputs", []) for part in map(str, out.data.values())]
    assert not [part[:200] for part in shown if "marimo-" in part or "<script" in part]
    assert not [part[:200] for part in shown if "http://" in part]
    assert len(text) < 2_000_000


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "small.py"
    path.write_text(SMALL, encoding="utf-8")
    return path


def test_controls_go_and_what_is_told_stays(small: Path) -> None:
    made = reading_copy(small)
    html = made.cells[1].outputs[0].data["text/html"]
    assert html == "<div><blockquote><span><span>it is <strong>42</strong> &lt; 50</span></span></blockquote></div>"
    assert list(made.cells[2].outputs[0].data) == ["image/png"]


@pytest.mark.slow
def test_stale_copies_are_found(small: Path) -> None:
    fresh = reading_copy(small)
    assert differences(fresh, reading_copy(small)) == []
    changes = {
        "linewidth=3)": ("linewidth=3.0)", "cell 3: its source is another one"),
        "6 * 7": ("6 * 7  # the same", "cell 2: its source is another one"),
    }
    for before, (after, says) in changes.items():
        path = small.with_name("changed.py")
        path.write_text(SMALL.replace(before, after), encoding="utf-8")
        assert says in differences(fresh, reading_copy(path))
    wrong = copy.deepcopy(fresh)
    wrong.cells[1].outputs[0].data["text/html"] = wrong.cells[1].outputs[0].data["text/html"].replace("42", "43")
    assert "cell 2: its output is another one" in differences(wrong, fresh)[0]
    path = small.with_name("steep.py")
    path.write_text(SMALL.replace("total, 10]", "total, 100]"), encoding="utf-8")
    steep = copy.deepcopy(fresh)
    steep.cells[2].outputs = reading_copy(path).cells[2].outputs
    assert differences(steep, fresh) == ["cell 3: its picture is another one"]
    steep.cells.pop()
    assert differences(steep, fresh) == ["2 cells, and 3 in the notebook"]
    assert reading_copies.check(small) == ["there is no copy"]


def test_a_notebook_that_fails_is_not_copied(small: Path) -> None:
    path = small.with_name("broken.py")
    path.write_text(SMALL.replace("6 * 7", "6 / 0"), encoding="utf-8")
    with pytest.raises(ExperimentError, match=r"broken\.py does not run to its end:"):
        reading_copy(path)


@pytest.mark.slow
def test_the_command_writes_checks_and_names_what_is_wrong(
    small: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reading_copies, "notebooks", lambda: {"small": small})
    assert main(["--check"]) == 1
    assert "small.ipynb is stale: there is no copy" in capsys.readouterr().out
    assert main([]) == 0
    assert main(["--check", "small"]) == 0
    assert main(["large"]) == 2
    assert "there is no notebook large; the notebooks are small" in capsys.readouterr().err


@given(st.text(max_size=30))
def test_text_of_a_page_stays_text(text: str) -> None:
    import html

    assert html.unescape(plain_html(f"<p class='x'>{html.escape(text)}</p>")) == f"<p>{text}</p>".strip()


def test_folds_are_opened_and_columns_keep_their_side() -> None:
    fold = "<marimo-accordion data-labels='[&quot;why&quot;]'><div><b>so</b><br/></div></marimo-accordion>"
    assert plain_html(fold) == "<p><em>why</em></p><div><b>so</b><br></div>"
    assert plain_html('<td class="a" style="text-align: left;">1</td>') == '<td style="text-align: left;">1</td>'
    assert plain_html("<div><marimo-ui-element><marimo-text></marimo-text><br></marimo-ui-element></div>") == ""
