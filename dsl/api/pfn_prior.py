"""The prior of a trained network: the texts that a checkpoint carries, and its block in them.

What a checkpoint says is not trusted. Its texts go through the parser and the checks that every
program goes through; nothing else reads them, and imports come from the checkpoint alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gendsl.analysis.pfn_blocks import pfns_of_file
from gendsl.api.compilation import loader_of
from gendsl.api.failure import UsageError
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend.parse import parse
from gendsl.ir.pfn import Pfn
from gendsl.results.attributes import hash_of
from gendsl.transforms.drawn_jointly import drawn_jointly


@dataclass(frozen=True, slots=True)
class Prior:
    """A block, the text that it stands in, and the texts that this imports, by name."""

    pfn: Pfn
    source: Source
    imports: Mapping[str, str] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """What identifies the texts."""
        whole = [self.source.text]
        whole += [f"{name}\n{self.imports[name]}" for name in sorted(self.imports)]
        return hash_of("\n".join(whole))


def prior_of_file(source: Source, name: str | None) -> Prior:
    """Return the block of that name of a file; without one, its only block.

    Raises:
        DiagnosticError: if there is none, it has errors, or there are several and no name.
    """
    texts: dict[str, str] = {}
    found, problems = pfns_of_file(source, parse(source), loader_of(None, texts))
    blocks = {pfn.name: pfn for pfn in found}
    if name is None and len(blocks) == 1 and not problems:
        return Prior(found[0], source, texts)
    if name in blocks:
        return Prior(blocks[str(name)], source, texts)
    if problems:
        raise DiagnosticError(problems)
    if name is None and blocks:
        help = f"choose with `--name`: {listed(list(blocks))}"
        raise _absent(f"{source.name} has {len(blocks)} `pfn` blocks", help)
    close = nearest(name, tuple(blocks)) if name is not None else None
    has = f"there are {listed(list(blocks))}" if blocks else None
    called = f" `{name}`" if name is not None else ""
    help = (f"did you mean `{close}`?" if close else has) or (
        "write `pfn amortised { prior = ... }` beside the model"
    )
    raise _absent(f"{source.name} has no `pfn` block{called}", help)


def _absent(message: str, help: str) -> DiagnosticError:
    return UsageError(Diagnostic("G1015", message, help=help))


def differences(one: Pfn, other: Pfn) -> list[str]:
    """Return what is not the same of two blocks, as words: a network of one is not of the other.

    Names of blocks and models, comments, how long training is, and parts of the models that the
    blocks have no use for make no difference.
    """
    pairs = {
        "the prior": (_program(one), _program(other)),
        "what is predicted": (_question(one), _question(other)),
        "the rows": ((one.row, one.rows), (other.row, other.rows)),
        "the network": (one.network, other.network),
    }
    return [what for what, (left, right) in pairs.items() if left != right]


def is_trained_alike(one: Pfn, other: Pfn, *, but_steps: bool = False) -> bool:
    """Whether two blocks say the same of their training, but perhaps of its length."""
    kept = [
        [each for each in pfn.train.settings if not (but_steps and each[0] == "steps")]
        for pfn in (one, other)
    ]
    return one.train.name == other.train.name and kept[0] == kept[1]


def _program(pfn: Pfn) -> object:
    program = drawn_jointly(pfn)
    return program.dimensions, program.nodes, len(pfn.requires)


def _question(pfn: Pfn) -> object:
    return pfn.target, pfn.is_target_predicted, pfn.latents, pfn.given
