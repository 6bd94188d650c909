"""Maps from all of Euclidean space onto supports: those of the NumPyro backend, in torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from pyro.distributions import constraints
from torch import Tensor
from torch.distributions import biject_to
from torch.nn.functional import logsigmoid
from torch.nn.functional import pad as padded

Shape = tuple[int, ...]


class Bijection(Protocol):
    """What is asked of a map from unconstrained to constrained values."""

    def __call__(self, position: Tensor) -> Tensor:
        """The constrained value."""
        ...

    def inverse(self, value: Tensor) -> Tensor:
        """The unconstrained one."""
        ...

    def log_abs_det_jacobian(self, position: Tensor, value: Tensor) -> Tensor:
        """The log volume change, summed over the event."""
        ...

    def inverse_shape(self, shape: Shape) -> Shape:
        """The shape of the unconstrained tensor."""
        ...


@dataclass(frozen=True, slots=True)
class FromTorch:
    """A transform of torch's own, where it is NumPyro's too."""

    transform: Any

    def __call__(self, position: Tensor) -> Tensor:
        """The constrained value."""
        value: Tensor = self.transform(position)
        return value

    def inverse(self, value: Tensor) -> Tensor:
        """The unconstrained one."""
        position: Tensor = self.transform.inv(value)
        return position

    def log_abs_det_jacobian(self, position: Tensor, value: Tensor) -> Tensor:
        """The log volume change."""
        change: Tensor = self.transform.log_abs_det_jacobian(position, value)
        return change

    def inverse_shape(self, shape: Shape) -> Shape:
        """The shape of the unconstrained tensor."""
        return tuple(self.transform.inverse_shape(torch.Size(shape)))


class ToSphere:
    """`u / |u|`; the length gets the density exp(-|u|^2 / 2) up to a constant."""

    def __call__(self, position: Tensor) -> Tensor:
        """The point of the sphere in the direction of `position`."""
        length: Tensor = torch.linalg.vector_norm(position, dim=-1, keepdim=True)
        return position / length

    def inverse(self, value: Tensor) -> Tensor:
        """The point itself."""
        return value

    def log_abs_det_jacobian(self, position: Tensor, value: Tensor) -> Tensor:
        """The log density that the length is given."""
        return -0.5 * torch.sum(position**2, dim=-1)

    def inverse_shape(self, shape: Shape) -> Shape:
        """That of the value."""
        return shape


def lowest_log(position: Tensor) -> float:
    """The least log probability whose probability still can be divided by: -637 in double."""
    return 0.9 * math.log(torch.finfo(position.dtype).tiny)


class ToSimplex:
    """Stick breaking on the log scale: no entry underflows to 0, and the last does not cancel.

    With u_k = x_k - log(K - 1 - k), for k from 0, log y_k = log s(u_k) + sum_{j<k} log s(-u_j),
    where s is `inv_logit`.
    """

    def __call__(self, position: Tensor) -> Tensor:
        """Probabilities, at least exp(-637) each in double precision."""
        balanced = self._balanced(position)
        left = torch.cumsum(logsigmoid(-balanced), dim=-1)
        log = padded(logsigmoid(balanced), (0, 1)) + padded(left, (1, 0))
        return torch.exp(torch.clamp(log, min=lowest_log(position)))

    def inverse(self, value: Tensor) -> Tensor:
        """Log odds of each share of what is left."""
        left = torch.flip(torch.cumsum(torch.flip(value, (-1,)), dim=-1), (-1,))[..., 1:]
        tiny = torch.finfo(value.dtype).tiny
        odds = torch.log(value[..., :-1].clamp(min=tiny)) - torch.log(left.clamp(min=tiny))
        return odds + self._offset(odds)

    def log_abs_det_jacobian(self, position: Tensor, value: Tensor) -> Tensor:
        """sum_k log s(u_k) + (K - 1 - k) log s(-u_k)."""
        balanced, size = self._balanced(position), position.shape[-1]
        rest = (size - torch.arange(size)) * logsigmoid(-balanced)
        return torch.sum(logsigmoid(balanced) + rest, dim=-1)

    def inverse_shape(self, shape: Shape) -> Shape:
        """One coordinate less than there are probabilities."""
        return (*shape[:-1], shape[-1] - 1)

    def _offset(self, like: Tensor) -> Tensor:
        size = like.shape[-1]
        return torch.log((size - torch.arange(size)).to(like.dtype))

    def _balanced(self, position: Tensor) -> Tensor:
        return position - self._offset(position)


class ToUnitInterval:
    """`inv_logit`, kept off 0 and 1 by as little as can be told apart."""

    def __call__(self, position: Tensor) -> Tensor:
        """The probability; at least exp(-637) in double precision."""
        inside = torch.clamp(position, min=lowest_log(position))
        return torch.clamp(torch.sigmoid(inside), max=1 - torch.finfo(position.dtype).eps)

    def inverse(self, value: Tensor) -> Tensor:
        """The log odds."""
        limits = torch.finfo(value.dtype)
        value = torch.clamp(value, limits.tiny, 1 - limits.eps)
        return torch.log(value) - torch.log1p(-value)

    def log_abs_det_jacobian(self, position: Tensor, value: Tensor) -> Tensor:
        """log s(x) + log s(-x), s being `inv_logit`."""
        return logsigmoid(position) + logsigmoid(-position)

    def inverse_shape(self, shape: Shape) -> Shape:
        """That of the value."""
        return shape


@dataclass(frozen=True, slots=True)
class ToInterval:
    """`low + (high - low) inv_logit(x)`; torch's own has slopes that are off by 1e-9 beyond 20."""

    low: Any
    high: Any

    def __call__(self, position: Tensor) -> Tensor:
        """The value between the bounds."""
        limits = torch.finfo(position.dtype)
        share = torch.clamp(torch.sigmoid(position), limits.tiny, 1 - limits.eps)
        value: Tensor = self.low + (self.high - self.low) * share
        return value

    def inverse(self, value: Tensor) -> Tensor:
        """The log odds of the share of the interval below the value."""
        return torch.logit((value - self.low) / (self.high - self.low))

    def log_abs_det_jacobian(self, position: Tensor, value: Tensor) -> Tensor:
        """log(high - low) + log s(x) + log s(-x), s being `inv_logit`."""
        width = torch.log(torch.as_tensor(self.high - self.low))
        return width + logsigmoid(position) + logsigmoid(-position)

    def inverse_shape(self, shape: Shape) -> Shape:
        """That of the value."""
        return shape


