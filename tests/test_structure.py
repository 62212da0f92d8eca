"""The house rules a machine can check; each check is also run on a copy of the package with a planted violation."""

from __future__ import annotations

import ast
import functools
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]

# The pipeline, upstream first; rooms on one line know nothing of each other.
ORDER = [
    {"errors", "checker"},
    {"files"},
    {"compiled", "threads"},
    {"exact", "automaton"},
    {"languages"},
    {"algebra"},
    {"arithmetic"},
    {"networks"},
    {"simulation"},
    {"constructions"},
    {"verification"},
    {"spectral", "relational"},
    {"strategies", "testing", "plots"},
    {"experiments"},
    {"demo", "playground"},
    {"commands"},
    {"cli"},
]
RANK = {room: rank for rank, rooms in enumerate(ORDER) for room in rooms}
# The rooms within a room, upstream first; files that lie outside them are its front, which they know nothing of.
INNER_ORDER = {
    "algebra": [{"groups"}, {"monoids", "representations"}, {"cascades"}],
    "constructions": [{"actions"}, {"one_layer"}, {"few_layers"}, {"levels"}, {"stacks"}],
    "experiments": [{"counting"}, {"horizons"}, {"verdicts"}],
    "playground": [{"app"}, {"lessons"}],
    "relational": [{"language"}, {"grounding"}, {"learn", "separation"}],
    "verification": [{"answers"}, {"exploration"}, {"boxes", "repeats"}, {"search"}],
}
INNER_RANK = {
    f"{room}.{inner}": rank
    for room, order in INNER_ORDER.items()
    for rank, inners in enumerate(order)
    for inner in inners
}
LAZY = {
    "PIL",
    "automata",
    "clingo",
    "distributed",
    "hypothesis",
    "joblib",
    "marimo",
    "matplotlib",
    "nbformat",
    "networkx",
    "numba",
    "scipy",
    "starlette",
    "sympy",
    "threadpoolctl",
    "torch",
    "uvicorn",
}
TRUSTED = "checker"
"""The room a sceptic reads: it imports the standard library and itself, and only verdicts import it."""
VERDICTS = {
    "expressivity.experiments.horizons.replay",  # runs a word again from scratch, as a second opinion on a verdict
    "expressivity.relational.separation.refute",
    "expressivity.relational.separation.separate",  # states the values of a template by the definition
    "expressivity.verification.verify",
}
"""The modules that may import the trusted room."""
SKIPPED = {
    ".git",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".benchmarks",
    ".venv",
    "build",
    "dist",
}


@functools.cache
def parsed(text: str) -> ast.Module:
    """The syntax tree of a module; remembered, because the planted copies differ in one file only."""
    return ast.parse(text)


@functools.cache
def import_statements(tree: ast.Module) -> list[ast.stmt]:
    """All import statements of a module, at whatever depth."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def modules(root: Path) -> Iterator[tuple[str, Path, ast.Module]]:
    """Every module of the package under `root`: dotted name, path, syntax tree."""
    for path in sorted((root / "expressivity").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, path, parsed(path.read_text(encoding="utf-8"))


def imported(name: str, path: Path, node: ast.AST) -> list[str]:
    """Dotted names a statement imports, relative ones made absolute."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
        base = package[: len(package) - node.level + 1] if node.level else []
        source = ".".join([*base, *([node.module] if node.module else [])])
        return [f"{source}.{alias.name}" for alias in node.names]
    return []


def room(dotted: str) -> str | None:
    """The station a module of the package belongs to; None for the package itself and for other packages."""
    parts = dotted.split(".")
    if parts[0] != "expressivity" or len(parts) == 1 or parts[1] in {"__main__", "__version__"}:
        return None
    return parts[1].removesuffix("_kernels")


# The rules: each takes a root and lists violations ----------------------------------------------------------


def upward_imports(root: Path) -> list[str]:
    """Imports that do not run downwards along the pipeline, those inside functions and for type checkers included."""
    problems = []
    for name, path, tree in modules(root):
        home = room(name)
        if home is None:
            continue
        if home not in RANK:
            problems.append(f"{name}: the room {home!r} has no place in ORDER; give it one in tests/test_structure.py")
            continue
        for node in import_statements(tree):
            for target in imported(name, path, node):
                there = room(target)
                if there is None or there not in RANK:
                    # A module without a place is reported once, at home; what is no module is one of the lazy exports.
                    package = root / "expressivity"
                    if there is not None and not any((package / f"{there}{end}").exists() for end in ("", ".py")):
                        problems.append(f"{name}:{node.lineno} takes {target} from the package itself; name its module")
                elif there != home and RANK[there] >= RANK[home]:
                    problems.append(f"{name}:{node.lineno} imports {target}, which is not upstream of {home}")
    return problems


