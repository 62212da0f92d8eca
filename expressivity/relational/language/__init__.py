"""Rules, templates and examples as data, and the texts and files they come from."""
