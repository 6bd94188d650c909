"""How what the emitter writes in NumPy's words is said in torch's and Pyro's."""
