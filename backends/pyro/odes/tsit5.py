"""Tsitouras' explicit Runge-Kutta method of order 5, with an error estimate of order 4."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch

TSIT5_NODES = (0.161, 0.327, 0.9, 0.9800255409045097, 1.0)
TSIT5_WEIGHTS = (
    (0.161, 0.0, 0.0, 0.0, 0.0, 0.0),
    (-0.008480655492356989, 0.335480655492357, 0.0, 0.0, 0.0, 0.0),
    (2.8971530571054935, -6.359448489975075, 4.3622954328695815, 0.0, 0.0, 0.0),
    (5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525, 0.0, 0.0),
    (5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401,
     -0.028269050394068383, 0.0),
    (0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081,
     2.324710524099774),
)  # fmt: skip
TSIT5_ERRORS = (
    0.0017800110522257773, 0.0008164344596567463, -0.007880878010261994, 0.1447110071732629,
    -0.5823571654525552, 0.45808210592918686, -1 / 66,
)  # fmt: skip
TSIT5_BETWEEN = (
    (1.0, -2.763706197274826, 2.9132554618219126, -1.0530884977290216),
    (0.0, 0.13169999999999998, -0.2234, 0.1017),
    (0.0, 3.9302962368947516, -5.941033872131505, 2.490627285651253),
    (0.0, -12.411077166933676, 30.33818863028232, -16.548102889244902),
    (0.0, 37.50931341651104, -88.1789048947664, 47.37952196281928),
    (0.0, -27.896526289197286, 65.09189467479366, -34.87065786149661),
    (0.0, 1.5, -4.0, 2.5),
)


class Tsit5:
    """A method for equations that are not stiff (Tsitouras 2011)."""

    order = 5

    def step(self, rates, args, t, until, y, rate, rtol, atol):
        """The states after a step, the error that it makes, and the rates at its stages."""
        length = until - t
        weights = length * y.new_tensor(TSIT5_WEIGHTS)
        times = [t + node * length for node in TSIT5_NODES[:-1]]
        stages = [rate]
        for place, time in enumerate((*times, until, until)):
            so_far = torch.stack(stages, dim=-1)
            after = torch.addmv(y, so_far, weights[place, : place + 1])
            stages.append(rates(time, after, args))
        stages = torch.stack(stages)
        error = length.detach() * (y.new_tensor(TSIT5_ERRORS) @ stages.detach())
        return after, error, stages

    def between(self, share, length, before, after, stages):
        """The states at `share` of the step, by its own polynomials of order 4: [time, entry]."""
        powers = torch.stack([share, share**2, share**3, share**4], dim=-1)
        return before + length * (powers @ before.new_tensor(TSIT5_BETWEEN).mT @ stages)
