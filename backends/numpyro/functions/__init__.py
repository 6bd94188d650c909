"""Functions that JAX lacks, which generated programs carry."""
