"""`match f to GP(...) on D by distance(...)`: what is tuned, to what, and how it is told apart."""
