"""`expressivity fit` on files a stranger might hold: results, baselines, JSON, pictures, complaints."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from expressivity.cli import main


def write(path: Path, values: np.ndarray, *, header: str = "") -> str:
    np.savetxt(path, values, delimiter=",", header=header, comments="", fmt="%.17g")
    return str(path)


def oscillation(length: int) -> np.ndarray:
    times = np.arange(length)
    return np.sin(0.2 * times) + 2 * np.cos(0.7 * times)


def test_text_shows_order_baselines_and_forecast(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "wave.csv", oscillation(100), header="wave")
    assert main(["fit", file, "--polish", "--forecast", "2"]) == 0
    text = capsys.readouterr().out
    for part in ("order 4 by ho-kalman", "0.70000000", "persistence", "mean", "autoregression", "next 2 values"):
        assert part in text
    wanted = oscillation(102)[100:]
    assert [float(line) for line in text.splitlines()[-2:]] == pytest.approx(wanted, abs=1e-9)


def test_json_has_every_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values = np.stack([oscillation(120), oscillation(121)[1:]], axis=1)
    file = write(tmp_path / "two.csv", values, header="now,next")
    assert main(["fit", file, "--json", "--hold-out", "20", "--forecast", "1"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["columns"] == ["now", "next"]
    assert result["order"] == 4
    assert set(result["hold_out"]["nrmse"]) == {"persistence", "mean", "autoregression", "ho-kalman"}
    assert result["hold_out"]["nrmse"]["ho-kalman"] < 1e-10 < 0.5 < result["hold_out"]["nrmse"]["mean"]
    assert result["forecast"][0] == pytest.approx([oscillation(121)[-1], oscillation(122)[-1]], abs=1e-9)
    assert result["exact"] is None
    assert main(["fit", file, "--json", "--columns", "next", "--method", "reservoir", "--units", "40"]) == 0
    assert json.loads(capsys.readouterr().out)["method"] == "reservoir"


def test_whole_numbers_get_an_exact_recurrence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "squares.csv", np.arange(12) ** 2)
    assert main(["fit", file]) == 0
    text = capsys.readouterr().out
    assert "exactly: f(t) = 3·f(t−1) − 3·f(t−2) + f(t−3)   (6 terms to spare)" in text
    assert "closed form: t**2" in text
    assert "long run: point, growing like t^2" in text


def test_a_picture_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    file, picture = write(tmp_path / "wave.csv", oscillation(100)), tmp_path / "wave.png"
    assert main(["fit", file, "--method", "reservoir", "--units", "40", "--plot", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert main(["fit", file, "--plot", str(tmp_path / "wave.unknown")]) == 2
    assert "expected one of .png, .svg, .pdf" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "arguments", "expected"),
    [
        ("1\nnan\n3\n4\n", [], "1 of 4 values are not finite (time 1)"),
        ("5\n5\n5\n", [], "every value is 5; a constant series"),
        ("1\n2\n", [], "2 values determine no recurrence; give at least 3"),
        ("a,b\n1,2\nx,4\n", [], "line 3, column 'a': 'x' is not a number"),
        ("x\ny\nz\n", [], "has no column of numbers"),
        ("1,2\n3\n", [], "line 2 has not 2 cells"),
        ("1\n2\n4\n8\n", ["--method", "dmd"], "method 'dmd' is unknown"),
        ("1\n2\n4\n8\n", ["--hold-out", "3"], "leaves too few"),
        ("1\n2\n4\n8\n", ["--hold-out", "-1"], "give numbers from 0"),
        ("1\n2\n4\n8\n", ["--columns", "price"], "has no column ['price']"),
        ("1\n2\n4\n8\n", ["--hold-out", "0", "--plot", "p.png"], "give --hold-out of at least 1"),
    ],
)
def test_complaints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, arguments: list[str], expected: str
) -> None:
    file = tmp_path / "data.csv"
    file.write_text(text, encoding="utf-8")
    assert main(["fit", str(file), *arguments]) == 2
    captured = capsys.readouterr()
    assert expected in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == [file]


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", str(tmp_path / "none.csv")]) == 2
    assert "No such file" in capsys.readouterr().err
