"""Decide network × language: strategies over a machine, one budget, one kind of outcome."""
