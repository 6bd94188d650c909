"""Syntax tree to typed program."""
