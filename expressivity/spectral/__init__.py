"""Linear recurrences learned from values: one letter (time series, integer sequences) and many (weighted automata)."""
