"""A program as Pyro's algorithms see it: a model of one latent, the position, and one factor.

Pyro would run the generated model itself too, and move it through unconstrained coordinates of its
own. Here it is run in the coordinates that both backends share, so that a draw is a position as it
is. The density is the same; what differs is the cost: a model of many sites is traced and replayed
site by site at each evaluation, and this one is a function of a vector, which has been compiled. A
gradient on eight schools takes Pyro's kernels 0.4 ms, and 1.2 ms on the model itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import pyro
import pyro.distributions as dist
import torch
from pyro import poutine
from pyro.distributions import constraints
from torch import Tensor

POSITION, LOG_DENSITY = "position", "log_density"
"""The names of the latent and of the factor."""

MOST_PLATES = 8
"""Axes to the right of a plate of many positions: those of plates in the program itself.

Pyro gives a plate the first axis that no plate around it has, wherever it is entered.
"""


class Evaluated(Protocol):
    """A log density of positions [n, dim], as `gendsl.backends.pyro.compiled.Compiled` has it."""

    def value_and_gradient(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """The log densities [n] and their gradients [n, dim]."""
        ...

    def curvatures(self, positions: Tensor, weights: Tensor, along: Tensor) -> Tensor:
        """The Hessian times directions [n, dim]; `weights` [n, 2] are of prior and likelihood."""
        ...


@dataclass(slots=True, eq=False)
class FlatModel:
    """A Pyro model of a position of `size` coordinates, with the log density `density`.

    Attributes:
        num_evaluations: of the density at one position, so far.
    """

    size: int
    density: Evaluated
    num_evaluations: int = field(default=0, init=False)

    def __call__(self) -> None:
        """The model; a plate around it draws many positions at once."""
        prior = dist.ImproperUniform(constraints.real_vector, (), (self.size,))
        position = pyro.sample(POSITION, prior)
        pyro.factor(LOG_DENSITY, self.log_density(position))

    def log_density(self, position: Tensor) -> Tensor:
        """The log densities [...] of positions [..., dim], differentiable twice."""
        found: Tensor = _LogDensity.apply(position, self)  # type: ignore[no-untyped-call]
        return found

    def potential(self, latents: dict[str, Tensor]) -> Tensor:
        """The potential energy, as Pyro's kernels ask for it."""
        return -self.log_density(latents[POSITION])

    def value_and_gradient(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Those of the density, counted; sites of its own are no business of handlers outside."""
        self.num_evaluations += len(positions)
        with poutine.block():
            return self.density.value_and_gradient(positions)


class _LogDensity(torch.autograd.Function):
    """Log densities whose gradients come with them, so that nothing is evaluated twice."""

    @staticmethod
    def forward(context: Any, position: Tensor, model: FlatModel) -> Tensor:
        """The log densities [...] of positions [..., dim]."""
        rows = position.detach().reshape(-1, model.size)
        values, gradients = model.value_and_gradient(rows)
        context.save_for_backward(position, gradients.reshape(position.shape))
        context.density = model.density
        return values.reshape(position.shape[:-1])

    @staticmethod
    def backward(context: Any, outer: Tensor) -> tuple[Tensor, None]:
        """The chain rule; a graph is wanted for second derivatives alone."""
        position, gradient = context.saved_tensors
        if torch.is_grad_enabled():
            gradient = _Gradient.apply(  # type: ignore[no-untyped-call]
                position, gradient, context.density
            )
        return outer[..., None] * gradient, None


class _Gradient(torch.autograd.Function):
    """Gradients that are known; their own derivative is the Hessian's."""

    @staticmethod
    def forward(context: Any, position: Tensor, gradient: Tensor, density: Evaluated) -> Tensor:
        """The gradients [..., dim]."""
        context.save_for_backward(position)
        context.density = density
        return gradient.clone()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(context: Any, outer: Tensor) -> tuple[Tensor, None, None]:
        """The Hessian times `outer`."""
        (position,) = context.saved_tensors
        rows, along = (t.reshape(-1, t.shape[-1]) for t in (position.detach(), outer))
        ones = torch.ones(len(rows), 2, dtype=rows.dtype)
        with poutine.block():
            found = context.density.curvatures(rows, ones, along)
        return found.reshape(position.shape), None, None
