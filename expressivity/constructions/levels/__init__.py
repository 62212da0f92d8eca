"""What one level of a cascade becomes: encodings of components, and cascades rewritten for the layers at hand."""
