"""Deterministic finite automata as dense tables, and words over their letters."""

from __future__ import annotations

from expressivity.automaton.automaton import Automaton as Automaton
from expressivity.automaton.automaton import default_letters as default_letters
from expressivity.automaton.words import Word as Word
from expressivity.automaton.words import encode_word as encode_word
