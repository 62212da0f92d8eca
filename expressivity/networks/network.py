"""A linear RNN as a table: a stack of layers over a finite alphabet that accepts or rejects every prefix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from expressivity.automaton import Word, encode_word
from expressivity.errors import NetworkError
from expressivity.networks.forward import run_layers
from expressivity.networks.layer import Layer
from expressivity.networks.storage import read_layers, write_layers


@dataclass(frozen=True, eq=False)
class Network:
    """A stack of layers; the answer of each layer is the letter of the next, the last answers 1 (accept) or 0.

    Arguments:
        letters: the alphabet.
        layers: the first layer reads the alphabet (plus the beginning-of-sequence letter, last, when `bos`).
        accepts_empty: verdict on the empty word when there is no beginning-of-sequence letter.
        bos: whether a beginning-of-sequence letter is fed before every word; the answer to it is the verdict on the
            empty word. Real layers start from a zero state and write their start state this way.
        family: name of the architecture family the network was compiled into, or "".
        about: free text: how it was made.

    Raises:
        NetworkError: listing every mismatch between neighbouring layers.
    """

    letters: tuple[str, ...]
    layers: tuple[Layer, ...]
    accepts_empty: bool = False
    bos: bool = False
    family: str = ""
    about: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        problems = []
        if not self.layers:
            problems.append("it has no layer")
        if not self.letters or len(set(self.letters)) != len(self.letters):
            problems.append(f"the alphabet {list(self.letters)} is empty or repeats a letter")
        below = len(self.letters) + int(self.bos)
        for number, layer in enumerate(self.layers):
            if layer.symbols != below or layer.letters != below * (1 + layer.delay * below):
                problems.append(f"layer {number} reads {layer.symbols} symbols but {below} come from below")
            below = layer.readout.outputs
        if below != 2:
            problems.append(f"the last layer has {below} different answers; expected 2 (reject, accept)")
        if problems:
            raise NetworkError("not a network: " + "; ".join(problems))

    def __repr__(self) -> str:
        family = f" {self.family}" if self.family else ""
        return f"Network({len(self.layers)} layers{family}, widths {self.widths}, factors {self.factors})"

    @property
    def widths(self) -> tuple[int, ...]:
        """Numbers held in the state of each layer."""
        return tuple(layer.size for layer in self.layers)

    @property
    def factors(self) -> int | None:
        """Largest number of generalised Householder factors any layer spends on a letter; None if a layer has none."""
        counts = [count for layer in self.layers if (count := layer.transition.factors) is not None]
        return max(counts) if len(counts) == len(self.layers) else None

    def run(self, words: Sequence[Word] | Int[np.ndarray, "batch time"]) -> Bool[np.ndarray, "batch time"]:
        """Verdict after every letter of every word, in float64.

        Weights and states are float64 and each step is one dense matrix product, so the run is exact as long as the
        states lie on a lattice float64 holds (all dyadic constructions); otherwise rounding errors accumulate, and
        `expressivity.verify` is the place to ask what they do.

        Arguments:
            words: words of any lengths; or letter numbers of shape (batch, time), −1 after the end of a word.

        Returns:
            Flags of shape (batch, longest word), False after the end of a word.

        Raises:
            LanguageError: naming a letter outside the alphabet.
        """
        return self._flags(self._encode(words))

    def accepts(self, words: Sequence[Word] | Int[np.ndarray, "batch time"]) -> Bool[np.ndarray, " batch"]:
        """Verdict on every whole word (the empty word included), in float64; arguments as in `run`."""
        encoded = self._encode(words)
        lengths = (encoded >= 0).sum(axis=1)
        empty = np.full((len(encoded), 1), self._empty_verdict())
        verdicts = np.concatenate([empty, self._flags(encoded)], axis=1)
        whole: np.ndarray = verdicts[np.arange(len(encoded)), lengths]
        return whole

    def _encode(self, words: Sequence[Word] | np.ndarray) -> np.ndarray:
        if isinstance(words, np.ndarray):
            if words.ndim != 2 or not np.issubdtype(words.dtype, np.integer):
                raise NetworkError(
                    f"letter numbers of shape {words.shape}, type {words.dtype}; expected integers (batch, time)"
                )
            lowest, highest = (int(words.min()), int(words.max())) if words.size else (0, 0)
            if not -1 <= lowest <= highest < len(self.letters):
                raise NetworkError(
                    f"letter numbers from {lowest} to {highest}; "
                    f"expected 0 to {len(self.letters) - 1}, and −1 for padding"
                )
            if lowest < 0 and np.any((words[:, 1:] >= 0) & (words[:, :-1] < 0)):
                raise NetworkError("a letter follows −1; padding may stand only after the end of a word")
            return words
        if isinstance(words, str):
            raise NetworkError(f"run takes a list of words; for one word write [{words!r}]")
        encoded = [encode_word(word, self.letters) for word in words]
        padded = np.full((len(encoded), max((len(w) for w in encoded), default=0)), -1, dtype=np.int64)
        for row, letters in zip(padded, encoded, strict=True):
            row[: len(letters)] = letters
        return padded

    def _flags(self, encoded: np.ndarray) -> np.ndarray:
        """Verdicts after every letter of encoded words."""
        first = len(self.letters) if self.bos else None
        flags: np.ndarray = run_layers(self.layers, encoded, first=first) == 1
        return flags

    def _empty_verdict(self) -> bool:
        if not self.bos:
            return self.accepts_empty
        return bool(run_layers(self.layers, np.array([[len(self.letters)]]))[0, 0] == 1)

    def save(self, path: str | Path) -> None:
        """Write the network as a safetensors file with metadata, atomically; see `Network.load`."""
        header = {
            "letters": list(self.letters),
            "accepts_empty": self.accepts_empty,
            "bos": self.bos,
            "family": self.family,
            "about": self.about,
        }
        write_layers(Path(path), self.layers, header)

    @classmethod
    def load(cls, path: str | Path) -> Network:
        """Read a network written by `save`.

        Raises:
            NetworkError: when the file is missing, corrupt, or not a network of this library.
        """
        layers, header = read_layers(Path(path))
        try:
            return cls(
                tuple(header["letters"]),
                layers,
                accepts_empty=bool(header["accepts_empty"]),
                bos=bool(header["bos"]),
                family=str(header["family"]),
                about=str(header["about"]),
            )
        except (KeyError, TypeError) as error:
            raise NetworkError(
                f"{path} lacks a part of its header ({error!r}); write it again with `compile -o`"
            ) from None


def require_network(value: Any) -> None:
    """Refuse what is no network, the name of a file with one included.

    Raises:
        NetworkError: naming the value and what to give instead.
    """
    if isinstance(value, str | Path):
        raise NetworkError(
            f"{str(value)!r} is a name, not a network; to read a file, give ex.Network.load({str(value)!r})"
        )
    if not isinstance(value, Network):
        raise NetworkError(f"{value!r} is no network; give an ex.Network, as ex.compile returns it")
