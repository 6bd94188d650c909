"""The `pfn` blocks of a model: what they say, and samplers of their tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.analysis.pfn_blocks import pfns_of_file, question
from gendsl.analysis.pfn_priors import in_columns
from gendsl.api.compilation import Checked, loader_of
from gendsl.api.description import PfnRow
from gendsl.api.failure import UsageError
from gendsl.api.pfn_prior import Prior
from gendsl.api.progress import Report
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend.parse import parse
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import InferenceCall

if TYPE_CHECKING:
    from gendsl.api.pfn_sampler import TaskSampler
    from gendsl.api.pfn_trained import TrainedPfn


@dataclass(frozen=True, slots=True)
class PfnBlock:
    """A prior, what is predicted given what, a network and its training, as a block says."""

    block: Prior

    @property
    def pfn(self) -> Pfn:
        """The block, typed."""
        return self.block.pfn

    @property
    def name(self) -> str:
        """The name of the block."""
        return self.pfn.name

    @property
    def prior(self) -> str:
        """The model of which tasks are drawn."""
        return self.pfn.prior

    @property
    def target(self) -> str:
        """What is observed in each row, and predicted in others."""
        return self.pfn.target.name

    @property
    def latents(self) -> tuple[str, ...]:
        """The latent quantities that are predicted."""
        return tuple(each.name for each in self.pfn.latents)

    @property
    def given(self) -> tuple[str, ...]:
        """The inputs, in the order of their columns."""
        return tuple(each.name for each in in_columns(self.pfn))

    @property
    def rows(self) -> tuple[int, int]:
        """The least and the most rows of a task."""
        return self.pfn.rows

    @property
    def network(self) -> dict[str, Any]:
        """The network's kind and settings."""
        return _plain(self.pfn.network)

    @property
    def training(self) -> dict[str, Any]:
        """The training's kind and settings."""
        return _plain(self.pfn.train)

    def train(
        self,
        *,
        out: str | Path | None = None,
        resume: bool = False,
        steps: int | None = None,
        budget: float | None = None,
        seed: int | None = None,
        judged: int | None = None,
        progress: Report | None = None,
    ) -> TrainedPfn:
        """Train the network on draws of the prior, as the block says.

        `steps`, `seed` and a `budget` in minutes take the place of the block's; training ends with
        the steps or the minutes, whichever comes first, and its schedule with it. It is saved to
        `out`, a `.pfn` file, once a minute and at the end. With `resume` it goes on from there, to
        the same network to the last bit as if it had not been stopped, unless there is a budget.
        `progress` is called a few times a second, and tells once a minute of the gap to the
        reference on `judged` data sets that are held back: on 24 if the prior has an exact one, and
        otherwise, unless they are asked for, on none, as that of `nuts()` takes its time before
        training begins. A keyboard interrupt ends it after the step: what
        is returned then is not `is_done`.

        Raises:
            DiagnosticError: if the prior has no draws, the loss is not finite, `out` can't be
                written, is there already, or is of another prior.
            ValueError: if a number is out of range.
        """
        from gendsl.api.pfn_training import Plan, train

        if resume and out is None:
            raise ValueError("what is to be resumed? say `out`")
        path = None if out is None else Path(out)
        return train(self.block, Plan(path, resume, steps, budget, seed, judged), progress)

    def sampler(self, batch: int | None = None, rows: int | None = None) -> TaskSampler:
        """Return a compiled function of a key that draws `batch` tasks of `rows` rows.

        If they are not given, `batch` is that of the training, and `rows` the most.

        Raises:
            ValueError: if a number is out of its range.
        """
        batch = int(self.training["batch"]) if batch is None else batch
        least, most = self.rows
        rows = most if rows is None else rows
        if batch < 1:
            raise ValueError(f"batch must be at least 1, got {batch}")
        if not least <= rows <= most:
            raise ValueError(f"rows must be between {least} and {most}, got {rows}")
        from gendsl.api.pfn_sampler import TaskSampler

        return TaskSampler(self.pfn, batch, rows)

    @property
    def question(self) -> str:
        """What is predicted given what, as a line of text."""
        return question(self.pfn)

    def __repr__(self) -> str:
        return f"pfn {self.name}: {self.question}, prior {self.prior}"


class PfnBlocks(Mapping[str, PfnBlock]):
    """The blocks by name. A name that is not there, and a block with errors, are errors."""

    def __init__(self, checked: Checked) -> None:
        source = checked.source
        self._model = checked.program.name
        texts: dict[str, str] = {}
        found, self._problems = pfns_of_file(
            source, parse(source), loader_of(checked.imports, texts), self._model
        )
        self._blocks = {pfn.name: PfnBlock(Prior(pfn, source, texts)) for pfn in found}

    def __getitem__(self, name: str) -> PfnBlock:
        """Return a block.

        Raises:
            DiagnosticError: if there is none of that name, or blocks have errors.
        """
        if name in self._blocks:
            return self._blocks[name]
        if self._problems:
            raise DiagnosticError(self._problems)
        close = nearest(name, tuple(self._blocks))
        has = f"there are {listed(list(self._blocks))}" if self._blocks else None
        raise UsageError(
            Diagnostic(
                "G1003",
                f"`{self._model}` is the prior of no `pfn` block `{name}`",
                help=(f"did you mean `{close}`?" if close else has)
                or f"write `pfn {name} {{ prior = {self._model} ... }}` beside it",
            )
        )

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """What is wrong with blocks, which are then left out."""
        return self._problems

    def rows(self) -> tuple[PfnRow, ...]:
        """What a description of the model says of its blocks."""
        return tuple(PfnRow(b.name, b.question, b.rows) for b in self._blocks.values())

    def __contains__(self, name: object) -> bool:
        return name in self._blocks

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self._blocks.values())) or "no pfn blocks"


def _plain(call: InferenceCall) -> dict[str, Any]:
    """The kind of a call and its settings; those that are calls, likewise."""
    settings = {
        name: _plain(value) if isinstance(value, InferenceCall) else value
        for name, value in call.settings
    }
    return {"kind": call.name, **settings}
