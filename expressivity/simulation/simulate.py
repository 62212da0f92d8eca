"""Words in, verdicts out, in any arithmetic: in a finite one what hardware that evaluates in its order gives.

The orders of evaluation are stated in `programs` and `exact_then_cast`, bit for bit. NaN and infinities arise and
propagate as the format's rules say (see `arithmetic.formats`); a read-out block that meets one decodes to its code 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int

from expressivity.arithmetic.rounding import Engine, use_compiled
from expressivity.arithmetic.spec import Arithmetic, parse_arithmetic
from expressivity.automaton import Word, encode_word
from expressivity.errors import FormatError, NetworkError
from expressivity.exact import ExactArray
from expressivity.networks.network import Network, require_network
from expressivity.simulation.exact_then_cast import ORDER
from expressivity.simulation.layers import RoundedLayer
from expressivity.simulation.machine import machine
from expressivity.simulation.packed import PackedLayers, Settled, Trouble, pack
from expressivity.simulation.packed_kernels import COORDINATES, FIRST_BLOCK, FIRST_NUMBER
from expressivity.simulation.programs import runnable

Vectors = Float64[np.ndarray, "batch _"] | ExactArray  # of one layer; layers have widths of their own
"""States, one a row: float64 numbers of the state format, or exact numbers."""


def simulate(
    network: Network,
    words: Sequence[Word] | Int[np.ndarray, "batch time"],
    arithmetic: Arithmetic | str,
    *,
    rng: np.random.Generator | None = None,
    engine: Engine = "auto",
) -> Bool[np.ndarray, "batch time"]:
    """Verdict after every letter of every word, every operation rounded.

    Arguments:
        network: the network; its weights are rounded to the weight format first.
        words: words of any lengths; or letter numbers of shape (batch, time), −1 after the end of a word.
        arithmetic: as `parse_arithmetic` reads it, such as "bf16/per-operation" or "exact".
        rng: generator, needed for stochastic rounding.
        engine: `numpy` or `compiled` to force a path; both give the same bits.

    Returns:
        Flags of shape (batch, longest word), False after the end of a word.

    Raises:
        FormatError: for an arithmetic that networks are not run in, or stochastic rounding without rng.
        LanguageError: naming a letter outside the alphabet.
    """
    return _run(network, words, arithmetic, rng, engine).verdicts


def final_states(
    network: Network,
    words: Sequence[Word] | Int[np.ndarray, "batch time"],
    arithmetic: Arithmetic | str,
    *,
    rng: np.random.Generator | None = None,
    engine: Engine = "auto",
) -> list[Vectors]:
    """The state of every layer after each whole word, as it is read out; arguments as in `simulate`."""
    return list(_run(network, words, arithmetic, rng, engine).states)


@dataclass(frozen=True, eq=False)
class _Run:
    verdicts: np.ndarray
    states: tuple[Vectors, ...]


def _run(
    network: Network,
    words: Sequence[Word] | np.ndarray,
    arithmetic: Arithmetic | str,
    rng: np.random.Generator | None,
    engine: Engine,
) -> _Run:
    require_network(network)
    model = parse_arithmetic(arithmetic) if isinstance(arithmetic, str) else arithmetic
    if model.rounding == "stochastic" and model.order != ORDER:
        model = runnable(model)
        if not isinstance(rng, np.random.Generator):
            raise FormatError(
                f"arithmetic {str(model)!r} rounds at random and got rng={rng!r}; pass "
                "rng=numpy.random.default_rng(seed)"
            )
        return _run_rounded(network, [RoundedLayer(layer, model) for layer in network.layers], words, rng, engine)
    made = machine(network, model, strict=False)
    if made.rounded is not None:
        return _run_rounded(network, made.rounded, words, None, engine)
    if engine == "compiled":
        raise FormatError(f"arithmetic {str(model)!r} has no compiled path; choose engine='auto'")
    letters = encode_words(network, words)
    row, _ = made.start()
    rows = np.repeat(row, len(letters), axis=0)
    verdicts = np.zeros(letters.shape, dtype=np.bool_)
    for t in range(letters.shape[1]):
        live = np.flatnonzero(letters[:, t] >= 0)
        moved, verdicts[live, t] = made.step(rows[live], letters[live, t])
        rows = rows.astype(np.result_type(rows, moved), copy=False)
        rows[live] = moved
    return _Run(verdicts, made.vectors(rows))


def _run_rounded(
    network: Network,
    layers: list[RoundedLayer],
    words: Sequence[Word] | np.ndarray,
    rng: np.random.Generator | None,
    engine: Engine,
) -> _Run:
    letters = encode_words(network, words)
    if network.bos:
        first = np.full((len(letters), 1), len(network.letters), dtype=np.int64)
        letters = np.concatenate([first, letters], axis=1)
    packed = None
    work = letters.size * sum(len(rounded.program.instructions) for rounded in layers)
    if use_compiled(engine, work // 8):
        packed = pack(layers)
    if packed is None and engine == "compiled":
        raise FormatError(f"arithmetic {str(layers[0].arithmetic)!r} has no compiled path; choose engine='auto'")
    states, previous = start_rows(network, layers, len(letters))
    run = _run_compiled(layers, packed, states, previous, letters) if packed is not None else None
    verdicts, ends = run or _run_numpy(layers, states, previous, letters, rng)
    # Beside its state a layer may hold numbers of its own, such as the transitions of a chunk: they come after it.
    widths = zip(row_borders(layers), network.layers, strict=False)
    parts = tuple(ends[:, low : low + layer.size] for low, layer in widths)
    return _Run(verdicts[:, 1:] if network.bos else verdicts, parts)


def encode_words(network: Network, words: Sequence[Word] | np.ndarray) -> Int[np.ndarray, "batch time"]:
    """Letter numbers of words, padded with −1.

    Raises:
        LanguageError: naming a letter outside the alphabet.
        NetworkError: for letter numbers that are none, or one word instead of a list of words.
    """
    if isinstance(words, np.ndarray):
        if words.ndim != 2 or not np.issubdtype(words.dtype, np.integer):
            raise NetworkError(
                f"letter numbers of shape {words.shape}, type {words.dtype}; expected integers (batch, time)"
            )
        if words.size and not -1 <= words.min() <= words.max() < len(network.letters):
            raise NetworkError(
                f"letter numbers from {words.min()} to {words.max()}; expected 0 to {len(network.letters) - 1}, "
                "and −1 for padding"
            )
        if np.any((words >= 0) & ~np.minimum.accumulate(words >= 0, axis=1)):
            raise NetworkError("a letter follows −1; padding may stand only after the end of a word")
        return words.astype(np.int64)
    if isinstance(words, str):
        raise NetworkError(f"simulate takes a list of words; for one word write [{words!r}]")
    encoded = [encode_word(word, network.letters) for word in words]
    padded = np.full((len(encoded), max((len(w) for w in encoded), default=0)), -1, dtype=np.int64)
    for row, numbers in zip(padded, encoded, strict=True):
        row[: len(numbers)] = numbers
    return padded


def row_borders(layers: Sequence[RoundedLayer]) -> list[int]:
    """Where each layer's numbers begin in a row of all layers, and where the last one's end."""
    return [0, *np.cumsum([rounded.program.size for rounded in layers]).tolist()]


def start_rows(
    network: Network, layers: Sequence[RoundedLayer], batch: int
) -> tuple[Float64[np.ndarray, "batch width"], Int[np.ndarray, "batch layer"]]:
    """States of all layers side by side before the first letter, and each layer's previous symbol."""
    row = np.concatenate([rounded.program.start for rounded in layers])
    past = np.array([layer.symbols for layer in network.layers], dtype=np.int64)
    return np.repeat(row[None], batch, axis=0), np.repeat(past[None], batch, axis=0)


