"""Experiments: exact horizons of networks in finite arithmetic, swept in parallel, stored and tabulated."""
