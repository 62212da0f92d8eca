"""Theorems that recognise a group language with two or three layers of few reflections."""