def inner_upward_imports(root: Path) -> list[str]:
    """Imports between the rooms within a room that do not run downwards, and folders there without a place."""
    problems = []
    for name, path, tree in modules(root):
        parts = name.split(".")[1:]
        if len(parts) < 2 or parts[0] not in INNER_ORDER:
            continue
        home = ".".join(parts[:2])
        if home not in INNER_RANK:
            if len(parts) > 2:
                problems.append(f"{name}: the room {home!r} has no place in INNER_ORDER; give it one in this file")
            continue
        for node in import_statements(tree):
            for target in imported(name, path, node):
                there = target.split(".")[1:]
                if target.split(".")[0] != "expressivity" or len(there) < 2 or there[0] != parts[0]:
                    continue
                rank = INNER_RANK.get(".".join(there[:2]), len(INNER_RANK))
                if there[1] != parts[1] and rank >= INNER_RANK[home]:
                    problems.append(f"{name}:{node.lineno} imports {target}, which is not upstream of {home}")
    return problems


def unchecked_protocols(root: Path) -> list[str]:
    """Protocols that the shape checks cannot ask about, because they are not checkable at run time."""
    problems = []
    for name, _, tree in modules(root):
        for node in ast.walk(tree):
            if not isinstance(node, ast.ClassDef) or "Protocol" not in map(ast.unparse, node.bases):
                continue
            if "runtime_checkable" not in map(ast.unparse, node.decorator_list):
                problems.append(f"{name}:{node.lineno} {node.name} is not runtime_checkable, as --shapes needs")
    return problems


def missing_docstrings(root: Path) -> list[str]:
    """Public modules, classes, functions and methods without a docstring."""
    problems = []

    def visit(owner: ast.AST, label: str) -> None:
        for node in ast.iter_child_nodes(owner):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith(
                "_"
            ):
                if ast.get_docstring(node) is None:
                    problems.append(f"{label}.{node.name}")
                if isinstance(node, ast.ClassDef):
                    visit(node, f"{label}.{node.name}")

    for name, _, tree in modules(root):
        if ast.get_docstring(tree) is None:
            problems.append(name)
        visit(tree, name)
    return problems


