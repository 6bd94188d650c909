"""A trained network: predicts, says where it is from, and can be saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.api.output import check_destination, not_written
from gendsl.api.pfn_columns import Input, domain_of_target, inputs_of
from gendsl.api.pfn_plan import classes_of
from gendsl.api.pfn_prior import Prior
from gendsl.diagnostics.wording import listed

if TYPE_CHECKING:
    from gendsl.api.pfn_check import PfnCheck
    from gendsl.api.pfn_estimators import PfnClassifier, PfnRegressor
    from gendsl.api.pfn_prediction import PfnPrediction
    from gendsl.api.proposal_maps import LatentMap
    from gendsl.inference.amortised import About, Predictor, Trained

KINDS = (".pfn", ".safetensors")
"""What files of trained networks end in."""


@dataclass(frozen=True)
class TrainedPfn:
    """A network trained on the draws of a prior.

    `gendsl.load_pfn` reads one, `block.train` makes one. Its targets and inputs are those of the
    prior, in the prior's units: nothing is standardised.
    """

    prior: Prior
    trained: Trained
    about: About

    @property
    def name(self) -> str:
        """The name of the block."""
        return self.prior.pfn.name

    @property
    def text(self) -> str:
        """The program that it was trained on."""
        return self.prior.source.text

    @property
    def target(self) -> str:
        """What is predicted in new rows."""
        return self.prior.pfn.target.name

    @property
    def rows(self) -> tuple[int, int]:
        """The least and the most rows of the data sets that it was trained on."""
        return self.prior.pfn.rows

    @property
    def num_steps(self) -> int:
        """Steps that its training has made."""
        return self.trained.num_steps

    @property
    def is_done(self) -> bool:
        """Whether nothing of its training is left."""
        return self.trained.is_done

    @property
    def is_classifier(self) -> bool:
        """Whether its target is one of finitely many classes."""
        return classes_of(self.prior.pfn) is not None

    @property
    def losses(self) -> tuple[tuple[int, float, float], ...]:
        """The log of training: steps, seconds, and the mean loss since the line before, in nats."""
        return tuple((each.step, each.seconds, each.loss) for each in self.trained.log)

    @property
    def loss(self) -> float | None:
        """The mean loss of the last tenth of the steps, in nats.

        It is -log q(y | x, context), and with latents -log q(latents | context) on top.
        """
        late = [
            (after.step - before, after.loss)
            for before, after in zip(
                (0, *(entry.step for entry in self.trained.log)), self.trained.log, strict=False
            )
            if after.step > 0.9 * self.num_steps
        ]
        total = sum(n for n, _ in late)
        return sum(n * loss for n, loss in late) / total if total else None

    @property
    def acceptance_rate(self) -> float | None:
        """The share of draws for which what is required held; `None` if nothing is."""
        return self.about.acceptance_rate

    @property
    def gap(self) -> Any:
        """What was measured of its distance from exact predictions, or `None`."""
        return self.about.gap

    def predict(
        self,
        context: object,
        query: object,
        *,
        given: Mapping[str, float] | None = None,
        columns: Sequence[str] | None = None,
        target: str | None = None,
        seed: int = 0,
    ) -> PfnPrediction:
        """Predict the target at the rows of `query`, given those of `context`, in one pass.

        Both are a dict of arrays, a pandas `DataFrame` or the path of a data file, with a column
        for each input and, in the context, one for the target. `columns` names those of the inputs,
        in the order of the network's, and `target` that of the target, where they are called
        otherwise. `given` are inputs that are the same for all rows, as a latent of the prior whose
        value is set here. `seed` is of the draws of latent quantities, if they are predicted.

        Data that can't be of the prior, are outside of what was trained, or more than that, are
        remarked upon in the result's `notes`, and by warnings.

        Raises:
            DiagnosticError: if a column is missing, too many, or holds what it can't.
        """
        from gendsl.api.pfn_prediction import predict
        from gendsl.api.warned import warn_of

        found = predict(
            self, context, query, given=given, columns=columns, target=target, seed=seed
        )
        warn_of(found.notes)
        return found

    def check(
        self,
        *,
        sizes: Sequence[int] | None = None,
        tasks: int = 500,
        judged: int = 20,
        draws: int = 500,
        seed: int = 0,
        has_reference: bool = True,
        progress: Callable[[str], None] | None = None,
    ) -> PfnCheck:
        """Hold the network against its prior: the gap to the exact predictive, and calibration.

        On `tasks` new data sets of the prior, for each number of rows of the context in `sizes`:
        the mean log density of queries, the coverage of central intervals, and the p-value of the
        targets' places being uniform. On the first `judged` of them the gap in nats,

            E[log p(y | x, context) - log q(y | x, context)],

        where p is exact if the model has nothing to infer, and otherwise the mean over the draws of
        a run of `nuts()`, four chains of `draws` draws; with its Monte Carlo error. Latent
        quantities that are predicted have the ranks of the truth among their draws tested (SBC),
        each and jointly (TARP).

        Raises:
            DiagnosticError: if the model has no reference: it has latents of each row, or requires
                something of rows. `has_reference=False` leaves it out.
            ValueError: if a size is none of a context.
        """
        from gendsl.api.pfn_check import check

        return check(
            self, sizes=sizes, tasks=tasks, judged=judged, draws=draws, seed=seed,
            has_reference=has_reference, progress=progress,
        )  # fmt: skip

    def with_gap(self, found: PfnCheck) -> TrainedPfn:
        """Return the network with what a check found, which `save` writes."""
        return replace(self, about=replace(self.about, gap=found.to_dict()))

    def estimator(self, given: Mapping[str, float] | None = None) -> PfnRegressor | PfnClassifier:
        """Return it as an estimator of scikit-learn's kind: a classifier where it predicts one."""
        from gendsl.api.pfn_estimators import PfnClassifier, PfnRegressor

        return (PfnClassifier if self.is_classifier else PfnRegressor)(self, given)

    def save(self, path: str | Path) -> None:
        """Write it to a `.pfn` file; what stood there stays until the new one is whole.

        Raises:
            DiagnosticError: if that can't be written.
        """
        check_destination(Path(path), KINDS)
        try:
            self.write(Path(path))
        except OSError as error:
            raise not_written(Path(path), error) from None

    def write(self, path: Path) -> None:
        """Write it without looking at the path first.

        Raises:
            OSError: if the file system refuses.
        """
        from gendsl.inference.amortised import Checkpoint, save

        save(path, Checkpoint(self.trained, self.about))

    @property
    def digest(self) -> str:
        """The SHA-256 of all that its file says, which the file's header has."""
        from gendsl.inference.amortised import Checkpoint, digest_of

        return digest_of(Checkpoint(self.trained, self.about))

    def to_dict(self) -> dict[str, Any]:
        """Return what it is and where it is from, fit for JSON."""
        trained = self.trained
        return {
            "name": self.name,
            "prior": self.prior.pfn.prior,
            "predicts": self.question,
            "rows": list(self.rows),
            "inputs": [each.name for each in self.inputs],
            "design": trained.design.to_json(),
            "weights": self.num_weights,
            "training": trained.settings.to_json(),
            "steps": self.num_steps,
            "is_done": self.is_done,
            "seconds": trained.seconds,
            "loss": self.loss,
            "acceptance_rate": self.acceptance_rate,
            "gap": self.gap,
            "draws": dict(self.about.ranges),
            "file": self.prior.source.name,
            "hash": self.about.prior_hash,
            "text": self.text,
        }

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs, in the order of their columns."""
        return inputs_of(self.prior.pfn)

    @cached_property
    def predictor(self) -> Predictor:
        """What the core makes of it."""
        from gendsl.inference.amortised import Predictor

        return Predictor.of(self.trained)

    @cached_property
    def constrained(self) -> Callable[[Any], dict[str, Any]]:
        """From draws [draw, latent] of the core to latent quantities [draw, ...] by name."""
        from gendsl.api.pfn_sampler import latents_of

        return latents_of(self.prior.pfn)

    @cached_property
    def latent_map(self) -> LatentMap:
        """From the same to values and how much volume that makes, as proposals need it."""
        from gendsl.api.proposal_maps import LatentMap

        return LatentMap.of(self.prior.pfn)

    @property
    def num_weights(self) -> int:
        """How many numbers were learnt."""
        import jax

        return sum(leaf.size for leaf in jax.tree.leaves(self.trained.state.average))

    @property
    def question(self) -> str:
        """What is predicted given what, as a line of text."""
        from gendsl.api.pfns import PfnBlock

        return PfnBlock(self.prior).question

    def __str__(self) -> str:
        trained, ranges = self.trained, self.about.ranges
        design = trained.design
        head = design.to_json()["head"]
        lines = [
            ("predicts", self.question),
            ("prior", f"{self.prior.pfn.prior} ({self.prior.source.name})"),
            ("rows", f"{self.rows[0]} to {self.rows[1]}, context and queries"),
            ("columns", " to ".join(map(str, dict.fromkeys(ranges["columns"])))),
            (
                "network",
                f"{design.layers} layers of width {design.width}, {head['kind']}({head['count']}),"
                f" {self.num_weights:,} weights",
            ),
            ("training", self._training()),
            ("target", self._target()),
            *((f"input {name}", _span(found)) for name, found in ranges["inputs"].items()),
        ]
        if self.acceptance_rate is not None:
            lines.append(("required", f"holds for {self.acceptance_rate:.1%} of draws"))
        lines.append(("gap", self.gap_text))
        width = max(len(name) for name, _ in lines)
        return "\n".join([f"pfn {self.name}", *(f"  {n.ljust(width)}  {t}" for n, t in lines)])

    def __deepcopy__(self, memo: object) -> TrainedPfn:
        return self  # it never changes; scikit-learn copies what estimators are made of

    def __repr__(self) -> str:
        return f"pfn {self.name}: {self.question}, {self.num_steps:,} steps"

    def _target(self) -> str:
        members = domain_of_target(self.prior.pfn).members
        if members is not None:
            return f"one of {listed(members, 6)}"
        return _span(self.about.ranges["target"])

    @property
    def gap_text(self) -> str:
        """The gap in words."""
        gap = self.gap.get("mean_gap") if isinstance(self.gap, Mapping) else None
        if not isinstance(gap, float):
            return "not measured"
        error, judged = self.gap.get("gap_error"), self.gap.get("num_judged")
        spread = f" ± {error:.4f}" if isinstance(error, float) else ""
        each = "" if spread else " of each size"
        on = f", on {judged} data sets{each}" if isinstance(judged, int) else ""
        return f"{gap:.4f}{spread} nats to the reference on average{on}"

    def _training(self) -> str:
        trained, settings = self.trained, self.trained.settings
        loss = "" if self.loss is None else f", loss {self.loss:.3f}"
        end = f"of {settings.steps:,}"
        if settings.minutes is not None:
            end += f" or {60 * settings.minutes:.0f} s"
        state = "" if self.is_done else ", not at its end"
        return f"{self.num_steps:,} steps ({end}) in {trained.seconds:.0f} s{loss}{state}"


def _span(found: Mapping[str, Any]) -> str:
    quantiles = found["quantiles"]
    return (
        f"{found['least']:.4g} to {found['most']:.4g} in draws, 98% within"
        f" {quantiles[0]:.4g} to {quantiles[-1]:.4g}"
    )
