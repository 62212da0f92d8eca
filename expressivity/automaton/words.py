"""Turns words, as users write them, into letter numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int, UInt

from expressivity.errors import LanguageError

Word = str | Sequence[str]
"""A word as users write it: a string when every letter is one character, else a sequence of letter names."""

_ENCODED_BY_TABLE_FROM = 1_000  # characters from which one vectorised look-up beats a dictionary


def encode_word(word: Word, letters: Sequence[str]) -> Int[np.ndarray, " time"]:
    """Letter numbers of a word over an alphabet.

    Arguments:
        word: a string (every letter one character), or a sequence of letter names.
        letters: the alphabet.

    Raises:
        LanguageError: naming the first letter that is not in the alphabet.
    """
    if isinstance(word, str) and len(word) >= _ENCODED_BY_TABLE_FROM:
        codes, known = character_codes(word), letter_of_code(letters)
        encoded: np.ndarray = np.take(known, codes, mode="clip")
        wrong = np.flatnonzero(encoded < 0)
        if len(wrong):
            raise not_a_letter(word[wrong[0]], word, letters)
        return encoded
    numbers = {letter: x for x, letter in enumerate(letters)}
    try:
        return np.fromiter((numbers[letter] for letter in word), dtype=np.int64, count=len(word))
    except KeyError as error:
        raise not_a_letter(error.args[0], word, letters) from None


def not_a_letter(letter: str, word: Word, letters: Sequence[str]) -> LanguageError:
    """The error that a letter of a word is not in the alphabet."""
    hint = ""
    if isinstance(word, str) and any(len(name) > 1 for name in letters):
        hint = "; letters have long names here, so write the word as a list of letter names"
    return LanguageError(f"letter {letter!r} is not in the alphabet {{{', '.join(letters)}}}{hint}")


def character_codes(word: str) -> UInt[np.ndarray, " time"]:
    """The characters' code points; one byte each where that is enough, since copying is what costs."""
    if word.isascii():
        return np.frombuffer(word.encode("ascii"), dtype=np.uint8)
    return np.frombuffer(word.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def letter_of_code(letters: Sequence[str]) -> Int[np.ndarray, " code"]:
    """Letter number of each code point, −1 where none; the last entry is −1 and stands for all that follow."""
    codes = {ord(letter): x for x, letter in enumerate(letters) if len(letter) == 1}
    numbers = np.full(max(codes, default=0) + 2, -1, dtype=np.int64)
    numbers[list(codes)] = list(codes.values())
    return numbers