def step_rows(
    layers: Sequence[RoundedLayer],
    states: Float64[np.ndarray, "batch width"],
    previous: Int[np.ndarray, "batch layer"],
    letters: Int[np.ndarray, " batch"],
    *,
    rng: np.random.Generator | None = None,
) -> tuple[Float64[np.ndarray, "batch width"], Int[np.ndarray, "batch layer"], Int[np.ndarray, " batch"]]:
    """One letter for a batch of stacks: states, previous symbols, and the last layer's answers (NumPy)."""
    parts, pasts = [], previous.copy()
    symbols = letters
    low = 0
    for number, rounded in enumerate(layers):
        read = symbols
        if rounded.layer.delay:
            read = symbols + rounded.layer.symbols * previous[:, number]
            pasts[:, number] = symbols
        high = low + rounded.program.size
        part = rounded.advance(states[:, low:high], read, rng=rng)
        symbols = rounded.answers(part, read)
        parts.append(part)
        low = high
    return np.concatenate(parts, axis=1), pasts, symbols


def _run_numpy(
    layers: Sequence[RoundedLayer],
    states: np.ndarray,
    previous: np.ndarray,
    letters: np.ndarray,
    rng: np.random.Generator | None,
) -> tuple[np.ndarray, np.ndarray]:
    verdicts = np.zeros(letters.shape, dtype=np.bool_)
    for t in range(letters.shape[1]):
        live = np.flatnonzero(letters[:, t] >= 0)
        states[live], previous[live], answers = step_rows(
            layers, states[live], previous[live], letters[live, t], rng=rng
        )
        verdicts[live, t] = answers == 1
    return verdicts, states


