"""Notebooks → `.ipynb` files with their outputs, for reading where nothing runs: `python -m …reading_copies`.

marimo runs and exports a notebook; what only its own pages can show (controls, boxes, folds) is then turned into plain
HTML or left out, and pictures are made small. `--check` says which copies no longer show what their notebooks give.
"""

from __future__ import annotations

import argparse
import base64
import difflib
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from expressivity.errors import ExperimentError, ExpressivityError
from expressivity.files import replace_file
from expressivity.playground.app.server import need_marimo, notebooks

_COLOURS = 64
_GRID = 24  # pictures are compared by this many grey means each way
_NEAR = 0.04  # of the range from black to white: fonts may be drawn a little differently elsewhere
_VOID = {"br", "hr", "img", "input", "wbr"}
_KEPT = {"href", "src", "style", "alt", "colspan", "rowspan"}


def reading_copy(notebook: Path) -> Any:
    """Run a notebook and give its copy, a Jupyter notebook (`nbformat`) with outputs.

    Arguments:
        notebook: path of a marimo notebook.

    Raises:
        ExperimentError: when a cell fails, with what it printed, or marimo is missing.
    """
    need_marimo()
    with tempfile.TemporaryDirectory() as folder:
        # marimo keeps notes beside the notebook it runs; they are to go away with this folder.
        source, target = Path(folder) / notebook.name, Path(folder) / "copy.ipynb"
        source.write_bytes(notebook.read_bytes())
        command = [sys.executable, "-m", "marimo", "-q", "export", "ipynb", str(source), "-o", str(target)]
        run = subprocess.run(
            [*command, "--include-outputs", "--sort", "top-down", "--force"],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode or not target.exists():
            raise ExperimentError(f"{notebook.name} does not run to its end:\n{(run.stderr or run.stdout).strip()}")
        copy = _nbformat().read(target, as_version=4)
    copy.metadata.pop("marimo", None)
    for cell in copy.cells:
        cell.metadata.clear()
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [output for output in cell.outputs if _clean(output)]
    return copy


def _nbformat() -> Any:
    """The library of Jupyter's format, which does not say its types."""
    import nbformat

    return nbformat


def _clean(output: Any) -> bool:
    """Make an output plain, in place; returns whether anything is left."""
    if output.output_type not in ("display_data", "execute_result"):
        return False
    data = output.data
    for kind in list(data):
        text = data[kind]
        if kind == "image/png":
            data[kind] = _smaller(text)
        elif kind == "text/html":
            data[kind] = plain_html(text)
        elif kind == "text/markdown" and text.lstrip().startswith(("&lt;marimo-", "<marimo-")):
            data[kind] = ""
        if kind not in ("image/png", "text/html", "text/markdown", "text/plain") or not data[kind].strip():
            del data[kind]
    return bool(data)


def plain_html(html: str) -> str:
    """HTML without what only marimo's pages show: controls go, boxes become quotations, folds are opened.

    Arguments:
        html: an output of a cell.
    """
    cleaner = _Cleaner()
    cleaner.feed(html)
    cleaner.close()
    text = "".join(cleaner.parts)
    # What holds nothing any more, such as a row of buttons, goes too.
    while (shorter := text.replace("<div></div>", "")) != text:
        text = shorter
    return text.strip()


class _Cleaner(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.inside = 0  # how many elements deep in one that is left out

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if self.inside or tag == "marimo-ui-element":
            self.inside += tag not in _VOID
        elif tag == "marimo-callout-output":
            told = json.loads(known.get("data-html") or '""')
            self.parts.append(f"<blockquote>{plain_html(told)}</blockquote>")
        elif tag == "marimo-accordion":
            labels = json.loads(known.get("data-labels") or "[]")
            self.parts.append("".join(f"<p><em>{plain_html(label)}</em></p>" for label in labels))
        elif not tag.startswith("marimo-"):
            kept = "".join(f' {name}="{escape(value or "")}"' for name, value in attrs if name in _KEPT)
            # The layout of a page means nothing in a copy; the sides of a table's columns do.
            self.parts.append(f"<{tag}{'' if tag == 'div' else kept}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if self.inside:
            self.inside -= 1
        elif not tag.startswith("marimo-"):
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.parts.append(escape(data, quote=False))


def _smaller(png: str) -> str:
    """A picture with few colours, as base64."""
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        few = picture.convert("RGB").quantize(_COLOURS)
        target = io.BytesIO()
        few.save(target, "PNG", optimize=True)
    return base64.b64encode(target.getvalue()).decode()


def differences(old: Any, new: Any) -> list[str]:
    """In which cells two copies differ: in their source, their text, or visibly in a picture.

    Arguments:
        old: a copy.
        new: another one of the same notebook.
    """
    if len(old.cells) != len(new.cells):
        return [f"{len(old.cells)} cells, and {len(new.cells)} in the notebook"]
    found = []
    for number, (before, after) in enumerate(zip(old.cells, new.cells, strict=True), start=1):
        if (before.cell_type, before.source) != (after.cell_type, after.source):
            found.append(f"cell {number}: its source is another one")
            continue
        was, now = ("\n".join(_texts(cell)).splitlines() for cell in (before, after))
        if was != now:
            lines = difflib.unified_diff(was, now, lineterm="", n=0)
            changed = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
            found.append(f"cell {number}: its output is another one: {' '.join(changed[:4])[:300]}")
        pictures = [list(_pictures(cell)) for cell in (before, after)]
        if not _look_alike(*pictures):
            found.append(f"cell {number}: its picture is another one")
    return found


def _texts(cell: Any) -> Iterator[str]:
    for output in cell.get("outputs", []):
        yield from (f"{kind}: {text}" for kind, text in sorted(output.data.items()) if kind != "image/png")


def _pictures(cell: Any) -> Iterator[Float64[np.ndarray, "row column"]]:
    from PIL import Image

    for output in cell.get("outputs", []):
        if "image/png" in output.data:
            with Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))) as picture:
                # The height of an axis label may move a figure's edge by a few pixels: means over cells of a grid do
                # not notice, other contents they do.
                grey = picture.convert("L").resize((_GRID, _GRID), Image.Resampling.BOX)
            yield np.asarray(grey, dtype=np.float64) / 255


