"""Bases of functions; generated programs carry the text of those that they use."""
