"""Theorems that recognise a language with one layer."""
