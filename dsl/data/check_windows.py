"""Windows of networks that are wider than what they slide along."""

from __future__ import annotations

from gendsl.data.ledger import Ledger
from gendsl.data.problems import Problems
from gendsl.data.roots import root_of
from gendsl.diagnostics.wording import counted
from gendsl.ir.program import Dimension, Program


def refuse_narrow(
    program: Program, dimension: Dimension, ledger: Ledger, problems: Problems
) -> bool:
    """Whether a dimension has the places of windows for which there is no room: an error."""
    every = ((n, w) for n in program.networks for w in n.windows if w.into == dimension.name)
    network, window = next(every, (None, None))
    if network is None or window is None:
        return False
    is_padable = window.layer in (layer.name for layer in network.layers)
    root = root_of(program, window.along)
    problems.error(
        "G0785",
        f"the windows of `{window.layer}` are {window.size} wide, and `{window.along}` has"
        f" {counted(ledger.size(root) or 0, 'member')}",
        window.span,
        label=f"no window of {window.size} fits along this",
        help="take narrower windows, or fewer or smaller strides before them"
        + ("; or `padding = same`" if is_padable else ""),
    )
    return True
