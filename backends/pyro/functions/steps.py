"""A recurrence with random sites in its steps."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

from pyro.poutine.messenger import Messenger

from gendsl.backends.pyro.functions.scan import scan


class Step(Messenger):
    """Gives the sites of one step names of their own: `x` at step 3 is `x.3`."""

    def __init__(self, place, count):
        super().__init__()
        self.place, self.count = place, count

    def _pyro_sample(self, site):
        if hasattr(site["fn"], "batch_shape"):
            site["infer"] = {**site["infer"], "step": (site["name"], self.place, self.count)}
            site["name"] = f"{site['name']}.{self.place}"


def scan_sites(step, carry, inputs, length=None):
    """`scan` of a step that draws: its sites are numbered."""
    if inputs is not None:
        length = len(inputs[0] if isinstance(inputs, tuple) else inputs)
    place = 0

    def numbered(carry, row):
        nonlocal place
        with Step(place, length):
            result = step(carry, row)
        place += 1
        return result

    return scan(numbered, carry, inputs, length)
