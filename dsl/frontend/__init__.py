"""Text to a syntax tree and back."""
