"""The modes of a linear recurrence: eigenvalues with block sizes, and the real functions of time that they span."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Complex128, Float64, Int

from expressivity.spectral.least_squares import solve
from expressivity.spectral.series import Series


@dataclass(frozen=True, eq=False)
class Modes:
    """Eigenvalues in real-modal form: a real one is a block of size m, a complex one stands for a conjugate pair.

    A mode (λ, m) contributes the functions C(t, j) λ^(t−j), j < m, and for a complex λ their real and imaginary
    parts: exactly what a real Jordan block run from any start without a zero entry spans.

    Arguments:
        eigenvalues: λ, imaginary part not negative.
        sizes: m, at least 1.

    Source: Stolzenburg et al., Properties 3 and 4.
    """

    eigenvalues: Complex128[np.ndarray, " mode"]
    sizes: Int[np.ndarray, " mode"]

    @property
    def widths(self) -> Int[np.ndarray, " mode"]:
        """Real units of each mode: m for a real eigenvalue, 2m for a conjugate pair."""
        widths: np.ndarray = np.where(self.eigenvalues.imag > 0, 2, 1) * self.sizes
        return widths

    @property
    def order(self) -> int:
        """Real units altogether."""
        return int(self.widths.sum())

    def chosen(self, which: Int[np.ndarray, " chosen"]) -> Modes:
        """Some of the modes, in the order given."""
        return Modes(self.eigenvalues[which], self.sizes[which])

    def spectrum(self) -> Complex128[np.ndarray, " order"]:
        """All eigenvalues, conjugates and repetitions written out."""
        parts = []
        for value, size in zip(self.eigenvalues, self.sizes, strict=True):
            parts += [value] * int(size) + ([np.conj(value)] * int(size) if value.imag > 0 else [])
        return np.array(parts, dtype=np.complex128)

    def basis(self, times: Int[np.ndarray, " time"]) -> Float64[np.ndarray, "time order"]:
        """The functions of time, mode after mode; for a complex mode real and imaginary part alternate."""
        columns = []
        for value, size in zip(self.eigenvalues, self.sizes, strict=True):
            for j in range(int(size)):
                function = jordan_function(complex(value), j, times)
                columns += [function.real, function.imag] if value.imag > 0 else [function.real]
        if not columns:
            return np.zeros((len(times), 0))
        return np.stack(columns, axis=1)


def jordan_function(value: complex, j: int, times: Int[np.ndarray, " time"]) -> Complex128[np.ndarray, " time"]:
    """C(t, j) λ^(t−j), which is 0 for t < j."""
    shifted = times - j
    inside = shifted >= 0
    power = np.zeros(len(times), dtype=np.complex128)
    modulus, angle = abs(value), np.angle(value)
    with np.errstate(over="ignore"):
        if modulus == 0:
            power[shifted == 0] = 1
        elif value.imag == 0:
            # Powers of a real number have no angle to lose digits in.
            power[inside] = np.power(value.real, shifted[inside].astype(np.float64))
        else:
            growth = np.power(modulus, shifted[inside].astype(np.float64))
            power[inside] = growth * np.exp(1j * (angle * shifted[inside]))
        binomial = np.ones(len(times))
        for i in range(j):
            binomial = binomial * (times - i) / (i + 1)
        result: np.ndarray = power * np.where(inside, binomial, 0.0)
    return result


def modes_of(spectrum: Complex128[np.ndarray, " eigenvalue"], *, delta: float = 0.0) -> Modes:
    """Eigenvalues of a real matrix → modes, clustered by single linkage.

    Eigenvalues nearer to each other than δ become one block at their mean, of their number's size. A rounding error
    splits an eigenvalue of block size m into m that lie about ε^(1/m) apart, which is what clustering undoes.

    Arguments:
        spectrum: eigenvalues, closed under conjugation.
        delta: largest gap inside a cluster; 0 for no clustering.

    Returns:
        The modes, sorted by falling modulus.

    Source: Stolzenburg et al., Section 4 (single linkage with threshold δ).
    """
    labels = np.arange(len(spectrum))
    if delta > 0 and len(spectrum) > 1:
        from scipy.cluster.hierarchy import fcluster, linkage

        tree = linkage(np.stack([spectrum.real, spectrum.imag], axis=1), method="single")
        labels = fcluster(tree, delta, criterion="distance")
    values, sizes = [], []
    for label in np.unique(labels):
        members = spectrum[labels == label]
        centre = complex(members.mean())
        # Conjugate eigenvalues in one cluster have a real mean up to rounding; a pair of clusters is kept once.
        both = bool(np.any(members.imag < 0) and np.any(members.imag > 0)) or bool(np.all(members.imag == 0))
        if both:
            values.append(complex(centre.real))
        elif centre.imag > 0:
            values.append(centre)
        else:
            continue
        sizes.append(len(members))
    order = np.argsort([-abs(value) for value in values], kind="stable")
    return Modes(np.array(values, dtype=np.complex128)[order], np.array(sizes, dtype=np.int64)[order])


@dataclass(frozen=True, eq=False)
class ModalModel:
    """Series as combinations of modes: f(t) = readout · basis(t).

    Arguments:
        modes: what the series have in common.
        readouts: for each series, shape (order, output).
    """

    modes: Modes
    readouts: tuple[Float64[np.ndarray, "order output"], ...]

    @property
    def order(self) -> int:
        """Units of the recurrence."""
        return self.modes.order

    def values(self, times: Int[np.ndarray, " time"], *, series: int = 0) -> Float64[np.ndarray, "time output"]:
        """The model's values at the given times."""
        result: np.ndarray = self.modes.basis(times) @ self.readouts[series]
        return result


def fit_modes(modes: Modes, series: Series) -> ModalModel:
    """The modes with the readouts that fit each series best in the least-squares sense."""
    return ModalModel(modes, tuple(solve(modes.basis(np.arange(len(one))), one) for one in series))