def eager_heavy_imports(root: Path) -> list[str]:
    """Imports of slow libraries that run when a module is imported; kernels and strategies may."""
    problems = []

    def at_import(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
        for statement in statements:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
                continue
            yield statement
            for field in ("body", "orelse", "finalbody"):
                yield from at_import(getattr(statement, field, []))

    for name, path, tree in modules(root):
        if name.endswith("_kernels") or name == "expressivity.compiled":
            continue
        allowed = {"hypothesis"} if name == "expressivity.strategies" else set()
        for statement in at_import(tree.body):
            for target in imported(name, path, statement):
                heavy = target.split(".")[0] in LAZY - allowed
                problems += [f"{name}:{statement.lineno} imports {target} at start-up"] * heavy
    return problems


def foreign_imports_of_the_checker(root: Path) -> list[str]:
    """Imports of the trusted room that are neither from the standard library nor from itself."""
    problems = []
    for name, path, tree in modules(root):
        if room(name) != TRUSTED:
            continue
        for node in import_statements(tree):
            for target in imported(name, path, node):
                parts = target.split(".")
                at_home = parts[:2] == ["expressivity", TRUSTED]
                # Loading by name would hide an import from this rule.
                if not at_home and (parts[0] not in sys.stdlib_module_names or parts[0] == "importlib"):
                    problems.append(f"{name}:{node.lineno} imports {target}")
    return problems


def users_of_the_checker(root: Path) -> list[str]:
    """Imports of the trusted room by code that searches: a search that rounds as its checker does proves nothing."""
    problems = []
    for name, path, tree in modules(root):
        if room(name) in {TRUSTED, None} or name in VERDICTS:
            continue
        problems += [
            f"{name}:{node.lineno} imports {target}; only verdicts may"
            for node in import_statements(tree)
            for target in imported(name, path, node)
            if target.split(".")[:2] == ["expressivity", TRUSTED]
        ]
    return problems


def uncached_kernels(root: Path) -> list[str]:
    """Functions compiled elsewhere than by `compiled`, and kernels that use sources which the cache does not hash."""
    problems = []
    for name, path, tree in modules(root):
        if name == "expressivity.compiled":
            continue
        names = ((node, getattr(node, "attr", getattr(node, "id", ""))) for node in ast.walk(tree))
        problems += [
            f"{name}:{node.lineno} compiles by numba.{used}; use expressivity.compiled"
            for node, used in names
            if used in {"njit", "jit"}
        ]
        if not name.endswith("_kernels"):
            continue
        for node in import_statements(tree):
            for target in imported(name, path, node):
                source = target.rpartition(".")[0] if isinstance(node, ast.ImportFrom) else target
                if source.startswith("expressivity") and not source.endswith(("_kernels", ".compiled")):
                    problems.append(f"{name}:{node.lineno} imports {target}; a kernel's constants live in *_kernels.py")
    return problems


def imports_between_tests(root: Path) -> list[str]:
    """Imports of one test module by another, and helpers of several tests that are not in `tests/oracles`."""
    problems = []
    files = [path for path in sorted((root / "tests").rglob("*.py")) if "oracles" not in path.parts]
    for path in files:
        label = path.relative_to(root).as_posix()
        if not path.name.startswith("test_") and path.name != "conftest.py":
            problems.append(f"{label} is no test; what tests share is in tests/oracles")
        for node in import_statements(parsed(path.read_text(encoding="utf-8"))):
            targets = sorted({target.split(".")[0] for target in imported("tests", path, node)})
            tests = (target for target in targets if target.startswith("test_"))
            problems += [
                f"{label}:{node.lineno} imports {test}; what tests share is in tests/oracles" for test in tests
            ]
    return problems


def forbidden_text(root: Path) -> list[str]:
    """Paths of somebody's machine, marks of unfinished work and package-registry hosts in the tree."""
    # Spelled in pieces, so that this file does not contain what it looks for.
    marks = "|".join(first + second for first, second in (("TO", "DO"), ("FIX", "ME"), ("XX", "X")))
    hosts = "|".join(first + r"\." + second for first, second in (("pypi", "org"), ("pythonhosted", "org")))
    folders = "|".join(("work", "home", "root", "Users"))
    pattern = re.compile(rf"\b(?:{marks})\b|\b(?:{hosts})\b|(?<![\w.~/-])/(?:{folders})/\w")
    problems = []
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if not path.is_file() or SKIPPED & set(parts) or "__pycache__" in parts:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            problems += [f"{'/'.join(parts)}:{number}: {match.group()}" for match in pattern.finditer(line)]
    return problems


def incomplete_proofs(root: Path) -> list[str]:
    """Proof files that lack a section, a check, or a witness for a hypothesis that their docstring names."""
    from expressivity.experiments.verdicts.theorems import theorems

    folder = root / "proofs"
    if not folder.is_dir():
        return []
    return [f"{theorem.path.name}: {problem}" for theorem in theorems(folder) for problem in theorem.problems()]


def unexplained_dependencies(root: Path) -> list[str]:
    """Dependencies of pyproject.toml that CONTRIBUTING.md gives no reason for."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    page = (root / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names = [re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0] for requirement in wanted]
    return [name for name in names if not re.search(rf"^- \*\*{re.escape(name)}\*\* \S", page, re.MULTILINE)]


RULES: list[Callable[[Path], list[str]]] = [
    upward_imports,
    inner_upward_imports,
    unchecked_protocols,
    missing_docstrings,
    eager_heavy_imports,
    foreign_imports_of_the_checker,
    users_of_the_checker,
    uncached_kernels,
    imports_between_tests,
    forbidden_text,
    incomplete_proofs,
    unexplained_dependencies,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule) -> None:
    assert rule(ROOT) == []


# Planted violations: (rule, file, text appended or written, part of the complaint) ---------------------------

PLANTED_PROOF = '''"""T.

Statement: s
Source: s
Hypotheses:
    - bounded: b
    - unit keys: u
Derivation: d
Checked: c
Open: o
"""

def test_holds_x(): ...
def test_needs_bounded(): ...
def test_needs_something(): ...
'''

PLANTED = [
    (unchecked_protocols, "expressivity/errors.py", "class Unmarked(Protocol):\n    ...\n", "Unmarked is not"),
    (upward_imports, "expressivity/errors.py", "from expressivity.automaton import Automaton\n", "errors:"),
    (upward_imports, "expressivity/errors.py", "def f():\n    import expressivity.verification\n", "errors:"),
    (upward_imports, "expressivity/exact/arrays.py", "from ..algebra import graphs\n", "exact.arrays:"),
    (upward_imports, "expressivity/algebra/planted.py", "from ..networks.layer import Layer\n", "algebra.planted:1"),
    (upward_imports, "expressivity/algebra/planted.py", "from expressivity import Network\n", "name its module"),
    (upward_imports, "expressivity/automaton/words.py", "import expressivity.languages\n", "automaton.words:"),
    (upward_imports, "expressivity/testing.py", "import expressivity.strategies\n", "testing:"),
    (upward_imports, "expressivity/attic.py", '"""Text."""\n', "the room 'attic' has no place"),
    (inner_upward_imports, "expressivity/algebra/groups/p.py", "from ..cascades import levels\n", "groups.p:1"),
    (
        inner_upward_imports,
        "expressivity/algebra/groups/p.py",
        "from expressivity.algebra import facts\n",
        "groups.p:1",
    ),
    (inner_upward_imports, "expressivity/algebra/attic/p.py", "x = 1\n", "the room 'algebra.attic' has no place"),
    (missing_docstrings, "expressivity/errors.py", "def planted():\n    pass\n", "errors.planted"),
    (missing_docstrings, "expressivity/errors.py", 'class P:\n    """T."""\n    def m(self): ...\n', "errors.P.m"),
    (missing_docstrings, "expressivity/attic.py", "x = 1\n", "expressivity.attic"),
    (eager_heavy_imports, "expressivity/errors.py", "try:\n    import numba\nfinally:\n    pass\n", "imports numba"),
    (eager_heavy_imports, "expressivity/automaton/automaton.py", "from hypothesis import given\n", "hypothesis.given"),
    (foreign_imports_of_the_checker, "expressivity/checker/certificates.py", "import numpy\n", "imports numpy"),
    (foreign_imports_of_the_checker, "expressivity/checker/planted.py", "import importlib\n", "imports importlib"),
    (foreign_imports_of_the_checker, "expressivity/checker/reference.py", "from .. import errors\n", "errors"),
    (
        users_of_the_checker,
        "expressivity/simulation/weights.py",
        "from expressivity.checker import reference\n",
        "only",
    ),
    (users_of_the_checker, "expressivity/arithmetic/rounding.py", "import expressivity.checker\n", "only verdicts may"),
    (foreign_imports_of_the_checker, "expressivity/checker/a/b.py", "from expressivity.arithmetic import x\n", "x"),
    (
        uncached_kernels,
        "expressivity/attic.py",
        "import numba\nf = numba.njit(len)\n",
        "attic:2 compiles by numba.njit",
    ),
    (
        uncached_kernels,
        "expressivity/automaton/automaton_kernels.py",
        "from expressivity.automaton.words import spell\n",
        "words.spell",
    ),
    (imports_between_tests, "tests/test_b.py", "from test_a import x\n", "tests/test_b.py:1 imports test_a"),
    (imports_between_tests, "tests/helpers.py", "x = 1\n", "tests/helpers.py is no test"),
    (forbidden_text, "notes.md", "see " + "/wo" + "rk/main for it\n", "notes.md:1"),
    (forbidden_text, "expressivity/errors.py", "# TO" + "DO: later\n", "expressivity/errors.py:"),
    (forbidden_text, "README.txt", "https://py" + "pi.org/simple\n", "README.txt:1"),
    (incomplete_proofs, "proofs/planted.py", '"""Nothing."""\ndef test_holds_x(): ...\n', "no section 'Statement'"),
    (incomplete_proofs, "proofs/planted.py", '"""Nothing."""\ndef test_holds_x(): ...\n', "no function test_needs_"),
    (incomplete_proofs, "proofs/planted.py", '"""Nothing."""\ndef test_needs_x(): ...\n', "no function test_holds_"),
    (incomplete_proofs, "proofs/planted.py", PLANTED_PROOF, "test_needs_unit_keys, the witness that 'unit keys'"),
    (incomplete_proofs, "proofs/planted.py", PLANTED_PROOF, "test_needs_something is a witness for no hypothesis"),
    (incomplete_proofs, "proofs/planted.py", '"""T.\n\nHypotheses: none.\n"""\n', "'Hypotheses' names none"),
]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package alone."""
    root = tmp_path_factory.mktemp("package")
    shutil.copytree(
        ROOT / "expressivity", root / "expressivity", ignore=shutil.ignore_patterns("__pycache__", "_content")
    )
    return root


@functools.cache
def known(rule: Callable[[Path], list[str]], root: Path) -> list[str]:
    """What a rule says of a folder that nobody changes."""
    return rule(root)


@pytest.mark.parametrize(("rule", "file", "text", "complaint"), PLANTED)
def test_rule_finds_a_planted_violation(rule, file, text, complaint, package, tmp_path) -> None:
    shutil.copytree(package, tmp_path, copy_function=os.link, dirs_exist_ok=True)
    target = tmp_path / file
    target.parent.mkdir(parents=True, exist_ok=True)
    old = target.read_text(encoding="utf-8") if target.exists() else ""
    target.unlink(missing_ok=True)  # the file is the copy's own
    target.write_text(f"{old}\n{text}" if old else text, encoding="utf-8")
    new = [problem for problem in rule(tmp_path) if problem not in known(rule, package)]
    assert new
    assert any(complaint in problem for problem in new)


def test_an_unexplained_dependency_is_found(tmp_path) -> None:
    shutil.copy(ROOT / "CONTRIBUTING.md", tmp_path)
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        text.replace('"numpy>=2.0"', '"left-pad>=1", "numpy>=2.0"'), encoding="utf-8"
    )
    assert "left-pad" in unexplained_dependencies(tmp_path)


