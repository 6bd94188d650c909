"""Test data for every row of the distribution table, and the ways to judge one."""
