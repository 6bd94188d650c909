"""Our own Pyro distributions, each in a module that can be pasted into a generated program.

Rules for a module of this folder, so that it can be pasted:

- it imports only from the fixed header (`HEADER` in `dialect/row.py`) and from its siblings, by
  `from gendsl.backends.pyro.distributions.sibling import name`, unaliased;
- every name that it defines at its top level is unique in what programs carry.

Names, constructors and densities are those of the NumPyro folder. What only this one has stands
for classes that Pyro lacks, or that are wrong in the tails or at an edge of their support.
A module `tails_*` registers rules of `log_tails` for a family: `Truncated` and `Censored` need the
one that the base's row names. Nothing is re-exported here: importing this package imports no torch.
"""
