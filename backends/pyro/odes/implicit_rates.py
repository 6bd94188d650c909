"""The rates of an implicit stage, with the slopes of the equation that they solve."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


class ImplicitRates(torch.autograd.Function):
    """The root r of r = rates(t, base + reach r, args), which is given.

    By the implicit function theorem dr = (1 - reach J)^-1 d rates, J the slope of `rates` by y.
    """

    @staticmethod
    def forward(rates, args, root, t, base, reach, *tensors):
        return root.clone()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.rates, ctx.args, _, *tensors = inputs
        ctx.save_for_backward(output, *tensors)

    @staticmethod
    def backward(ctx, weights):
        has_slope, is_again = ctx.needs_input_grad[3:], torch.is_grad_enabled()
        root, *tensors = ctx.saved_tensors
        with torch.enable_grad():
            # Copies, so that what these come from is left out: autograd goes on from them.
            t, base, reach, *tensors = copies = [x.view_as(x) for x in tensors]
            left = iter(tensors)
            args = tuple(next(left) if isinstance(x, torch.Tensor) else x for x in ctx.args)
            y = base + reach * root
            slopes = jacobian(ctx.rates, t, y, args, is_again)
            matrix = torch.eye(len(y), dtype=y.dtype) - reach * slopes
            pulled = torch.linalg.solve(matrix.mT, weights)
            wanted = [x for x, is_wanted in zip(copies, has_slope, strict=True) if is_wanted]
            found = torch.autograd.grad(
                ctx.rates(t, y, args), wanted, pulled, create_graph=is_again, materialize_grads=True
            )
        left = iter(found)
        return None, None, None, *(next(left) if is_wanted else None for is_wanted in has_slope)


def jacobian(rates, t, y, args, create_graph=False):
    """The slopes of the rates, [rate, state]."""
    return torch.autograd.functional.jacobian(
        lambda y: rates(t, y, args), y, create_graph=create_graph, vectorize=True
    )
