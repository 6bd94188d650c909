"""The table of distributions, one row per family."""
