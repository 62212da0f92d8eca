"""Turns a regular expression into its minimal automaton.

The syntax is the common core: `ab` (concatenation), `|`, `*`, `+`, `?`, `{m}`, `{m,n}`, `{m,}`, `{,n}`, `( )`, `.`
(any letter), classes `[abc]`, `[a-z]`, `[^ab]`, `\\d`, `\\w`, `\\s`, and a backslash before a character that is meant
literally; besides, `&` (intersection) and `^` (shuffle, that is interleaving). `()` is the empty word. `|`, `&` and `^`
bind equally weakly and associate to the left. A pattern always describes whole words, so there are no anchors.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field

from expressivity.automaton import Automaton
from expressivity.errors import LanguageError

_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_SHORTHAND = {
    "d": frozenset(string.digits),
    "w": frozenset(string.ascii_letters + string.digits + "_"),
    "s": frozenset(string.whitespace),
}
# Letters are handed to automata-lib under code points of a private-use area, where nothing is syntax.
_PRIVATE = 0xE000


@dataclass(frozen=True)
class _Token:
    """A piece of a pattern: an operator by its own text, or `letters` (a set of single letters)."""

    kind: str
    position: int
    named: frozenset[str] = frozenset()  # letters written out: they belong to the alphabet
    ranged: frozenset[str] = frozenset()  # letters of ranges and shorthands: only those in the alphabet count
    negated: bool = False
    bounds: tuple[int, int | None] = field(default=(0, None))


def from_regex(pattern: str, alphabet: str | Sequence[str] | None = None) -> Automaton:
    """The minimal complete automaton of a regular expression.

    Arguments:
        pattern: the expression; see the head of this module for the syntax.
        alphabet: the letters, each one character, in the order wanted. The default is the letters the pattern mentions,
            sorted; the digits in `{2,3}` are not letters.

    Raises:
        LanguageError: naming what is malformed, its position (counted from 1) and the remedy.

    Source: the automaton is built by automata-lib (Thompson's construction and subsets), then minimised.
    """
    if not isinstance(pattern, str):
        raise LanguageError(f"the pattern {pattern!r} is a {type(pattern).__name__}; expected a string")
    tokens = _scan(pattern)
    letters = _alphabet(pattern, tokens, alphabet)
    _validate(pattern, tokens)

    from automata.fa.nfa import NFA

    order = sorted(letters)
    hidden = {letter: chr(_PRIVATE + x) for x, letter in enumerate(order)}
    nfa = NFA.from_regex(_rewrite(tokens, hidden), input_symbols=set(hidden.values()))
    found = Automaton.from_nfa(nfa)
    named = Automaton(found.table, found.start, found.accepting, tuple(order))
    return named if tuple(order) == letters else named.with_letters(letters).reachable()


def _fault(pattern: str, position: int, text: str) -> LanguageError:
    return LanguageError(f"malformed regular expression {pattern!r}, position {position + 1}: {text}")


def _scan(pattern: str) -> list[_Token]:
    """Cut a pattern into tokens."""
    tokens: list[_Token] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character in "()|&^*+?":
            if character == "?" and tokens and tokens[-1].kind == "(":
                raise _fault(pattern, at, "'(?' is not supported; write a plain group '(…)'")
            tokens.append(_Token(character, at))
            at += 1
        elif character == ".":
            tokens.append(_Token("letters", at, negated=True))
            at += 1
        elif character == "[":
            token, at = _scan_class(pattern, at)
            tokens.append(token)
        elif character == "{":
            token, at = _scan_bounds(pattern, at)
            tokens.append(token)
        elif character in "]}":
            raise _fault(pattern, at, f"{character!r} closes nothing; write '\\{character}' for the letter")
        elif character == "$":
            raise _fault(pattern, at, "a pattern always describes whole words: leave '$' out, or write '\\$' (letter)")
        elif character == "\\":
            named, ranged, after = _scan_escape(pattern, at)
            tokens.append(_Token("letters", at, named, ranged))
            at = after
        else:
            tokens.append(_Token("letters", at, frozenset(character)))
            at += 1
    return tokens


def _scan_escape(pattern: str, at: int) -> tuple[frozenset[str], frozenset[str], int]:
    """The letters named and ranged over by an escape, and the position after it."""
    if at + 1 == len(pattern):
        raise _fault(pattern, at, "nothing follows the backslash; write '\\\\' for the letter backslash")
    character = pattern[at + 1]
    if character in _SHORTHAND:
        return frozenset(), _SHORTHAND[character], at + 2
    if character in _CONTROL:
        return frozenset(_CONTROL[character]), frozenset(), at + 2
    if character.isalnum():
        known = ", ".join("\\" + name for name in (*_SHORTHAND, *_CONTROL))
        raise _fault(pattern, at, f"the escape '\\{character}' is unknown; there are {known} and '\\' before signs")
    return frozenset(character), frozenset(), at + 2


def _scan_class(pattern: str, opening: int) -> tuple[_Token, int]:
    """Read `[…]`; a range keeps only what the alphabet has, a letter written out must be in it."""
    at = opening + 1
    negated = pattern[at : at + 1] == "^"
    at += negated
    named: set[str] = set()
    ranged: set[str] = set()
    previous: str | None = None
    while at < len(pattern) and pattern[at] != "]":
        here = at
        if pattern[at] == "-" and previous is not None and pattern[at + 1 : at + 2] not in ("", "]"):
            if pattern[at + 1] == "\\":
                ends, other, at = _scan_escape(pattern, at + 1)
                if other:
                    raise _fault(pattern, here, "a range ends in a single letter")
                last = next(iter(ends))
            else:
                last, at = pattern[at + 1], at + 2
            if last < previous:
                raise _fault(pattern, here, f"the range {previous}-{last} runs backwards; write {last}-{previous}")
            ranged |= {chr(code) for code in range(ord(previous), ord(last) + 1)}
            named.discard(previous)
            previous = None
            continue
        if pattern[at] == "\\":
            one, many, at = _scan_escape(pattern, at)
            named |= one
            ranged |= many
            previous = next(iter(one), None)
        else:
            previous = pattern[at]
            named.add(previous)
            at += 1
    if at == len(pattern):
        raise _fault(pattern, opening, "'[' is never closed; add ']' or write '\\[' for the letter")
    if not named and not ranged:
        raise _fault(pattern, opening, "the class is empty; name at least one letter in it")
    return _Token("letters", opening, frozenset(named), frozenset(ranged), negated), at + 1


def _scan_bounds(pattern: str, opening: int) -> tuple[_Token, int]:
    """Read `{m}`, `{m,}`, `{,n}` or `{m,n}`."""
    closing = pattern.find("}", opening)
    if closing < 0:
        raise _fault(pattern, opening, "'{' is never closed; add '}' or write '\\{' for the letter")
    low, comma, high = pattern[opening + 1 : closing].partition(",")
    parts = [part for part in (low, high) if part]
    if not parts or any(not (part.isascii() and part.isdigit()) for part in parts):
        text = pattern[opening : closing + 1]
        raise _fault(pattern, opening, f"{text!r} is no repetition; write {{m}}, {{m,}}, {{,n}} or {{m,n}}")
    least = int(low or 0)
    most = (int(high) if high else None) if comma else least
    if most is not None and most < least:
        raise _fault(pattern, opening, f"the repetition {{{least},{most}}} has its bounds reversed")
    return _Token("{", opening, bounds=(least, most)), closing + 1


def _alphabet(pattern: str, tokens: list[_Token], wanted: str | Sequence[str] | None) -> tuple[str, ...]:
    """The letters of the automaton: those wanted, which must cover those named, or those the pattern mentions."""
    if wanted is None:
        letters = tuple(sorted(frozenset[str]().union(*(token.named | token.ranged for token in tokens))))
        if not letters:
            raise LanguageError(f'the pattern {pattern!r} names no letter; pass alphabet="…" to say which there are')
        return letters
    letters = tuple(wanted)
    if not letters:
        raise LanguageError("the alphabet is empty; give at least one letter")
    long = [letter for letter in letters if len(letter) != 1]
    if long:
        raise LanguageError(f"letters {long} are not single characters; a regular expression needs such letters")
    twice = sorted({letter for letter in letters if letters.count(letter) > 1})
    if twice:
        raise LanguageError(f"letters {twice} occur twice in the alphabet; name each once")
    foreign: dict[str, int] = {}
    for token in tokens:
        for letter in sorted(token.named):
            if letter not in letters:
                foreign.setdefault(letter, token.position)
    if foreign:
        where = ", ".join(f"{letter!r} (position {position + 1})" for letter, position in foreign.items())
        full = "".join(letters) + "".join(foreign)
        raise LanguageError(
            f"the pattern {pattern!r} uses letters outside the alphabet {{{', '.join(letters)}}}: {where}; "
            f"pass alphabet={full!r} to add them"
        )
    return letters


def _validate(pattern: str, tokens: list[_Token]) -> None:
    """Refuse operators without operands and unbalanced parentheses, with their position."""
    open_at: list[int] = []
    previous = ""
    for token in tokens:
        if token.kind in ("|", "&", "^", ")") and previous in ("|", "&", "^"):
            raise _fault(
                pattern, token.position, f"nothing stands between {previous!r} and {token.kind!r}; write () for nothing"
            )
        if token.kind in ("|", "&", "^", "*", "+", "?", "{") and previous in ("", "("):
            anchor = " (a pattern describes whole words: no anchor is needed)" if token.kind == "^" else ""
            raise _fault(
                pattern,
                token.position,
                f"nothing stands before {token.kind!r}{anchor}; write '\\{token.kind}' for the letter, "
                "or () for the empty word",
            )
        if token.kind in ("*", "+", "?", "{") and previous in ("|", "&", "^"):
            raise _fault(pattern, token.position, f"{token.kind!r} has nothing to repeat after {previous!r}")
        if token.kind == "(":
            open_at.append(token.position)
        elif token.kind == ")":
            if not open_at:
                raise _fault(pattern, token.position, "')' closes nothing; remove it or write '\\)' for the letter")
            open_at.pop()
        previous = token.kind
    if open_at:
        raise _fault(pattern, open_at[-1], "'(' is never closed; add ')' or write '\\(' for the letter")
    if previous in ("|", "&", "^"):
        raise _fault(pattern, tokens[-1].position, f"nothing follows {previous!r}; write () for the empty word")


def _rewrite(tokens: list[_Token], hidden: dict[str, str]) -> str:
    """The pattern in the part of automata-lib's syntax that it reads without surprises.

    Classes become alternatives of hidden letters, and an operand repeated zero times becomes `()`, because automata-lib
    9.2 reads `a{0}` as `a|()`.
    """
    nothing = f"({min(hidden.values())}&())"
    pieces: list[str] = []
    opened: list[int] = []
    operand = 0  # where the operand that a repetition would apply to begins
    for token in tokens:
        if token.kind == "letters":
            operand = len(pieces)
            mentioned = token.named | token.ranged
            chosen = [letter for letter in hidden if (letter in mentioned) != token.negated]
            pieces.append("(" + "|".join(hidden[letter] for letter in chosen) + ")" if chosen else nothing)
        elif token.kind == "{":
            least, most = token.bounds
            if most == 0:
                pieces[operand:] = ["()"]
            else:
                pieces.append(f"{{{least},{'' if most is None else most}}}")
        else:
            if token.kind == "(":
                opened.append(len(pieces))
            elif token.kind == ")":
                operand = opened.pop()
            pieces.append(token.kind)
    return "".join(pieces)
