"""Every file of the zoo is well formed, and its facts hold; monoids are enumerated here by brute force."""

import itertools
from pathlib import Path

import pytest

from expressivity import files
from expressivity.automaton import Automaton
from expressivity.errors import LanguageError
from expressivity.languages.resolve import language
from expressivity.languages.zoo import ZooEntry, read_zoo_file, zoo_entry, zoo_folder, zoo_names

FIXED = {
    "D5",
    "tomita-3",
    "S5-transpositions",
    "S4",
    "even-pairs",
    "first",
    "parity",
    "S3",
    "mod4",
    "mod5",
    "mod3-with-reset",
    "repeat-01",
    "tomita-1",
    "tomita-2",
    "dyck-1-depth-2",
    "tomita-6",
    "tomita-7",
    "tomita-5",
    "dyck-1-depth-3",
    "tomita-4",
    "parity-binary",
    "A5",
    "S3-transpositions",
    "S5",
    "flip-flop",
    "mod3",
}
Map = tuple[int, ...]


def monoid(automaton: Automaton, most: int = 5_000) -> list[Map]:
    """All maps of states that words induce."""
    letters = [tuple(row) for row in automaton.table.tolist()]
    found: dict[Map, None] = {tuple(range(automaton.states)): None}
    queue = list(found)
    for element in queue:
        for letter in letters:
            product = tuple(letter[p] for p in element)
            if product not in found:
                assert len(found) < most, "the monoid is too large for this test"
                found[product] = None
                queue.append(product)
    return queue


def period(element: Map) -> int:
    """The eventual period of the powers of a map."""
    seen: dict[Map, int] = {}
    power = element
    while power not in seen:
        seen[power] = len(seen)
        power = tuple(element[p] for p in power)
    return len(seen) - seen[power]


def commutes(automaton: Automaton) -> bool:
    rows = automaton.table
    return all((a[b] == b[a]).all() for a, b in itertools.combinations(rows, 2))


def false_facts(entry: ZooEntry) -> list[str]:
    """The facts of an entry that do not hold; `solvable` is left to the tests of the algebra."""
    automaton = entry.automaton()
    elements = monoid(automaton)
    holds = {
        "states": automaton.states,
        "monoid_order": len(elements),
        "aperiodic": all(period(element) == 1 for element in elements),
        "group": all(len(set(row)) == automaton.states for row in automaton.table.tolist()),
        "commutative": commutes(automaton),
        "solvable": entry.facts.get("solvable"),
    }
    return [fact for fact, value in entry.facts.items() if holds[fact] != value]


def test_the_fixed_names_exist() -> None:
    assert set(zoo_names()) >= FIXED
    assert len(zoo_names()) >= 40


@pytest.mark.parametrize("name", zoo_names())
def test_facts(name: str) -> None:
    entry = zoo_entry(name)
    automaton = entry.automaton()
    assert {"states", "aperiodic", "group", "solvable"} <= set(entry.facts)
    assert entry.title
    assert entry.source
    assert automaton == automaton.minimal() == language(name)
    assert false_facts(entry) == []
    if entry.facts["aperiodic"]:
        assert entry.facts["solvable"]
        assert not entry.facts["group"]


def test_a_planted_wrong_fact_is_found() -> None:
    entry = zoo_entry("S3")
    planted = {"states": 7, "monoid_order": 5, "aperiodic": True, "group": False, "commutative": True}
    wrong = ZooEntry(entry.name, entry.title, entry.source, entry.definition, planted)
    assert false_facts(wrong) == list(planted)


def test_what_the_names_promise() -> None:
    assert language("parity").letters == language("mod3").letters == ("1",)
    assert [language("parity").accepts("1" * n) for n in range(4)] == [True, False, True, False]
    assert language("parity-binary").letters == ("0", "1")
    for name, letters in (("S3", 6), ("S4", 24), ("A5", 60), ("S5", 120), ("D5", 10), ("S5-transpositions", 10)):
        assert len(language(name).letters) == letters
    assert language("parity").counterexample(language("re:(11)*")) is None
    assert language("parity-binary").counterexample(language("re[01]:0*(10*10*)*")) is None
    assert language("dyck-1-depth-2").counterexample(language("re:(\\((\\(\\))*\\))*")) is None
    assert language("binary-multiples-of-7").accepts(format(7 * 91, "b"))
    assert not language("binary-multiples-of-7").accepts(format(7 * 91 + 1, "b"))


def test_cerny() -> None:
    """The shortest word that sends all four states to one has nine letters."""
    table = language("cerny-4").table
    sets = {frozenset(range(4))}
    length = 0
    while all(len(each) > 1 for each in sets):
        sets |= {frozenset(row[list(each)].tolist()) for each in sets for row in table}
        length += 1
    assert length == 9


def test_full_transformation_monoids() -> None:
    for n in (3, 4, 5):
        assert set(monoid(language(f"T{n}"))) == set(itertools.product(range(n), repeat=n))


def test_unknown_names_suggest_near_ones() -> None:
    with pytest.raises(LanguageError, match=r"no language 'parity-binray'; did you mean parity-binary"):
        zoo_entry("parity-binray")
    with pytest.raises(LanguageError, match=r"no language 'qqqqqqqq'; `zoo_names\(\)` lists them"):
        zoo_entry("qqqqqqqq")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "x.toml is not TOML"),
        ('name = "y"\ntitle = "t"\nsource = "s"\n[definition]\nregex = "a"\n', "name 'y' differs from the file's name"),
        ("", "name is missing or no text; title is missing or no text; source is missing.*needs exactly one of regex"),
        ('[definition]\nregex = "a"\nfamily = "b"\n', "needs exactly one of regex, family and table"),
        ('[definition]\nregex = "a"\nletters = "b"\n', r"\[definition\] has unknown keys \['letters'\]"),
        ("[definition]\ntable = [[0]]\n", r"\[definition\] lacks \['accepting', 'letters'\]"),
        ('extra = 1\n[definition]\nregex = "a"\n', r"unknown keys \['extra'\]"),
        ('[definition]\nregex = "a"\n[facts]\nsize = 3\n', "unknown fact size; known are states"),
        ('[definition]\nregex = "a"\n[facts]\nstates = true\n', "fact states is True; expected int"),
    ],
)
def test_malformed_files(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(text)
    with pytest.raises(LanguageError, match=message):
        read_zoo_file(tmp_path / "x.toml")


def test_where_the_files_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "__file__", str(tmp_path / "expressivity" / "files.py"))
    with pytest.raises(LanguageError, match=r"the folder of named languages is missing .* install the package again"):
        zoo_folder()
    (tmp_path / "automata").mkdir()
    assert zoo_folder() == tmp_path / "automata"
    (tmp_path / "expressivity" / "_content" / "automata").mkdir(parents=True)
    assert zoo_folder() == tmp_path / "expressivity" / "_content" / "automata"


def test_every_file_in_the_folder_is_an_entry() -> None:
    assert {path.suffix for path in zoo_folder().iterdir()} == {".toml"}
