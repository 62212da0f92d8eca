"""Recurrences that count by rounding: the hunt for them, the exhaustive search, and certified witnesses."""
