"""Sums over states on the log scale, and what else their reverse pass can give."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def log_sum(log, axes):
    """log sum exp over `axes`: -inf where all is impossible, and never NaN in the gradient."""
    top = log.detach().amax(axes, keepdim=True)
    top = torch.where(torch.isfinite(top), top, 0.0)
    total = torch.exp(log - top).sum(axes)
    is_nothing = total == 0
    some = torch.log(torch.where(is_nothing, 1.0, total)) + top.reshape(total.shape)
    return torch.where(is_nothing, -torch.inf, some)


def log_choice(log, axes, is_drawn):
    """`log_sum` or, if nothing is drawn, the maximum; its reverse pass picks one entry of `axes`.

    It draws the entry in proportion to its weight or takes the largest. Where all sums of an
    elimination are replaced by this, the gradient marks one joint configuration: an exact draw,
    or the most probable one.
    """
    total = (log_sum(log, axes) if is_drawn else log.amax(axes)).detach()
    last = tuple(range(-len(axes), 0))
    moved = torch.movedim(log.detach(), axes, last)
    flat = moved.flatten(-len(axes))
    noise = -torch.log(torch.empty_like(flat).exponential_()) if is_drawn else 0.0
    chosen = torch.nn.functional.one_hot((flat + noise).argmax(-1), flat.shape[-1]).to(log.dtype)
    marked = torch.movedim(chosen.reshape(moved.shape), last, axes)
    moving = torch.where(torch.isfinite(log), log - log.detach(), 0.0)
    return total + (marked * moving).sum(axes)
