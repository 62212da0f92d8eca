"""Drawings: well-formed text that shows what it should."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np

from expressivity.algebra.cascades.drawing import cascade_dot, cascade_svg, egg_box_svg
from expressivity.algebra.cascades.holonomy import holonomy
from expressivity.algebra.cascades.subset_cover import subset_cover
from expressivity.automaton import Automaton

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def all_maps_of_three() -> Automaton:
    return Automaton.from_table([[1, 2, 0], [1, 0, 2], [0, 0, 2]], accepting=[0], letters=["<", "&", '"'])


def test_cascade_svg_shows_levels_components_and_letters():
    cascade = holonomy(all_maps_of_three())
    picture = cascade_svg(cascade)
    shown = texts(picture)
    assert 'letters: <, &, "' in shown
    assert [text for text in shown if text.startswith("level")] == ["level 1", "level 2"]
    assert "3 letters" in shown
    assert "state after the step, one of 3 (holonomy)" in shown
    circles = list(ElementTree.fromstring(picture).iter(f"{SVG}circle"))
    assert len(circles) == cascade.width
    assert sum(circle.get("fill") == "#c8dcf0" for circle in circles) == cascade.depth


def test_nothing_leaves_the_picture():
    root = ElementTree.fromstring(cascade_svg(holonomy(all_maps_of_three())))
    width, height = float(root.get("width", "0")), float(root.get("height", "0"))
    for shape in root.iter(f"{SVG}rect"):
        assert float(shape.get("x", "0")) + float(shape.get("width", "0")) <= width
        assert float(shape.get("y", "0")) + float(shape.get("height", "0")) <= height
    for text in root.iter(f"{SVG}text"):
        assert 0 < float(text.get("y", "0")) <= height


def test_long_components_and_alphabets_are_abbreviated():
    table = np.stack([np.roll(np.arange(20), -1)] * 30)
    shown = texts(cascade_svg(holonomy(Automaton.from_table(table, accepting=[0]))))
    assert "20 states" in shown
    assert shown.count("…") == 1
    assert any(text.endswith(", …") for text in shown)


def test_cascade_dot_is_balanced_and_names_every_component():
    cascade = subset_cover(all_maps_of_three())
    graph = cascade_dot(cascade)
    assert graph.startswith("digraph cascade {")
    assert graph.count("{") == graph.count("}") == 1 + cascade.depth
    assert 'label="letters: <, &, \\""' in graph
    assert "c1_0 -> c2_0;" in graph
    assert "c2_0 -> output;" in graph
    assert "level 1: 3 letters" in graph


def test_a_cascade_without_levels_is_drawn():
    trivial = holonomy(Automaton.from_table([[0]], accepting=[0]))
    assert "input -> output;" in cascade_dot(trivial)
    assert "state after the step, one of 1 (holonomy)" in texts(cascade_svg(trivial))


def test_egg_boxes_are_sorted_shaded_and_labelled():
    picture = egg_box_svg(
        [
            {"rank": 1, "h_size": 1, "is_group": [[True, True]], "words": [[["a"], ["b", "a"]]]},
            {"rank": 2, "h_size": 2, "is_group": [[True]], "words": [[[]]]},
            {"rank": 1, "h_size": 1, "is_group": [[False]], "words": [[["up", "down", "up", "down", "up"]]]},
        ]
    )
    shown = texts(picture)
    assert shown == [
        "rank 2: 1 × 1 boxes of 2 elements",
        "ε",
        "rank 1: 1 × 2 boxes of 1 element",
        "a",
        "ba",
        "rank 1: 1 × 1 boxes of 1 element, not regular",
        "up down up do…",
    ]
    fills = [shape.get("fill") for shape in ElementTree.fromstring(picture).iter(f"{SVG}rect")]
    assert fills == ["white", "#c8dcf0", "#c8dcf0", "#c8dcf0", "white"]
