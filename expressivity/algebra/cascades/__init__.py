"""Cascades of permutation–reset components that cover an automaton, and the proof that they do."""
