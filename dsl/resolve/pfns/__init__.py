"""`pfn NAME { ... }`: what its lines say of a model, and what is added to the model for them."""
