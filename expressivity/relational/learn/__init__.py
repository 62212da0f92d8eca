"""Training of weights, and search for rules."""
