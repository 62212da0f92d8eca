"""Two structures → weights that separate them, or a proof that none do."""