# The folder of languages must not hide automata-lib, whose import name it shares -----------------------------


def run_python(code: str, *, path: Path) -> str:
    """What a fresh interpreter prints, with a folder first on its path."""
    program = f"import sys; sys.path.insert(0, {str(path)!r})\n{code}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_automata_is_automata_lib_even_from_the_repository_root() -> None:
    assert not (ROOT / "automata" / "__init__.py").exists()
    origin = run_python("import automata, automata.fa.dfa; print(automata.__file__)", path=ROOT)
    assert ROOT.resolve() not in Path(origin).resolve().parents or ".venv" in origin


def test_an_init_file_would_hide_automata_lib(tmp_path) -> None:
    (tmp_path / "automata").mkdir()
    (tmp_path / "automata" / "parity.toml").write_text("")
    code = "import automata; print(automata.__file__)"
    assert not run_python(code, path=tmp_path).startswith(str(tmp_path))
    (tmp_path / "automata" / "__init__.py").write_text("")
    assert run_python(code, path=tmp_path).startswith(str(tmp_path))


@pytest.mark.parametrize("module", ["expressivity", "expressivity.automaton", "expressivity.testing"])
def test_start_up_loads_nothing_slow(module) -> None:
    code = f"import {module}; print(sorted({LAZY | {'flint'}!r} & set(sys.modules)))"
    assert run_python(code, path=ROOT) == "[]"


