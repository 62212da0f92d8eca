"""Real representations of permutation groups: characters, exact matrices, and the letters as few reflections."""
