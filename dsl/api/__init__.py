"""The Python interface: compile a model, infer, simulate, predict, and keep the results."""
