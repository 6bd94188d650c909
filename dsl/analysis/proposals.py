"""Whether a trained network can propose for a model: by names, types and supports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from gendsl.analysis.latents import latent_sites
from gendsl.analysis.pfn_priors import dims_of
from gendsl.analysis.task_nodes import added_nodes
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Const, Expr
from gendsl.ir.pfn import Pfn, PfnName
from gendsl.ir.program import InferenceCall, InferenceProgram, Program, Sample
from gendsl.resolve.inference_networks import networks_named
from gendsl.resolve.random_functions.integrated import is_integrated_out


def with_proposals(inference: InferenceProgram, program: Program) -> InferenceProgram:
    """The inference program with what keeps the networks from it that the program declares."""
    declared = {each.name: each.pfn for each in program.trained}
    found = [
        problem
        for name, call in networks_named(inference).items()
        if name in declared
        for problem in problems_of_proposal(declared[name], program, call)
    ]
    return replace(inference, problems=(*inference.problems, *found))


def problems_of_proposal(pfn: Pfn, program: Program, call: InferenceCall) -> tuple[Diagnostic, ...]:
    """What keeps a network from proposing for a model, or starting its chains, in their texts.

    It predicts no latents, or others than the model's; these, the inputs or the target differ; or
    it gives a density to what has none.
    """
    if pfn.latents:
        return tuple(_Fit(pfn, program, call).problems())
    return (
        Diagnostic(
            "G1042",
            f"`{pfn.name}` predicts no latent quantities, and `{call.name}` draws these",
            call.span,
            "draws latent quantities",
            (Label(pfn.span, f"predicts rows of `{pfn.target.name}`"),),
            help=f"train one that does: `predict {pfn.target.name}, {_usual(pfn)} given ...`",
        ),
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    """The comparison of a block's prior with a model."""

    pfn: Pfn
    program: Program
    call: InferenceCall

    def problems(self) -> Iterator[Diagnostic]:
        """What does not fit."""
        latents = {site.name: site for site in latent_sites(self.program)}
        for name in self.pfn.latents:
            yield from self._latent(name, latents)
        for name in self.pfn.given:
            yield from self._data(name, "an input", latents)
        yield from self._data(self.pfn.target, "the target", latents)

    def _latent(self, name: PfnName, latents: Mapping[str, Sample]) -> Iterator[Diagnostic]:
        own = latents.get(name.name)
        if own is None and is_integrated_out(self.program, name.name):
            yield without_place(name.name, self.call, (Label(name.span, "of the network"),))
            return
        if own is None:
            close = nearest(name.name, tuple(latents))
            help = f"did you mean `{close}`?" if close else f"latent are {listed(latents, 8)}"
            yield self._problem(f"the model has no latent quantity `{name.name}`", name, help)
            return
        site = _site(self.pfn.program, name.name)
        if (site.dims, site.type) != (own.dims, own.type):
            yield self._problem(
                f"`{name.name}` is {_shape(site)} in the network's prior, and {_shape(own)} in the"
                " model",
                name,
            )
        elif not _is_within(own, site):
            yield self._problem(
                f"`{name.name}` has values in the model that the network's prior does not have",
                name,
                "give it the same support in both",
            )
        elif own.support is SupportKind.UNIT_VECTOR and self.call.name == "importance":
            yield self._problem(
                f"`{name.name}` is a unit vector, whose coordinates are more than its values",
                name,
                "`nuts(init = ...)` starts at draws of the network, which need no density",
            )

    def _data(
        self, name: PfnName, what: str, latents: Mapping[str, Sample]
    ) -> Iterator[Diagnostic]:
        datum = self.program.datum(name.name)
        if datum is None and name.name in latents:
            yield self._problem(
                f"`{name.name}` is {what} of the network, and latent in the model",
                name,
                f"give it a value: `model.condition({name.name}=1)`, or `--set {name.name}=1`",
            )
            return
        if datum is None:
            close = nearest(name.name, tuple(each.name for each in self.program.data))
            help = f"did you mean `{close}`?" if close else None
            yield self._problem(f"the model has no data `{name.name}`, {what} of the network", name,
                                help)  # fmt: skip
            return
        prior = self.pfn.program.datum(name.name)
        dims = dims_of(self.pfn.program, name.name)
        kind = prior.type if prior is not None else _site(self.pfn.program, name.name).type
        if (dims, kind) != (datum.dims, datum.type):
            yield self._problem(
                f"`{name.name}` is `{_with_dims(dims)} : {kind}` in the network's prior, and"
                f" `{_with_dims(datum.dims)} : {datum.type}` in the model",
                name,
            )

    def _problem(self, message: str, name: PfnName, help: str | None = None) -> Diagnostic:
        return Diagnostic(
            "G1043",
            message,
            self.call.span,
            f"draws from `{self.pfn.name}`",
            (Label(name.span, "of the network"),),
            help=help or "train a network on this model: its declarations have to agree",
        )


def without_place(name: str, call: InferenceCall, labels: tuple[Label, ...] = ()) -> Diagnostic:
    """What is said of a latent that a network predicts and that no position of the model has."""
    return Diagnostic(
        "G1043",
        f"`{name}` is integrated out of the model, and the network predicts it",
        call.span,
        "draws what the model infers",
        labels,
        notes=("the model draws it afterwards, given all else",),
        help=f"leave `{name}` out of `predict` in the block, and train that network; or keep it in"
        " the model: `approx = exact(collapse = false)` integrates nothing out",
    )


def _site(program: Program, name: str) -> Sample:
    return next(n for n in program.nodes if isinstance(n, Sample) and n.name == name)


def _is_within(own: Sample, other: Sample) -> bool:
    """Whether what one site may be, another may be as well."""
    if own.support is not other.support:
        return False
    return _reaches(own.range.lower, other.range.lower, 1) and _reaches(
        own.range.upper, other.range.upper, -1
    )


def _reaches(own: Expr | None, other: Expr | None, sign: int) -> bool:
    """Whether the other's bound lies no further inside; of bounds that are no numbers, is equal."""
    match own, other:
        case _, None:
            return True
        case Const(int() | float() as inner), Const(int() | float() as outer):
            return sign * outer <= sign * inner
        case _:
            return own == other


def _shape(site: Sample) -> str:
    return f"`{_with_dims(site.dims)} : {site.type}`"


def _with_dims(dims: tuple[str, ...]) -> str:
    return f"[{', '.join(dims)}]" if dims else "one number"


def _usual(pfn: Pfn) -> str:
    """The latents that could be predicted, as a list after `predict`."""
    names = [site.name for site in latent_sites(pfn.program) if pfn.row not in site.dims]
    drawn = {node.name for node in added_nodes(pfn) if isinstance(node, Sample)}
    return ", ".join([name for name in names if name not in drawn]) or "a"
