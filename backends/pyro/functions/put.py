"""Copies of tensors with some entries changed."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def put(x, index, value):
    """`x` with `value` at `x[index]`, gradients included."""
    value = torch.as_tensor(value)
    new = x.to(torch.promote_types(x.dtype, value.dtype), copy=True)
    new[index] = value.to(new.dtype)
    return new


def put_added(x, index, value):
    """`x` with `value` added at `x[index]`, once for each time that an entry is named."""
    index = index if isinstance(index, tuple) else (index,)
    positions = torch.arange(x.numel()).reshape(x.shape)[index]
    value = torch.as_tensor(value).expand(positions.shape)
    return x.reshape(-1).index_add(0, positions.reshape(-1), value.reshape(-1)).reshape(x.shape)
