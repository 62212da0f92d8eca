"""Template and examples → neurons in steps, and their values."""
