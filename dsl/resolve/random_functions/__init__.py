"""Random functions: kernels, where functions are called, and the statements that they become."""
