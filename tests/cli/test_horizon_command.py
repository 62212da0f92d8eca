"""`expressivity horizon` as a stranger uses it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from expressivity.cli import main

QUICK = ["parity", "--into", "deltanet-signed", "--formats", "bf16,fp4_e2m1", "--orders", "fused,fused/stochastic"]


def test_a_table_with_all_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="needs Matplotlib")
    table, plot, store = tmp_path / "t.csv", tmp_path / "t.png", tmp_path / "s.sqlite"
    files = ["--csv", str(table), "--plot", str(plot), "--store", str(store)]
    assert main(["horizon", *QUICK, *files]) == 0
    out = capsys.readouterr().out
    assert "parity, deltanet-signed: scalar parity" in out
    assert "∞" in out
    assert "not run: arithmetic 'bf16/fused/stochastic' rounds at random" in out
    with table.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["format"], row["answer"]) for row in rows[::2]] == [("bf16", "infinite"), ("fp4_e2m1", "infinite")]
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert main(["horizon", *QUICK, "--store", str(store), "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert [cell["answer"] for cell in cells] == ["infinite", "not run"] * 2
    assert main(["horizon", *QUICK, "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("| language | network | order | bf16 | fp4_e2m1 |")


def test_keys_and_read_outs_make_rows(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["S3-transpositions", "--into", "deltanet-signed", "--key", "swap,dyadic"]
    arguments += ["--read-out", "nearest-point,per-coordinate", "--formats", "fp8_e4m3fn", "--orders", "per-operation"]
    assert main(["horizon", *arguments, "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    found = [(cell["key"], cell["read_out"], cell["answer"], cell["horizon"]) for cell in cells]
    assert found == [
        ("swap", "nearest-point", "infinite", None),
        ("swap", "per-coordinate", "finite", 2),
        ("dyadic", "nearest-point", "infinite", None),
        ("dyadic", "per-coordinate", "infinite", None),
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "horizon needs languages with --into FAMILY, or --suite alone"),
        (["parity", "--suite"], "horizon needs languages with --into FAMILY, or --suite alone"),
        (["parity"], "add --into FAMILY for parity"),
        (["parity", "--into", ","], "there is no language, so the table would be empty"),
        (["parity", "--into", "dense", "--formats", "bf17"], "unknown number format 'bf17'"),
        (["parity", "--into", "dense", "--formats", ""], "there is no format, so the table would be empty"),
        (["parity", "--into", "dense", "--orders", ","], "there is no order, so the table would be empty"),
        (
            ["parity", "--into", "dense", "--orders", "nope"],
            "unknown order 'nope'; expected one of per-operation, fused",
        ),
        (["parity", "--into", "dense", "--orders", "fused,chunked:0"], "order 'chunked:0' needs a chunk length"),
        (["parity", "--into", "dense", "--orders", "fused/sideways"], "unknown rounding 'sideways'"),
        (["parity", "--into", "dense", "--jobs", "-2"], "workers=-2 does no work; give 1 or more"),
        (["parity", "--into", "dense", "--max-states", "-1"], "max_states=-1 allows no state at all"),
        (["parity", "--into", "dense", "--backend", "dask"], "needs the address of a scheduler"),
        (["parity", "--into", "dense", "--key", "blunt"], "key='blunt' is not a kind of keys"),
        (["parity", "--into", "dense", "--store", "README.md"], "README.md cannot be used"),
        (["parity", "--into", "dense", "--plot", "/nowhere/p.png"], "--plot /nowhere/p.png cannot be written"),
        (["parity", "--into", "dense", "--plot", "p.gif"], "p.gif has an ending that is not known"),
        (["parity", "--into", "dense", "--csv", "."], "--csv . cannot be written"),
        (["paritty", "--into", "dense"], "did you mean parity"),
        (["parity", "--into", "mambo"], "did you mean mamba"),
    ],
)
def test_wrong_input_is_a_sentence(
    arguments, expected, capsys: pytest.CaptureFixture[str], tmp_path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("README.md").write_text("not a store, but long enough to have a header of its own\n" * 9)
    assert main(["horizon", *arguments]) == 2
    streams = capsys.readouterr()
    assert expected in streams.err
    assert streams.out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md"]
