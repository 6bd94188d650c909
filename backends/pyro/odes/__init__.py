"""What a generated program that solves differential equations carries with it, as text."""
