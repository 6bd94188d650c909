"""Windows of a signal or an image, for convolutions and pools."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def windows(x, sizes, strides, is_padded=False):
    """Windows along the last axes of x: [..., *places of windows, *places in a window].

    With `is_padded` there are zeros beyond the ends, as many as give -(-n // stride) windows.
    """
    first = x.ndim - len(sizes)
    beyond = []
    for n, size, stride in zip(x.shape[first:], sizes, strides, strict=True):
        total = max((-(-n // stride) - 1) * stride + size - n, 0) if is_padded else 0
        beyond = [total // 2, total - total // 2, *beyond]
    x = torch.nn.functional.pad(x, beyond)
    for axis, (size, stride) in enumerate(zip(sizes, strides, strict=True), first):
        x = x.unfold(axis, size, stride)
    return x
