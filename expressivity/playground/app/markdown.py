"""Tables and words as the Markdown of a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from expressivity.errors import ExperimentError

MOST_LETTERS = 60
"""Letters of a word that a page spells out."""
_SPECIAL = str.maketrans({c: f"&#{ord(c)};" for c in "&\\`*_{}[]<>|~$#"})


def markdown_table(rows: Sequence[Mapping[str, object]]) -> str:
    """A Markdown table: a row per mapping, a column per key, numbers to the right.

    Cells are Markdown themselves; give text from outside through `plain` first.

    Arguments:
        rows: at least one; all with the keys of the first, in its order.

    Raises:
        ExperimentError: when there is no row, or the rows have different keys.
    """
    if not rows:
        raise ExperimentError("a table without rows has no columns either; give one row or more")
    columns = list(rows[0])
    if different := [i for i, row in enumerate(rows) if list(row) != columns]:
        raise ExperimentError(f"rows {different} have other columns than {columns}; give every row the same ones")
    numbers = [all(isinstance(row[c], int | float) and not isinstance(row[c], bool) for row in rows) for c in columns]
    lines = [columns, ["--:" if number else ":--" for number in numbers]]
    lines += [[_cell(row[c]) for c in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return text.replace("\n", "<br>")


def plain(text: str) -> str:
    """Text as it is, in Markdown: characters that Markdown or HTML would read as markup become entities."""
    return text.translate(_SPECIAL)


def shown_word(word: Sequence[str]) -> str:
    """A word as Markdown code; of more than 60 letters only the ends are shown, and the length is said."""
    if not word:
        return "the empty word"
    joint = "" if all(len(letter) == 1 for letter in word) else " "
    if len(word) <= MOST_LETTERS:
        text = joint.join(word)
    else:
        half = MOST_LETTERS // 2
        text = f"{joint.join(word[:half])} … {joint.join(word[-half:])}"
    fence = "``" if "`" in text else "`"
    space = " " if "`" in text else ""
    length = f" ({len(word):,} letters)" if len(word) > MOST_LETTERS else ""
    return f"{fence}{space}{text}{space}{fence}{length}"