def _run_compiled(
    layers: Sequence[RoundedLayer],
    packed: PackedLayers,
    states: np.ndarray,
    previous: np.ndarray,
    letters: np.ndarray,
) -> tuple[np.ndarray, np.ndarray] | None:
    """The compiled run; None where its loops decide no state: an exact sum too wide for them, a NaN without a place."""
    from expressivity.simulation import machine_kernels

    settled = SettledCodes(layers, packed)
    while True:
        verdicts = np.zeros(letters.shape, dtype=np.int64)
        ends, pasts = states.copy(), previous.copy()
        status = machine_kernels.run_words(packed, ends, pasts, letters, verdicts, settled.known, settled.trouble)
        if status == machine_kernels.STEPPED:
            return verdicts == 1, ends
        if status == machine_kernels.UNDECIDED_STATE:
            return None
        settled.settle()


class SettledCodes:
    """Read-outs that the compiled loops could not decide, decided exactly: rare ties between code points.

    Arguments:
        layers: the layers.
        packed: the same, packed.
    """

    def __init__(self, layers: Sequence[RoundedLayer], packed: PackedLayers) -> None:
        self.layers, self.packed = layers, packed
        widest = int(packed.blocks[:, COORDINATES].max()) if len(packed.blocks) else 0
        self.known = Settled(np.zeros((0, 1 + widest)), np.zeros(0, dtype=np.int64))
        self.trouble = Trouble(np.zeros(3, dtype=np.int64), np.zeros(int(packed.layers[-1, FIRST_NUMBER])))

    def settle(self) -> None:
        """Decide the read-out in trouble, and remember it."""
        _, layer, block = self.trouble.place.tolist()
        decoder = self.layers[layer].decoders[block]
        begin = int(self.packed.layers[layer, FIRST_NUMBER])
        part = self.trouble.row[begin + decoder.coordinates]
        row = np.zeros((1, self.known.parts.shape[1]))
        row[0, 0] = self.packed.layers[layer, FIRST_BLOCK] + block
        row[0, 1 : 1 + len(part)] = part
        parts = np.concatenate([self.known.parts, row])
        self.known = Settled(parts, np.append(self.known.codes, decoder.exactly(part)))
