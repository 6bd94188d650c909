"""The samplers that `samplers.py` compares, one a file; none of them is part of gendsl."""
