"""A weighted sum over the whole past of a series."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def convolve(x, w):
    """The sum over k >= 1 of x[t - k] w[k - 1], as far as there are weights, at every t."""
    size = len(x)
    w = w[: size - 1]
    if size <= 512:  # a product with the matrix of weights, the faster way until it is large
        lag = torch.arange(size)[:, None] - torch.arange(size)
        is_past = (lag >= 1) & (lag <= len(w))
        padded = torch.cat([w, w.new_zeros(1)])
        matrix = torch.where(is_past, padded[torch.where(is_past, lag - 1, len(w))], 0.0)
        return torch.tensordot(matrix, 1.0 * x, 1)
    columns = x[:-1].reshape(size - 1, 1, -1).movedim(0, -1).movedim(1, 0).to(w.dtype)
    padded = torch.nn.functional.pad(columns, (len(w), 0))
    summed = torch.nn.functional.conv1d(padded, w.flip(0)[None, None])
    return summed[:, 0].movedim(-1, 0).reshape(x.shape)
