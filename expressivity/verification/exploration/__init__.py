"""Explore network × automaton: budgets, outcomes, and breadth-first search, compiled where it pays."""
