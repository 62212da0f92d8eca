"""Experiments: exact horizons swept in parallel, stored and tabulated; and theorems that run, each to its last case."""
