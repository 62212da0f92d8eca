"""Proofs by boxes of states, in exact and in finite arithmetic."""
