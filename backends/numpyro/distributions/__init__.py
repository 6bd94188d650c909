"""Our own NumPyro distributions, each in a module that can be pasted into a generated program.

Rules for a module of this folder, so that `inline.inlined` can paste it:

- it imports only from the fixed header (`HEADER` in `inline.py`) and from its siblings, by
  `from gendsl.backends.numpyro.distributions.sibling import name`, unaliased;
- every name that it defines at its top level is unique in the folder.

A module `tails_*` registers rules of `log_tails` for a family: `Truncated` and `Censored` need the
one that the base's row names. Nothing is re-exported here: importing this package imports no jax.
"""
