"""Targets, broken kernels and judges shared by the tests of the inference core."""