class ToOrdered:
    """The first coordinate, then increments by exp(x_k)."""

    def __call__(self, position: Tensor) -> Tensor:
        """An increasing vector."""
        steps = torch.cat([position[..., :1], torch.exp(position[..., 1:])], dim=-1)
        return torch.cumsum(steps, dim=-1)

    def inverse(self, value: Tensor) -> Tensor:
        """The first entry, and the logarithms of the increments."""
        return torch.cat([value[..., :1], torch.log(torch.diff(value, dim=-1))], dim=-1)

    def log_abs_det_jacobian(self, position: Tensor, value: Tensor) -> Tensor:
        """sum_k x_k, for k from 1."""
        return position[..., 1:].sum(-1)

    def inverse_shape(self, shape: Shape) -> Shape:
        """That of the value."""
        return shape


class ToPositiveOrdered(ToOrdered):
    """exp of an ordered vector."""

    def __call__(self, position: Tensor) -> Tensor:
        """An increasing vector of positive numbers."""
        return torch.exp(super().__call__(position))

    def inverse(self, value: Tensor) -> Tensor:
        """That of the logarithms."""
        return super().inverse(torch.log(value))

    def log_abs_det_jacobian(self, position: Tensor, value: Tensor) -> Tensor:
        """That of the logarithms, and their sum."""
        return super().log_abs_det_jacobian(position, value) + torch.log(value).sum(-1)


