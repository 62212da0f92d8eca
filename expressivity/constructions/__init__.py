"""From an automaton to a network: one file per theorem, and the compiler that picks among them."""
