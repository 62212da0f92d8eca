"""Number formats, rounding, and the arithmetic a network is evaluated in."""