class ToCorrelation:
    """A correlation matrix by its Cholesky factor."""

    factor = FromTorch(biject_to(constraints.corr_cholesky))

    def __call__(self, position: Tensor) -> Tensor:
        """L L'."""
        lower = self.factor(position)
        return lower @ lower.mT

    def inverse(self, value: Tensor) -> Tensor:
        """The coordinates of the factor."""
        return self.factor.inverse(torch.linalg.cholesky(value))

    def log_abs_det_jacobian(self, position: Tensor, value: Tensor) -> Tensor:
        """That of the factor, and of L to L L': sum_i (n - 1 - i) log L_ii."""
        lower = self.factor(position)
        order = torch.arange(value.shape[-1] - 1, -1, -1)
        logs = torch.log(torch.diagonal(lower, dim1=-2, dim2=-1))
        return self.factor.log_abs_det_jacobian(position, lower) + (order * logs).sum(-1)

    def inverse_shape(self, shape: Shape) -> Shape:
        """A coordinate for each entry below the diagonal."""
        return self.factor.inverse_shape(shape)


class ToCovariance:
    """A covariance matrix by its Cholesky factor: entries below the diagonal, then logarithms."""

    def __call__(self, position: Tensor) -> Tensor:
        """L L'."""
        lower = self._factor(position)
        return lower @ lower.mT

    def _factor(self, position: Tensor) -> Tensor:
        size = self._size(position)
        rows, columns = torch.tril_indices(size, size, -1)
        lower = torch.diag_embed(torch.exp(position[..., -size:]))
        return lower.index_put(
            (*self._batch(position), rows, columns), position[..., :-size], accumulate=True
        )

    @staticmethod
    def _batch(position: Tensor) -> tuple[Tensor, ...]:
        """Indices of all entries along the leading axes."""
        shape = position.shape[:-1]
        return tuple(
            torch.arange(n).reshape(-1, *[1] * (len(shape) - i)) for i, n in enumerate(shape)
        )

    @staticmethod
    def _size(position: Tensor) -> int:
        return round((math.sqrt(1 + 8 * position.shape[-1]) - 1) / 2)

    def inverse(self, value: Tensor) -> Tensor:
        """The coordinates of the factor."""
        lower = torch.linalg.cholesky(value)
        size = lower.shape[-1]
        rows, columns = torch.tril_indices(size, size, -1)
        logs = torch.log(torch.diagonal(lower, dim1=-2, dim2=-1))
        return torch.cat([lower[..., rows, columns], logs], dim=-1)

    def log_abs_det_jacobian(self, position: Tensor, value: Tensor) -> Tensor:
        """sum_i x_i + (n - i) x_i + n log 2, x_i the logarithms of the diagonal."""
        size = self._size(position)
        logs = position[..., -size:]
        order = torch.arange(size, 0, -1) + 1
        return (order * logs).sum(-1) + size * math.log(2)

    def inverse_shape(self, shape: Shape) -> Shape:
        """A coordinate for each entry on or below the diagonal."""
        size = shape[-1]
        return (*shape[:-2], size * (size + 1) // 2)


_OWN: dict[type, type[Any]] = {
    type(constraints.sphere): ToSphere,
    type(constraints.simplex): ToSimplex,
    type(constraints.ordered_vector): ToOrdered,
    type(constraints.positive_ordered_vector): ToPositiveOrdered,
    type(constraints.corr_matrix): ToCorrelation,
    type(constraints.positive_definite): ToCovariance,
}


def bijection(support: Any) -> Bijection:
    """The map onto a constraint; where there is none, torch's error says so.

    A constraint that programs carry for themselves registers its own with torch. Events do not
    matter: what is summed over them is summed over everything in the end.
    """
    while hasattr(support, "base_constraint"):
        support = support.base_constraint
    if support is constraints.unit_interval:
        return ToUnitInterval()
    if isinstance(support, constraints.interval):
        return ToInterval(support.lower_bound, support.upper_bound)
    own = _OWN.get(type(support))
    if own is not None:
        made: Bijection = own()
        return made
    return FromTorch(biject_to(support))
