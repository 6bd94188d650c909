"""Analyses of a program, which return tables and annotate nothing."""
