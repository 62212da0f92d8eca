"""What the notebooks and `expressivity play` are made of: questions answered in sentences, tables and figures."""
