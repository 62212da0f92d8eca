"""How long networks stay right: jobs, their decisions, sweeps, stores and tables."""
