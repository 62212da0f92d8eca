"""The published experiments in small: the published numbers are met where they mean something, and flaws are named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import expressivity as ex
from expressivity.cli import main
from expressivity.spectral.reproductions.comparison import Comparison
from expressivity.spectral.reproductions.ellipses import ellipses
from expressivity.spectral.reproductions.oscillators import mso8, random_oscillators
from expressivity.spectral.reproductions.puzzles import puzzles
from expressivity.spectral.reproductions.shares import dax
from expressivity.spectral.reproductions.soccer import robocup


def column(comparison: Comparison, name: str) -> list:
    return [row[comparison.columns.index(name)] for row in comparison.rows]


def test_eight_sines() -> None:
    found = mso8(draws=3)
    rows = {row[0]: row[2:] for row in found.rows}
    assert rows["Ho–Kalman, polished"][0] == 16
    assert rows["Ho–Kalman, polished"][1] <= 5e-14
    assert rows["published LRNN, N_res = 100, polished"][1] <= 5e-14
    assert rows["published LRNN, N_res = 200"][0] == 16
    assert rows["published LRNN, N_res = 200"][1] > 1e-7
    assert "16 units in 100% of 3 reservoirs" in found.findings[1]


@pytest.mark.slow
def test_random_sums_of_sines(shared: Path) -> None:
    found = random_oscillators(folder=shared / "spectral", draws=1)
    assert len(found.rows) == 12
    assert np.allclose(column(found, "mean"), column(found, "paper: mean"), atol=1e-5)
    assert column(found, "Ho–Kalman N") == [16] * 12
    assert max(column(found, "Ho–Kalman polished")) < 2e-9
    assert "no better than the mean" in found.flaws[0]


def test_shares(shared: Path) -> None:
    found = dax(folder=shared / "spectral", draws=3)
    assert len(found.rows) == 20
    assert np.allclose(column(found, "persistence"), column(found, "paper: baseline"), atol=6e-5)
    assert "first *test* price" in found.flaws[0]
    assert "as published, in" in found.findings[0]


def test_puzzles(shared: Path) -> None:
    found = puzzles(folder=shared / "spectral", draws=10)
    decided = dict(zip(column(found, "series"), column(found, "determined"), strict=True))
    assert [name for name, is_decided in decided.items() if not is_decided] == ["S12", "S15", "S18"]
    assert "17 puzzles are decided" in found.findings[0]
    with_clue, paper = np.array(column(found, "with clue %")), np.array(column(found, "paper: with clue %"))
    assert np.abs(with_clue - paper).mean() < 15


def test_soccer(shared: Path) -> None:
    found = robocup(folder=shared / "spectral", games=(9,), step=60, units=120)
    (before,), (chance,) = column(found, "RMSE (1)"), column(found, "RMSE (1), random data")
    # Exact on the game, and on noise: that is all that exactness says.
    assert before < 1e-3
    assert chance < 1e-3
    assert column(found, "persistence")[0] > 1
    assert "every method is metres off" in found.findings[0]


def test_ellipses() -> None:
    found = ellipses(draws=20, sizes=(8,))
    shares = [column(found, name)[0] for name in ("point", "two points", "ellipse")]
    assert sum(shares) == pytest.approx(1)
    assert shares[2] < 1
    assert column(found, "distance, t = 1000")[0] < column(found, "distance, t = 10")[0]


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "ellipse", "--draws", "3", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["rows"][0]["units"] == 10
    assert main(["reproduce", "ellipse", "--draws", "2"]) == 0
    assert "flaws of the published values:" in capsys.readouterr().out
    assert main(["reproduce", "dax", "--data", str(tmp_path / "none")]) == 2
    assert "does not exist; give it with --data" in capsys.readouterr().err
    assert main(["reproduce", "dax", "--data", str(tmp_path)]) == 2
    assert "paper_dax_table.csv is missing" in capsys.readouterr().err
    assert main(["reproduce", "mso8", "--plot", "p.png"]) == 2
    assert "only the experiment ellipse has" in capsys.readouterr().err
    pytest.importorskip("matplotlib")
    picture = tmp_path / "orbit.png"
    assert main(["reproduce", "ellipse", "--draws", "1", "--plot", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert main(["reproduce", "ellipse", "--draws", "0"]) == 2
    assert "--draws 0 is not a positive number" in capsys.readouterr().err


def test_a_folder_without_signals(tmp_path: Path) -> None:
    (tmp_path / "paper_mso8_table.csv").write_text("id,esn\n", encoding="utf-8")
    with pytest.raises(ex.SeriesError, match=r"holds no mso8_signal\*\.csv"):
        random_oscillators(folder=tmp_path)
