"""The forms of A(x): one file states everything about one form; `registry` lists them, and nothing else does."""
