"""Whether an inference program fits its model: what its kernels move, and what nothing moves.

Every latent quantity must be moved by some kernel of a program that names quantities, and each
kernel only by what it is able to move. Discrete latents are summed out exactly, unless `gibbs`
keeps all of them as coordinates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gendsl.analysis.batch_dims import with_batch_dims
from gendsl.analysis.flow_sites import has_flow_of_all, has_real_latent, nothing_to_map
from gendsl.analysis.gaussian_prior import not_gaussian
from gendsl.analysis.hidden_data import hidden_scores
from gendsl.analysis.last_layer import with_last_layer
from gendsl.analysis.latents import latent_sites
from gendsl.analysis.linear_networks import with_linear_networks
from gendsl.analysis.proposals import with_proposals
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.bound import missing_site
from gendsl.ir.program import (
    Data,
    InferenceCall,
    InferenceProgram,
    InferenceSite,
    Program,
    Sample,
)
from gendsl.ir.types import Kind
from gendsl.ir.walk import defined_names
from gendsl.resolve.inference_piece import Moves
from gendsl.resolve.inference_table import PIECES


def check_inference(program: Program) -> Program:
    """The program, each of its inference programs with what of it does not fit the model."""
    named = (with_last_layer(each, program) for each in program.inference)
    linear = (with_linear_networks(each, program) for each in named)
    batched = (with_batch_dims(each, program) for each in linear)
    proposed = (with_proposals(each, program) for each in batched)
    return replace(program, inference=tuple(_checked(each, program) for each in proposed))


def _checked(inference: InferenceProgram, program: Program) -> InferenceProgram:
    inference = _of_some(inference, program)
    flows = [p for p in inference.pieces if has_flow_of_all(p)]
    outer = next((p for p in inference.pieces if PIECES[p.name].is_kernel), None)
    if outer is None or not (flows or outer is inference.pieces[0]):
        return inference
    found = Reporter()
    found.extend(inference.problems)
    if flows and not has_real_latent(program):
        found.report(nothing_to_map(flows[0], program))
        return replace(inference, problems=found.diagnostics)
    _Check(program, inference, found).run(outer)
    return replace(inference, problems=found.diagnostics)


def _of_some(inference: InferenceProgram, program: Program) -> InferenceProgram:
    """The program with what is wrong with the quantities that an approximation is of."""
    found = Reporter()
    found.extend(inference.problems)
    check = _Check(program, inference, found)
    first, *others = inference.pieces or (None,)
    if first is None or not first.sites or PIECES[first.name].is_kernel:
        return inference
    if check.has_right_sites(first) and others:
        found.report(
            Diagnostic(
                "G0457",
                f"`{first.name}` is of {listed([s.name for s in first.sites])} alone, and"
                f" `{others[0].name}` weights draws of all quantities",
                others[0].span,
                "takes all quantities",
                help=f"leave `>> {others[0].name}(...)` out"
                if PIECES[first.name].default_site is not None
                else f"leave the names out, or `>> {others[0].name}(...)`",
            )
        )
    return replace(inference, problems=found.diagnostics)


def leaves(call: InferenceCall) -> Iterator[InferenceCall]:
    """The kernels that a kernel is made of, in order; itself where it is of one piece."""
    if not call.parts:
        yield call
    for part in call.parts:
        yield from leaves(part)


def _latents(program: Program) -> dict[str, Sample]:
    """The latent quantities by name; of a series its step."""
    return {site.name: site for site in latent_sites(program)}


def _is_discrete(site: Sample) -> bool:
    return site.type.kind is not Kind.REAL


class _Check:
    """One inference program of one model."""

    def __init__(self, program: Program, inference: InferenceProgram, reporter: Reporter) -> None:
        self.program = program
        self.inference = inference
        self.reporter = reporter
        self.latents = _latents(program)
        self.missing = {missing_site(d.name): d for d in program.data if d.is_optional}

    def run(self, outer: InferenceCall) -> None:
        """Report everything; what is not moved only where the rest is right."""
        kernels = list(leaves(outer))
        results = [self.has_right_sites(kernel) for kernel in kernels]
        if all(results):
            self._check_kept(kernels)
            self._check_cover(outer, kernels)

    def has_right_sites(self, kernel: InferenceCall) -> bool:
        """Whether a piece can be of what it names; what it can't is reported."""
        is_right = True
        for site in kernel.sites:
            problem = self._problem(kernel, site)
            if problem is not None:
                self.reporter.report(problem)
                is_right = False
        if PIECES[kernel.name].moves is Moves.GAUSSIAN and not kernel.sites:
            self.reporter.report(
                Diagnostic(
                    "G0436",
                    f"`{kernel.name}` must be told which quantities it moves",
                    kernel.span,
                    "no quantity",
                    help=self._which_gaussian(kernel),
                )
            )
            is_right = False
        if is_right and PIECES[kernel.name].moves is Moves.DISCRETE and not self._discrete():
            self.reporter.report(
                Diagnostic(
                    "G0434",
                    f"`{self.program.name}` has no discrete quantity for `{kernel.name}` to move",
                    kernel.span,
                    "nothing to move",
                    help="leave it out",
                )
            )
            is_right = False
        return is_right

    def _discrete(self) -> dict[str, Span]:
        """What `gibbs` can move: discrete latents, and missing entries that are summed over."""
        latents = {name: site.span for name, site in self.latents.items() if _is_discrete(site)}
        hidden = {n: d.span for n, d in self.missing.items() if hidden_scores(d, self.program)}
        return latents | hidden

    def _gaussian(self) -> str | None:
        able = (
            name
            for name, site in self.latents.items()
            if not _is_discrete(site) and not_gaussian(site, self.program) is None
        )
        return next(able, None)

    def _problem(self, kernel: InferenceCall, site: InferenceSite) -> Diagnostic | None:
        """What is wrong with a quantity that a kernel names."""
        latent = self.latents.get(site.name)
        if latent is None:
            gap = self.missing.get(site.name)
            return self._not_latent(kernel, site) if gap is None else _of_missing(kernel, site, gap)
        row = PIECES[kernel.name]
        declared = (Label(latent.span, f"`{site.name}` is defined here"),)
        if _is_discrete(latent) and row.has_gradient:
            return Diagnostic(
                "G0434",
                f"`{kernel.name}` takes gradients, and `{site.name}` is discrete",
                site.span,
                "has no gradient",
                declared,
                help=_leave_out(site.name),
            )
        if _is_discrete(latent) and row.moves is not Moves.DISCRETE:
            return Diagnostic(
                "G0435",
                f"`{site.name}` is summed out exactly: `{kernel.name}` can't move it",
                site.span,
                "summed out",
                declared,
                help=_leave_out(site.name),
            )
        if not _is_discrete(latent) and row.moves is Moves.DISCRETE:
            return Diagnostic(
                "G0434",
                f"`{kernel.name}` moves discrete quantities, and `{site.name}` is continuous",
                site.span,
                "continuous",
                declared,
                help=f"`slice({site.name})` or `nuts({site.name})` moves it",
            )
        why = not_gaussian(latent, self.program) if row.moves is Moves.GAUSSIAN else None
        if why is not None:
            return Diagnostic(
                "G0436",
                f"`{kernel.name}` can't move `{site.name}`, which is not Gaussian given the others",
                site.span,
                why.reason,
                declared,
                help=why.way_out,
            )
        return None

    def _which_gaussian(self, kernel: InferenceCall) -> str:
        able = self._gaussian()
        if able is not None:
            return f"name them: `{kernel.name}({able})`"
        return "no quantity here has a Gaussian prior: leave it out, `nuts()` moves everything"

    def _not_latent(self, kernel: InferenceCall, site: InferenceSite) -> Diagnostic:
        name = site.name
        datum = self.program.datum(name)
        if datum is not None:
            return Diagnostic(
                "G0432",
                f"`{name}` is data, which no kernel moves",
                site.span,
                f"its missing entries are `{missing_site(name)}`" if datum.is_optional else "data",
                (Label(datum.span, "declared here"),),
                help=self._instead_of_data(kernel, datum),
            )
        node = next((n for n in self.program.nodes if name in defined_names(n)), None)
        if node is not None:
            return Diagnostic(
                "G0432",
                f"`{name}` is not inferred itself: it is computed, or predicted",
                site.span,
                "no kernel can move it",
                (Label(node.span, "defined here"),),
                help=f"name what it is made of: {self._names()}",
            )
        inside = [n for n in self.latents if n.startswith(f"{name}.")]
        close = nearest(name, self.latents)
        if inside:
            help = f"name its quantities: {listed(inside)}"
        else:
            known = f"there {'is' if len(self.latents) == 1 else 'are'} {self._names()}"
            help = f"did you mean `{close}`?" if close else known
        return Diagnostic(
            "G0431",
            f"`{self.program.name}` has no quantity `{name}`",
            site.span,
            "unknown quantity",
            help=help,
        )

    def _instead_of_data(self, kernel: InferenceCall, datum: Data) -> str:
        gaps = missing_site(datum.name)
        is_real = datum.type.kind is Kind.REAL
        if not datum.is_optional or not (is_real or gaps in self._discrete()):
            return "leave it out"
        kind = Moves.CONTINUOUS if is_real else Moves.DISCRETE
        if PIECES[kernel.name].moves is kind:
            return f"name its missing entries in its place, `{gaps}`"
        return _leave_out(gaps) if not is_real else f"`nuts({gaps})` moves its missing entries"

    def _names(self) -> str:
        return listed(list(self.latents)) if self.latents else "none that is inferred"

    def _check_kept(self, kernels: list[InferenceCall]) -> None:
        """Discrete latents are coordinates all together, or not at all."""
        gibbs = [k for k in kernels if PIECES[k.name].moves is Moves.DISCRETE]
        if not gibbs or any(not kernel.sites for kernel in gibbs):
            return
        named = [site.name for kernel in gibbs for site in kernel.sites]
        places = self._discrete()
        others = [name for name in places if name not in named]
        if others:
            self.reporter.report(
                Diagnostic(
                    "G0435",
                    f"{listed(others)} would be summed out given {listed(named)}, which is kept",
                    gibbs[0].span,
                    "keeps only a part of the discrete quantities",
                    tuple(Label(places[n], "not kept") for n in others[:1]),
                    help=f"keep all of them, `{gibbs[0].name}({', '.join([*named, *others])})`,"
                    " or none",
                )
            )

    def _check_cover(self, outer: InferenceCall, kernels: list[InferenceCall]) -> None:
        """Whether every latent quantity is moved."""
        moved: set[str] = set()
        for kernel in kernels:
            if not kernel.sites and PIECES[kernel.name].moves is Moves.CONTINUOUS:
                return
            moved |= {site.name for site in kernel.sites}
        left = {n: s for n, s in self.latents.items() if not _is_discrete(s) and n not in moved}
        if left:
            self.reporter.report(uncovered(self.inference, outer, left))


