"""What several tests share: independent re-implementations, example networks, and how much a property draws.

Tests import from here (`from oracles.effort import some`) and never from each other.
"""
