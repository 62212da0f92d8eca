"""The table of architectures and pairs: every cell with evidence that the independent checker accepts."""

from __future__ import annotations

import pytest

from expressivity.checker import check
from expressivity.errors import TemplateError
from expressivity.relational.language import models
from expressivity.relational.language.graphs import separating_pairs
from expressivity.relational.separation.refute import OpenSeparation
from expressivity.relational.separation.verdicts import separation_table

ARCHITECTURES = {
    "GIN": models.gin(["node"], layers=2, dimension=2),
    "GraphSAGE": models.graph_sage(["node"], layers=2, dimension=2),
    "gated": models.gated(["node"], layers=1, dimension=2),
    "rings of 3": models.rings(["node"], size=3, dimension=2),
    "cliques of 4": models.cliques(["node"], size=4, dimension=2),
}
EXPECTED = {
    "GIN": "no no no",
    "GraphSAGE": "no no no",
    "gated": "no no no",
    "rings of 3": "yes open no",
    "cliques of 4": "open open yes",
}


def test_every_cell_has_the_expected_answer_and_checked_evidence() -> None:
    pairs = {name: separating_pairs()[name] for name in ("hexagon", "decalin", "strongly-regular")}
    cells = list(separation_table(ARCHITECTURES, pairs))
    assert len(cells) == 15
    for name, answers in EXPECTED.items():
        assert " ".join(cell.answer for cell in cells if cell.architecture == name) == answers
    for cell in cells:
        assert isinstance(cell.evidence, OpenSeparation) == (cell.answer == "open")
        if not isinstance(cell.evidence, OpenSeparation):
            assert check(cell.evidence.certificate.data)
    assert cells[0].because == "1-FWL does not separate them"
    assert cells[11].because == "2-FWL does not separate them"
    assert cells[9].because.startswith("predict is ")


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(TemplateError, match="the table has no cell"):
        list(separation_table({}, {}))
