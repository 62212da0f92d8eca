"""The monoid of an automaton: Green's relations, aperiodicity, varieties, congruences, and words that show them."""
