"""The cache of machine code: shared by equal sources, never used for others."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from subprocess import PIPE, Popen

from expressivity import compiled

ROOT = Path(__file__).resolve().parents[1]

# Two kernels, one of which calls the other from another file: what numba's own cache does not see change.
INNER = """
from expressivity.compiled import compiled

@compiled(forceinline=True)
def inner(x):
    return x + 1
"""
OUTER = """
from expressivity.compiled import compiled
from expressivity.inner_kernels import inner

@compiled()
def outer(x):
    return 10 * inner(x)
"""
PROGRAM = """
from expressivity.outer_kernels import outer
print(outer(1), sum(outer.stats.cache_hits.values()), sum(outer.stats.cache_misses.values()))
"""


def checkout(folder: Path, *, inner: str = INNER) -> Path:
    """A package with the two kernels and what compiles them."""
    package = folder / "expressivity"
    package.mkdir(parents=True)
    for name in ("compiled.py", "errors.py", "files.py"):
        shutil.copy(ROOT / "expressivity" / name, package)
    (package / "__init__.py").write_text("")
    (package / "inner_kernels.py").write_text(inner)
    (package / "outer_kernels.py").write_text(OUTER)
    return folder


def started(program: str, folder: Path, cache: Path) -> Popen[str]:
    """A process that runs a program on the kernels of a checkout."""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(folder)}
    return Popen([sys.executable, "-c", program], env=environment, stdout=PIPE, stderr=PIPE, text=True, cwd=folder)


def run(folder: Path, cache: Path) -> list[int]:
    """What `outer(1)` is in a checkout, and how many signatures were found in the cache and how many were not."""
    process = started(PROGRAM, folder, cache)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return [int(number) for number in out.split()]


def test_equal_sources_share_and_a_changed_inner_kernel_is_noticed(tmp_path) -> None:
    cache = tmp_path / "cache"
    first = checkout(tmp_path / "first")
    assert run(first, cache) == [20, 0, 1]
    assert run(first, cache) == [20, 1, 0]
    assert run(checkout(tmp_path / "second"), cache) == [20, 1, 0]
    (first / "expressivity" / "inner_kernels.py").write_text(INNER.replace("x + 1", "x + 2"))
    assert run(first, cache) == [30, 0, 1]


def test_signatures_compiled_at_once_keep_their_own_code(tmp_path) -> None:
    """Numba's own index gave one of them the other's code when two processes saved in turns: `outer(1.5)` was 20.

    It may be why a proof (`dyadic_keys_are_exact`) failed once, in a run of two workers that began without a cache.
    """
    folder, cache = checkout(tmp_path / "checkout"), tmp_path / "cache"
    running = [started(PROGRAM.replace("outer(1)", call), folder, cache) for call in ("outer(1)", "outer(1.5)")]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    assert len(list(cache.rglob("outer*.nbc"))) == 2
    both = started(PROGRAM.replace("outer(1)", "outer(1), outer(1.5)"), folder, cache)
    out, err = both.communicate(timeout=120)
    assert (out.split(), err) == (["20", "25.0", "2", "0"], "")


def test_a_damaged_file_is_compiled_again(tmp_path) -> None:
    folder, cache = checkout(tmp_path / "checkout"), tmp_path / "cache"
    run(folder, cache)
    for file in cache.rglob("*.nbc"):
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert run(folder, cache) == [20, 0, 1]
    assert run(folder, cache) == [20, 1, 0]


def test_a_file_in_the_place_of_the_folder_only_costs_time(tmp_path) -> None:
    (tmp_path / "cache").write_text("")
    assert run(checkout(tmp_path / "checkout"), tmp_path / "cache") == [20, 0, 1]


def test_old_folders_go_when_a_new_one_comes(tmp_path) -> None:
    cache = tmp_path / "cache"
    old, recent = cache / "kernels" / "old", cache / "kernels" / "recent"
    for folder, days in ((old, 40), (recent, 3)):
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - days * 86_400,) * 2)
    run(checkout(tmp_path / "checkout"), cache)
    assert not old.exists()
    assert recent.exists()
    assert len(list((cache / "kernels").iterdir())) == 2


def test_every_source_counts(tmp_path) -> None:
    package = checkout(tmp_path / "checkout") / "expressivity"
    digests = [compiled.sources_digest(package)]
    for name in ("inner_kernels.py", "outer_kernels.py", "compiled.py"):
        (package / name).write_text((package / name).read_text() + "\n")
        digests.append(compiled.sources_digest(package))
    (package / "inner_kernels.py").rename(package / "other_kernels.py")
    digests.append(compiled.sources_digest(package))
    assert len(set(digests)) == len(digests)


def test_without_sources_nothing_is_kept(tmp_path) -> None:
    assert compiled.sources_digest(tmp_path) is None