def conftest(folder: str) -> ModuleType:
    """A conftest by its path: each folder has one of its own, and all go by the same name."""
    spec = importlib.util.spec_from_file_location("some_conftest", ROOT / folder / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_slow_proofs_exist() -> None:
    for name in conftest("proofs").SLOW:
        file, _, function = name.partition("::")
        assert f"def {function}(" in (ROOT / "proofs" / file).read_text(encoding="utf-8"), name


def test_modules_whose_shapes_are_checked_are_leaves_without_kernels() -> None:
    names = conftest(".").checked_modules()
    assert "expressivity.automaton.automaton" in names
    assert not [name for name in names if name.endswith("_kernels") or name.startswith("expressivity.checker.")]
    packages = {".".join(path.parent.relative_to(ROOT).parts) for path in (ROOT / "expressivity").rglob("__init__.py")}
    assert packages & {"expressivity.relational", "expressivity.verification"}
    assert not packages & set(names)


def test_shapes_are_checked(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--shapes"):
        pytest.skip("shapes are checked with --shapes; CI has such a run")
    import numpy as np
    from jaxtyping import TypeCheckError

    from expressivity.automaton import Automaton

    with pytest.raises(TypeCheckError):
        Automaton(np.zeros((1, 2), dtype=np.int32), 0, np.zeros(3, dtype=bool), ("a",))
