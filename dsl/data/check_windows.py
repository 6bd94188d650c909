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
    every = (w for network in program.networks for w in network.windows)
    window = next((w for w in every if w.into == dimension.name), None)
    if window is None:
        return False
    root = root_of(program, window.along)
    problems.error(
        "G0785",
        f"the windows of `{window.layer}` are {window.size} wide, and `{window.along}` has"
        f" {counted(ledger.size(root) or 0, 'member')}",
        window.span,
        label=f"windows of {window.size} along this have no place",
        help="take narrower windows, fewer or smaller strides before them, or, for a convolution,"
        " `padding = same`",
    )
    return True
