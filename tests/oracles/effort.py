"""Shares of a Hypothesis profile's examples, for properties whose single example takes long."""

from __future__ import annotations

from hypothesis import settings

_EXAMPLES: int = settings().max_examples

some = settings(max_examples=max(1, _EXAMPLES // 2))
"""Half of the profile's examples, for properties that compile a network in each."""

few = settings(max_examples=max(1, _EXAMPLES // 5))
"""A fifth of the profile's examples, for properties that certify, draw or replay a network in each."""

single = settings(max_examples=max(1, _EXAMPLES // 10))
"""A tenth of the profile's examples, for properties checked in dozens of arithmetics or forms, each on its own."""
