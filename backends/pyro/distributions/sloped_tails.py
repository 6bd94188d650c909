"""Tails that a loop computes, and their slopes."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


class SlopedTails(torch.autograd.Function):
    """`evaluate(x, complement, *shapes)`: log P(X <= x) and log P(X > x), of one shape all.

    Slopes along x come from the density, `log_density(x, complement, *shapes)`, those along the
    shapes go through the loop; so do slopes of slopes. `complement` is a function of x (1 - x, or
    x) and gets none.
    """

    @staticmethod
    def forward(evaluate, log_density, x, complement, *shapes):
        return evaluate(x, complement, *shapes)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.evaluate, ctx.log_density, *tensors = inputs
        ctx.save_for_backward(*output, *tensors)

    @staticmethod
    def backward(ctx, by_cdf, by_survival):
        log_cdf, log_survival, x, complement, *shapes = ctx.saved_tensors
        log_density = ctx.log_density(x, complement, *shapes)
        by_x = by_cdf * torch.exp(log_density - log_cdf)
        by_x = by_x - by_survival * torch.exp(log_density - log_survival)
        slopes = [None for _ in shapes]
        if any(ctx.needs_input_grad[4:]):
            is_again = torch.is_grad_enabled()
            with torch.enable_grad():
                # Copies, so that autograd stops here, and goes on from the shapes themselves.
                copies = [shape.view_as(shape).requires_grad_() for shape in shapes]
                tails = ctx.evaluate(x, complement, *copies)
                weights = (by_cdf, by_survival)
                slopes = torch.autograd.grad(tails, copies, weights, create_graph=is_again)
        return None, None, by_x, None, *slopes

    @staticmethod
    def vmap(info, in_dims, evaluate, log_density, *tensors):
        places = in_dims[2:]
        lanes = [
            x.unsqueeze(0) if place is None else x.movedim(place, 0)
            for x, place in zip(tensors, places, strict=True)
        ]
        tails = SlopedTails.apply(evaluate, log_density, *torch.broadcast_tensors(*lanes))
        return tails, (0, 0)


def sloped_tails(evaluate, log_density, x, complement, *shapes):
    """Both tails, the arguments broadcast."""
    arguments = torch.broadcast_tensors(x, complement, *shapes)
    return SlopedTails.apply(evaluate, log_density, *arguments)
