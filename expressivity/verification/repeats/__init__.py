"""One word repeated for ever: where states, or the verdicts alone, begin to repeat."""
