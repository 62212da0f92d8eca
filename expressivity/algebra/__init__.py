"""What an automaton's monoid is: transition monoids, groups, representations, profiles and cascades."""
