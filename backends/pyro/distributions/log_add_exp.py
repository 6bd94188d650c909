"""log(exp(a) + exp(b)) with slopes everywhere."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


def log_add_exp(a, b):
    """log(exp(a) + exp(b)); -inf, with a slope of 0, where both are."""
    is_nothing = (a == -torch.inf) & (b == -torch.inf)
    total = torch.logaddexp(torch.where(is_nothing, 0.0, a), torch.where(is_nothing, 0.0, b))
    return torch.where(is_nothing, -torch.inf, total)
