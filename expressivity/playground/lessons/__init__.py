"""What the lessons compute: parity, Householder factors, cascades and arithmetic."""
