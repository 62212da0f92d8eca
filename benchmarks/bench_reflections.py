"""The table of least reflection counts: group × letters → n_h, dimension, field, with exact certificates and times.

Run `python benchmarks/bench_reflections.py`. Every line is a proof: the count is an exhaustive search over characters,
the matrices are certified as a faithful homomorphism, and each letter is factored into rank(I − ρ) reflections.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from expressivity.algebra.groups.permutation_group import PermutationGroup
from expressivity.algebra.representations.reflection_factors import reflection
from expressivity.algebra.representations.reflections import minimal_reflections
from expressivity.exact import identity


def cycle(points: int, *cycles: Sequence[int]) -> list[int]:
    images = list(range(points))
    for one in cycles:
        for i, point in enumerate(one):
            images[point] = one[(i + 1) % len(one)]
    return images


def groups() -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """Generators under the name of the group, several kinds where more than one is natural."""
    for n in (3, 4, 5):
        swaps = [cycle(n, (i, i + 1)) for i in range(n - 1)]
        yield f"S{n}", {"adjacent swaps": np.array(swaps), "cycle, swap": np.array([cycle(n, range(n)), swaps[0]])}
    yield "A4", {"3-cycles": np.array([cycle(4, (0, 1, 2)), cycle(4, (1, 2, 3))])}
    yield "A5", {"5- and 3-cycle": np.array([cycle(5, range(5)), cycle(5, (0, 1, 2))])}
    for m in range(3, 7):
        rotation, mirror = cycle(m, range(m)), [-i % m for i in range(m)]
        other = [(1 - i) % m for i in range(m)]
        yield f"D{m}", {"rotation, mirror": np.array([rotation, mirror]), "two mirrors": np.array([mirror, other])}
    for m in range(2, 7):
        yield f"Z{m}", {"one step": np.array([cycle(m, range(m))])}
    yield "Q8", {"i, j": np.array([[1, 2, 3, 0, 5, 6, 7, 4], [4, 7, 6, 5, 2, 1, 0, 3]])}
    step = [(x + 1) % 7 for x in range(7)] + [7]
    turn = [7] + [-pow(x, -1, 7) % 7 for x in range(1, 7)] + [0]
    yield "PSL(2,7)", {"x+1, -1/x": np.array([step, turn])}


def main() -> None:
    print(f"{'group':9} {'letters':22} {'n_h':>3} {'dim':>3}  {'field N':>7} {'orthogonal':10} {'seconds':>8}")
    for name, kinds in groups():
        group = PermutationGroup(next(iter(kinds.values())))
        for label, letters in {**kinds, f"all {group.order()}": group.elements()}.items():
            start = time.perf_counter()
            found = minimal_reflections(group, letters)
            certificate = found.certificate
            for x in range(len(letters)):
                normals = found.normals(x)
                product = identity(found.dimension)
                for k in range(len(normals)):
                    product = product @ reflection(normals[k], form=None if found.orthonormal else found.form)
                if not product.equals(found.matrices[x]) or len(normals) != found.ranks[x]:
                    raise AssertionError(f"{name}, letter {x}: the reflections do not multiply out")
            print(
                f"{name:9} {label:22} {found.count:>3} {found.dimension:>3}  {certificate.conductor:>7} "
                f"{certificate.dot_product!s:10} {time.perf_counter() - start:8.2f}"
            )


if __name__ == "__main__":
    main()
