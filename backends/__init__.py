"""Backends: a program to readable code, a log density and a simulator."""
