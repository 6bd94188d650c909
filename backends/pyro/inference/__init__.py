"""Pyro's own algorithms on a generated program: the engine `pyro`.

A program is to them a model of one latent, its position: :mod:`gendsl.backends.pyro.inference.flat`
says why. `table` has the pieces of inference programs that there is something for.
"""
