"""Permutation groups: base and strong generators, subgroups, composition factors, conjugacy and names."""
