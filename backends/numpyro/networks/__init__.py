"""Trained networks, each in a module that can be pasted into a generated program."""
