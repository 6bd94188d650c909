"""What is added to states at given times: the solver stops there, and goes on behind."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import torch


class Jumps:
    """Additions to a tuple of states.

    At the time of a jump the states are those after it. Jumps before the start count at the start.
    """

    def __init__(self, *jumps):
        """Each of `jumps` is the times [jump], which state it is, and what is added [jump, ...]."""
        dtype = torch.get_default_dtype()
        self.jumps = [
            (
                torch.as_tensor(times, dtype=dtype).detach(),
                place,
                torch.as_tensor(amount, dtype=dtype),
            )
            for times, place, amount in jumps
        ]
        self.times = sorted({time for times, _, _ in self.jumps for time in times.tolist()})

    def added(self, states, is_now):
        """The states with every jump of whose times `is_now` holds."""
        changed = list(states)
        for times, place, amount in self.jumps:
            now = is_now(times).to(amount.dtype)
            changed[place] = changed[place] + torch.tensordot(now, amount, 1)
        return changed
