"""Lifted relational templates: what weighted first-order rules can separate, and how to train them."""
