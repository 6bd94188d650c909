"""A library of models with data and reference posteriors."""