def _of_missing(kernel: InferenceCall, site: InferenceSite, datum: Data) -> Diagnostic | None:
    """What is wrong with a kernel that names missing entries."""
    declared = (Label(datum.span, "declared here"),)
    moves = PIECES[kernel.name].moves
    if datum.type.kind is not Kind.REAL:
        if moves is Moves.DISCRETE:
            return None
        return Diagnostic(
            "G0435",
            f"missing entries of `{datum.name}` are discrete, and summed out exactly:"
            f" `{kernel.name}` can't move them",
            site.span,
            "summed out",
            declared,
            help=_leave_out(site.name),
        )
    if moves is Moves.CONTINUOUS:
        return None
    is_discrete = moves is Moves.DISCRETE
    return Diagnostic(
        "G0434" if is_discrete else "G0436",
        f"`{kernel.name}` can't move missing entries of `{datum.name}`",
        site.span,
        "continuous" if is_discrete else "have no prior of their own, but that of the whole data",
        declared,
        help=f"`slice({site.name})` or `nuts({site.name})` moves them",
    )


def _leave_out(name: str) -> str:
    return f"leave it out, and it is summed out exactly; `gibbs({name})` keeps it"


def uncovered(
    inference: InferenceProgram, outer: InferenceCall, left: Mapping[str, Sample | None]
) -> Diagnostic:
    """Say that no kernel moves some quantities."""
    places = tuple(Label(s.span, "not moved") for s in left.values() if s is not None)
    first = next(iter(left))
    inside = outer.name if outer.parts else "cycle"
    return Diagnostic(
        "G0433",
        f"no kernel of `{inference.name}` moves {listed(list(left))}",
        outer.span,
        "leaves it where it started" if len(left) == 1 else "leaves them where they started",
        places[:3],
        help=f"name {'it' if len(left) == 1 else 'them'} too: `{inside}(..., nuts({first}))`;"
        " a kernel without names moves everything",
    )
