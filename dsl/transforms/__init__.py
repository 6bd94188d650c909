"""Passes from program to program, one per file."""
