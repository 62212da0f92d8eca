"""Every file format: reading back what was written gives the same automaton; damage is reported with its place."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.att import read_att, write_att
from expressivity.languages.dot import read_dot, write_dot
from expressivity.languages.jff import read_jff, write_jff
from expressivity.languages.json_file import read_json, write_json
from expressivity.languages.resolve import language, save_language
from expressivity.strategies import automata

SUFFIXES = (".att", ".jff", ".dot", ".json")
NAMES = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=3), min_size=1, max_size=4, unique=True
)
AWKWARD = ["<", "&", '"', "\\", ",", "a b", " ", "//", "];", "']", "\n", "\u2028", "\t", "ε", "1"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(automaton=NAMES.flatmap(lambda names: automata(states=(1, 6), letters=names)))
def test_round_trips(automaton: Automaton, tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        path = tmp_path / f"language{suffix}"
        if suffix == ".att" and {"ε", "@0@"} & set(automaton.letters):  # names of the empty word there
            continue
        save_language(automaton, path)
        assert language(path) == language(str(path)) == automaton


def test_a_file_changed_on_the_way_is_noticed(tmp_path: Path) -> None:
    automaton = Automaton.from_table([[1, 0], [0, 1]], 1, accepting=[0])
    changes = {
        ".att": ("1\t0\ta\ta", "1\t1\ta\ta"),
        ".jff": ("<initial/>", "<initial/><final/>"),
        ".dot": ("doublecircle", "circle"),
        ".json": ('"start": 1', '"start": 0'),
    }
    for suffix, (old, new) in changes.items():
        path = tmp_path / f"x{suffix}"
        save_language(automaton, path)
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        assert language(path) != automaton


@pytest.mark.parametrize("suffix", [".dot", ".json"])
def test_awkward_letters(suffix: str, tmp_path: Path) -> None:
    automaton = Automaton.from_table([[x % 2, 1] for x in range(len(AWKWARD))], accepting=[1], letters=AWKWARD)
    save_language(automaton, tmp_path / f"x{suffix}")
    assert language(tmp_path / f"x{suffix}") == automaton


def test_awkward_letters_elsewhere(tmp_path: Path) -> None:
    automaton = Automaton.from_table([[x % 2, 1] for x in range(len(AWKWARD))], accepting=[1], letters=AWKWARD)
    for suffix, listed in ((".att", r"\['a b', ' ', '\\n'"), (".jff", r"\['\\n', '\\u2028', '\\t'\]")):
        with pytest.raises(LanguageError, match=listed + ".*or save as .json"):
            save_language(automaton, tmp_path / f"x{suffix}")
    assert not list(tmp_path.iterdir())
    kept = [letter for letter in AWKWARD if letter.isprintable()]
    printable = Automaton.from_table([[0]] * len(kept), accepting=[], letters=kept)
    save_language(printable, tmp_path / "x.jff")
    assert read_jff(tmp_path / "x.jff") == printable


def put(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


# AT&T -----------------------------------------------------------------------------------------------------------------


def test_att_start_is_the_source_of_the_first_line(tmp_path: Path) -> None:
    automaton = read_att(put(tmp_path, "x.att", "7\t3\tb\tb\n3 7 a a\n\n3\n"))
    assert automaton.letters == ("b", "a")
    assert [automaton.accepts(word) for word in ("b", "ba", "bab", "", "a")] == [True, False, True, False, False]
    assert automaton.states == 3
    assert automaton.start == 1  # states 3 and 7 become 0 and 1, and 2 is the sink


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0\t1\ta\ta\n0\t2\ta\ta\n", r"nondeterministic: state 0 goes by 'a' to 1 \(line 1\) and to 2 \(line 2\)"),
        ("0\t1\ta\ta\n1\t0\ta\n", "line 2: 3 fields; expected 4"),
        ("0\t1\ta\ta\t0.5\n", "line 1: 5 fields; expected 4 .*no weights"),
        ("0\t1\ta\tb\n", "line 1: input 'a' differs from output 'b'; only automata"),
        ("0\tx\ta\ta\n", "line 1: 'x' is no state number"),
        ("0\t1\t<eps>\t<eps>\n", "line 1: <eps> is the empty word"),
        ("", "the file is empty"),
        ("0\n", "has no transitions, so its alphabet is unknown"),
        ("x\n0 1 a\n0 1 a b\n", "line 1: .*; line 2: .*; line 3: "),
    ],
)
def test_att_errors(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match=message):
        read_att(put(tmp_path, "x.att", text))


def test_att_repeated_line_is_harmless(tmp_path: Path) -> None:
    assert read_att(put(tmp_path, "x.att", "0 0 a a\n0 0 a a\n0\n")).states == 1
    assert write_att(Automaton.from_table([[0]], accepting=[0])) == "0\t0\ta\ta\n0\n"


# JFLAP ----------------------------------------------------------------------------------------------------------------

JFLAP = """<?xml version="1.0" encoding="UTF-8" standalone="no"?><!--Created with JFLAP 7.0.--><structure>
\t<type>fa</type>
\t<automaton>
\t\t<state id="4" name="q0"><x>1.0</x><y>2.0</y><initial/></state>
\t\t<state id="5" name="q1"><x>1.0</x><y>2.0</y><final/></state>
\t\t<transition><from>4</from><to>5</to><read>b</read></transition>
\t\t<transition><from>5</from><to>5</to><read>a</read></transition>{more}
\t</automaton>
</structure>"""


def arrow(source: int, target: int, read: str) -> str:
    return f"<transition><from>{source}</from><to>{target}</to><read>{read}</read></transition>"


def test_jff_from_jflap(tmp_path: Path) -> None:
    automaton = read_jff(put(tmp_path, "x.jff", JFLAP.format(more="")))
    assert automaton.letters == ("b", "a")
    assert [automaton.accepts(word) for word in ("b", "baa", "", "bb")] == [True, True, False, False]
    old = JFLAP.format(more="").replace("<automaton>", "").replace("</automaton>", "")
    assert read_jff(put(tmp_path, "old.jff", old)) == automaton


def test_jff_nondeterminism(tmp_path: Path) -> None:
    path = put(tmp_path, "x.jff", JFLAP.format(more=arrow(4, 4, "b") + arrow(4, 5, "")))
    with pytest.raises(LanguageError, match="transition 4 read the empty word; pass determinise=True"):
        read_jff(path)
    automaton = language(path, determinise=True)
    assert automaton.letters == ("b", "a")
    assert automaton.counterexample(language("re:b*a*")) is None
    path = put(tmp_path, "y.jff", JFLAP.format(more=arrow(5, 4, "a")))
    with pytest.raises(LanguageError, match=r"by 'a' to 5 \(transition 2\) and to 4 \(transition 3\); pass determ"):
        read_jff(path)


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<structure>", "no well-formed XML: no element found: line 1"),
        (BOMB + JFLAP.format(more=arrow(4, 4, "&b;")).partition("?>")[2], "declares a document type"),
        (JFLAP.format(more="").replace(">fa<", ">pda<"), r"no JFLAP finite automaton \(type 'pda'\)"),
        (JFLAP.format(more="").replace(">fa<", ">mealy<"), "type 'mealy'"),
        ("<html/>", "root element <html>"),
        (JFLAP.format(more="").replace("<initial/>", ""), "0 initial states; expected one"),
        (JFLAP.format(more="").replace("<final/>", "<initial/>"), "2 initial states; expected one"),
        (JFLAP.format(more=arrow(4, 9, "a")), "transition 3 joins a state '9' that is not declared"),
        (JFLAP.format(more="").replace('id="5"', 'id="4"'), "state 4 is declared twice"),
        (JFLAP.format(more="").replace('id="5"', 'id="q"'), "state id 'q' is no number"),
    ],
)
def test_jff_errors(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match=message):
        read_jff(put(tmp_path, "x.jff", text))


def test_jff_without_letters(tmp_path: Path) -> None:
    text = JFLAP.format(more="").replace("<read>a<", "<read><").replace("<read>b<", "<read><")
    with pytest.raises(LanguageError, match="has no letters"):
        read_jff(put(tmp_path, "x.jff", text), determinise=True)
    assert "<x>" in write_jff(Automaton.from_table([[0]], accepting=[]))


# Graphviz and JSON ----------------------------------------------------------------------------------------------------

SWAP = Automaton.from_table([[1, 0], [0, 1]], accepting=[0])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("// expressivity", "// graphviz", "was not written by this library"),
        ('"start": 0', '"start": ', "line 1: the head is damaged"),
        ('letters="0"', 'letters="5"', "names letter 5; there are 2 letters"),
        ('  0 -> 1 [label="a", letters="0"];\n', "", "state 0 has no edge for letter 'a'"),
        ("  0 -> 1 [", "  0 -> 7 [", "names state 7; there are 2 states"),
        ("  0 -> 1 [", "  0 -> [", "is damaged"),
        ('"states": 2', '"states": 2000', "for 2000 states"),
    ],
)
def test_dot_errors(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = write_dot(SWAP)
    assert old in text
    with pytest.raises(LanguageError, match=message):
        read_dot(put(tmp_path, "x.dot", text.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{", "[", "is no JSON"),
        ("expressivity automaton", "other", "is not one of our automata"),
        ('"version": 1', '"version": 9', "has version 9; this release reads version 1"),
        ('"start": 0', '"start": true', "start is True; expected a state number"),
        ('"start": 0', '"begin": 0', "start is missing"),
        ("[0, 1]", "[0]", r"rows of table have different lengths \[2, 1\]"),
        ("[0, 1]", "[0, 0.5]", "table is no list of rows of state numbers"),
        ("[0, 1]", "[0, 4294967296]", "do not fit 32 bits"),
        ("[0, 1]", "[0, 4]", "not an automaton: table holds values from 0 to 4"),
        ('["a", "b"]', '["a", 3]', "letters is no list of texts"),
        ('["a", "b"]', '["a"]', "1 letter names for 2 rows"),
        ('"accepting": [0]', '"accepting": 0', "accepting is no list"),
    ],
)
def test_json_errors(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = write_json(SWAP)
    assert old in text
    with pytest.raises(LanguageError, match=message):
        read_json(put(tmp_path, "x.json", text.replace(old, new, 1)))


def test_empty_json_table(tmp_path: Path) -> None:
    text = '{"format": "expressivity automaton", "version": 1, "letters": [], "start": 0, "accepting": [], "table": []}'
    with pytest.raises(LanguageError, match="the alphabet is empty"):
        read_json(put(tmp_path, "x.json", text))


# Files in general -----------------------------------------------------------------------------------------------------


def test_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "x.att").write_bytes(b"0\t0\t\xff\t\xff\n")
    with pytest.raises(LanguageError, match=r"is not UTF-8 text \(byte 4\)"):
        read_att(tmp_path / "x.att")
    with pytest.raises(LanguageError, match="cannot be read: No such file"):
        read_att(tmp_path / "none.att")


def test_writing_is_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    save_language(SWAP, path)
    with pytest.raises(LanguageError, match="choose an existing, writable folder"):
        save_language(SWAP, tmp_path / "missing" / "x.json")
    with pytest.raises(LanguageError, match=r"does not end in a known suffix; choose one of .att, .jff"):
        save_language(SWAP, tmp_path / "x.txt")
    (tmp_path / "y.json").mkdir()
    with pytest.raises(LanguageError, match="cannot be written"):
        save_language(SWAP, tmp_path / "y.json")
    assert sorted(child.name for child in tmp_path.iterdir()) == ["x.json", "y.json"]
    assert read_json(path) == SWAP


# MLRegTest ------------------------------------------------------------------------------------------------------------


def without_sink(automaton: Automaton) -> int:
    """States that can still reach acceptance."""
    alive = automaton.accepting.copy()
    while True:
        more = alive | alive[automaton.table].any(axis=0)
        if (more == alive).all():
            return int(alive.sum())
        alive = more


def test_mlregtest(shared: Path, tmp_path: Path) -> None:
    folder = shared / "mlregtest"
    rows = [line.split("\t") for line in (folder / "counts.tsv").read_text().splitlines()[1:]]
    assert len(rows) == 264
    for row in rows:
        automaton = language(folder / (".".join(row[:6]) + ".att"))
        minimal = automaton.minimal()
        assert minimal.states == automaton.states
        assert int(row[6]) in (without_sink(minimal), minimal.states)
        for suffix in SUFFIXES:
            path = tmp_path / f"x{suffix}"
            save_language(automaton, path)
            again = language(path)
            np.testing.assert_array_equal(again.table, automaton.table)
            assert again == automaton
