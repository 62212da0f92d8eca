"""Values that are no series, and CSV files: each complaint names the value, the place and the remedy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import expressivity as ex
from expressivity.spectral.series import as_series, read_csv


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, np.nan, 3.0, np.inf], r"2 of 4 values are not finite \(time 1, 3\); remove or fill them"),
        ([5.0] * 9, "every value is 5; a constant series"),
        ([1.0, 2.0], "2 values determine no recurrence; give at least 3"),
        ([], "0 values determine no recurrence"),
        (np.zeros((4, 3, 2)), r"shape \(4, 3, 2\); expected \(time,\) or \(time, output\)"),
        (np.zeros((4, 0)), r"shape \(4, 0\)"),
        (["a", "b", "c"], "are not numbers"),
        ([[1.0, 2.0, 4.0], ["x", "y", "z"]], "series 1: the values are not numbers"),
        ([np.eye(4)[:, :2], np.eye(4)], r"the series have \[2, 4\] outputs"),
        ([[1.0, 2.0], [3.0, 3.0, 3.0]], "series 0: 2 values.*; series 1: every value is 3"),
        (3.0, r"shape \(\)"),
    ],
)
def test_what_is_no_series(values: object, expected: str) -> None:
    with pytest.raises(ex.SeriesError, match=expected):
        as_series(values)


def test_a_constant_output_beside_a_moving_one_is_a_series() -> None:
    assert as_series(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 3.0]]))[0].shape == (3, 2)


@pytest.mark.parametrize(
    ("text", "names", "first"),
    [
        ("a,b\n1,2\n3,4\n", ("a", "b"), [1, 2]),
        ("1,2\n3,4\n", ("0", "1"), [1, 2]),
        ("date,price\n2020-01-01,5\n2020-01-02,6\n", ("price",), [5]),
        ("7\n8\n\n9\n", ("0",), [7]),
        ("7,8,9,10\n", ("values",), [7]),
    ],
)
def test_csv_files(tmp_path: Path, text: str, names: tuple[str, ...], first: list[float]) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    values, found = read_csv(path)
    assert found == names
    assert values[0].tolist() == first


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("", None, "is empty"),
        ("a,b\n", None, "holds a header and no values"),
        ("a,b\n1,2\n3\n", None, "line 3 has not 2 cells"),
        ("a,b\nx,y\nz,w\n", None, "has no column of numbers"),
        ("a,b\n1,2\n3,oops\n", None, "line 3, column 'b': 'oops' is not a number"),
        ("a,b\n1,2\n3,4\n", ["c"], r"has no column \['c'\]; its columns are \['a', 'b'\]"),
    ],
)
def test_what_is_no_csv_file(tmp_path: Path, text: str, columns: list[str] | None, expected: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ex.SeriesError, match=expected):
        read_csv(path, columns=columns)


def test_csv_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ex.SeriesError, match="No such file"):
        read_csv(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01\x80")
    with pytest.raises(ex.SeriesError, match="is not text"):
        read_csv(tmp_path / "binary.csv")


def test_a_gap_in_a_csv_file_is_reported_with_its_time(tmp_path: Path) -> None:
    (tmp_path / "gap.csv").write_text('a\n1\n""\n3\nnan\n', encoding="utf-8")
    with pytest.raises(ex.SeriesError, match="are not finite"):
        as_series(read_csv(tmp_path / "gap.csv")[0])
