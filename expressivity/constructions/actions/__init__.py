"""How letters act on points and on blocks of points, and the cheapest action that still determines the state."""