def _look_alike(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> bool:
    return len(first) == len(second) and all(
        float(np.abs(a - b).max()) <= 8 * _NEAR and float(np.abs(a - b).mean()) <= _NEAR
        for a, b in zip(first, second, strict=True)
    )


def check(notebook: Path) -> list[str]:
    """What is stale in the copy beside a notebook; empty when it shows what the notebook gives.

    Arguments:
        notebook: path of the notebook.

    Raises:
        ExperimentError: when the notebook does not run.
    """
    path = notebook.with_suffix(".ipynb")
    if not path.exists():
        return ["there is no copy"]
    return differences(_nbformat().read(path, as_version=4), reading_copy(notebook))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the copies; returns an exit code."""
    parser = argparse.ArgumentParser(prog="python -m expressivity.playground.reading_copies", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="names of notebooks (default: all)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a copy is stale")
    options = parser.parse_args(arguments)
    try:
        known = notebooks()
        if unknown := [name for name in options.names if name not in known]:
            raise ExperimentError(f"there is no notebook {', '.join(unknown)}; the notebooks are {', '.join(known)}")
        stale = False
        for name in options.names or known:
            print(f"  … {name}", file=sys.stderr, flush=True)
            if options.check:
                for problem in (problems := check(known[name])):
                    print(f"{name}.ipynb is stale: {problem}")
                stale |= bool(problems)
            else:
                text = _nbformat().writes(reading_copy(known[name])) + "\n"
                replace_file(known[name].with_suffix(".ipynb"), text, error=ExperimentError)
        if stale:
            print("write them again with python -m expressivity.playground.reading_copies")
    except ExpressivityError as error:
        print(f"reading_copies: {error}", file=sys.stderr)
        return 2
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
