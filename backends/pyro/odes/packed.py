"""The states of differential equations as one vector."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def pack(states, shapes):
    """The entries of all states, one after another."""
    parts = [
        torch.as_tensor(state, dtype=torch.get_default_dtype()).expand(shape).reshape(-1)
        for state, shape in zip(states, shapes, strict=True)
    ]
    return torch.cat(parts)


def unpack(vector, shapes):
    """The states in their shapes, of a vector [..., entry]: a tuple."""
    parts = vector.split([shape.numel() for shape in shapes], dim=-1)
    before = vector.shape[:-1]
    return tuple(part.reshape(before + shape) for part, shape in zip(parts, shapes, strict=True))
