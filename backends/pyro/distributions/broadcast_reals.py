"""Parameters as tensors that fit each other."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def broadcast_reals(*values):
    """The values as tensors of floats of one shape: torch's `broadcast_all` rounds 1.5 beside 2."""
    default = torch.get_default_dtype()
    tensors = [torch.as_tensor(value) for value in values]
    reals = [x if x.is_floating_point() else x.to(default) for x in tensors]
    return torch.broadcast_tensors(*reals)
