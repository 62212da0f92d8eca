"""Theorems that recognise a language with one layer, or a few, for each level of a cascade."""
