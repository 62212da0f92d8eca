"""Networks run in finite arithmetic: weights rounded, every operation rounded, in a stated order."""
