"""The published experiments run again: the paper's value beside ours, flaws named, baselines always shown."""
