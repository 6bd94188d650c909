"""Kvaerno's implicit Runge-Kutta method of order 5, with an error estimate of order 4."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import torch

from gendsl.backends.pyro.odes.adaptive_steps import root_mean_square
from gendsl.backends.pyro.odes.implicit_rates import ImplicitRates, jacobian

KVAERNO5_DIAGONAL = 0.26
KVAERNO5_NODES = (0.52, 1.230333209967908, 0.8957659843500759, 0.43639360985864756, 1.0, 1.0)
KVAERNO5_WEIGHTS = (
    (0.26,),
    (0.13, 0.84033320996790809),
    (0.22371961478320505, 0.47675532319799699, -0.06470895363112615),
    (0.16648564323248321, 0.10450018841591720, 0.03631482272098715, -0.13090704451073998),
    (0.13855640231268224, 0.0, -0.04245337201752043, 0.02446657898003141, 0.61943039072480676),
    (0.13659751177640291, 0.0, -0.05496908796538376, -0.04118626728321046, 0.62993304899016403,
     0.06962479448202728),
)  # fmt: skip
KVAERNO5_GUESSES = (
    (1.0,),
    (-1.366025403784441, 2.3660254037844357),
    (-0.19650552613122207, 0.8113579546496623, 0.38514757148155954),
    (0.10375304369958693, 0.937994698066431, -0.04174774176601781, 0.0),
    (-0.17281112873898072, 0.6235784481025847, 0.5492326806363959, 0.0, 0.0),
    (*KVAERNO5_WEIGHTS[4], KVAERNO5_DIAGONAL),
)
"""The rates from which each stage's equation is solved, by those of the stages before it."""


class Kvaerno5:
    """A method for stiff equations (Kvaerno 2004)."""

    order = 5

    def step(self, rates, args, t, until, y, rate, rtol, atol):
        """The states after a step, the error that it makes, and the rates at its stages."""
        length = until - t
        reach = KVAERNO5_DIAGONAL * length
        stages, factors = [rate], None
        for node, weights, guesses in zip(
            KVAERNO5_NODES, KVAERNO5_WEIGHTS, KVAERNO5_GUESSES, strict=True
        ):
            time = until if node == 1 else t + node * length
            so_far = torch.stack(stages, dim=-1)
            base = torch.addmv(y, so_far, length * y.new_tensor(weights))
            guess = so_far.detach() @ y.new_tensor(guesses)
            fixed = [x.detach() for x in (time, base, reach)]
            if factors is None:
                slopes = jacobian(rates, fixed[0], fixed[1] + fixed[2] * guess, args)
                matrix = torch.eye(len(y), dtype=y.dtype) - fixed[2] * slopes
                factors = torch.linalg.lu_factor_ex(matrix)[:2]
            root = self.root(rates, args, *fixed, guess, factors, rtol, atol)
            if root is None:
                return y, torch.full_like(y, torch.inf), torch.stack([rate] * 7)
            tensors = [x for x in args if isinstance(x, torch.Tensor)]
            stages.append(ImplicitRates.apply(rates, args, root, time, base, reach, *tensors))
        after = base + reach * stages[-1]
        stages = torch.stack(stages)
        best = y.new_tensor((*KVAERNO5_WEIGHTS[5], KVAERNO5_DIAGONAL))
        second = y.new_tensor((*KVAERNO5_GUESSES[5], 0.0))
        return after, length.detach() * ((best - second) @ stages.detach()), stages

    @torch.no_grad()
    def root(self, rates, args, t, base, reach, root, factors, rtol, atol):
        """The r with r = rates(t, base + reach r), by at most 10 chords; None where they fail."""
        before = math.inf
        for count in range(10):
            excess = root - rates(t, base + reach * root, args)
            change = torch.linalg.lu_solve(*factors, excess[:, None])[:, 0]
            root = root - change
            size = root_mean_square(change / (atol + rtol * torch.abs(root))).item()
            if count:
                speed = size / before if before else math.nan
                if size < 1e-13:
                    return root
                if not speed <= 2:
                    return None
                if speed != 1 and 0 < size * speed / (1 - speed) < 0.01:
                    return root
            before = size
        return None

    def between(self, share, length, before, after, stages):
        """The states at `share` of the step, by Hermite's polynomial of order 3: [time, entry]."""
        first, last = length * stages[0], length * stages[-1]
        change, share = after - before, share[:, None]
        bent = 3 * change - 2 * first - last + share * (first + last - 2 * change)
        return before + share * (first + share * bent)
