"""Whether an inference program fits its model: what its kernels move, and what nothing moves.

Every latent quantity must be moved by some kernel of a program that names quantities, and each
kernel only by what it is able to move. Discrete latents are summed out exactly, unless `gibbs`
keeps all of them as coordinates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gendsl.analysis.dependence import depends_on_discrete, directly_above
from gendsl.analysis.latents import latent_sites
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.bound import missing_site
from gendsl.ir.program import (
    Data,
    InferenceCall,
    InferenceProgram,
    InferenceSite,
    Program,
    Recurrence,
    Sample,
    SampleRole,
)
from gendsl.ir.types import Kind
from gendsl.ir.walk import defined_names, names_of
from gendsl.resolve.inference_table import PIECES, Moves

GAUSSIAN = ("Normal", "MultiNormal", "GaussianRandomWalk")
"""Families that are Gaussian given their parameters."""


def check_inference(program: Program, reporter: Reporter) -> None:
    """Report what of the inference programs does not fit the model."""
    for inference in program.inference:
        outer = inference.pieces[0]
        if PIECES[outer.name].is_kernel:
            _Check(program, inference, reporter).run(outer)


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
        results = [self._check_sites(kernel) for kernel in kernels]
        if all(results):
            self._check_kept(kernels)
            self._check_cover(outer, kernels)

    def _check_sites(self, kernel: InferenceCall) -> bool:
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
                    help=f"name them: `{kernel.name}({self._gaussian() or 'f'})`",
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

    def _discrete(self) -> list[str]:
        return [name for name, site in self.latents.items() if _is_discrete(site)]

    def _gaussian(self) -> str | None:
        return next((n for n, s in self.latents.items() if self._is_gaussian(s)), None)

    def _problem(self, kernel: InferenceCall, site: InferenceSite) -> Diagnostic | None:
        """What is wrong with a quantity that a kernel names."""
        latent = self.latents.get(site.name)
        if latent is None:
            gap = self.missing.get(site.name)
            return self._not_latent(site) if gap is None else _of_missing(kernel, site, gap)
        row = PIECES[kernel.name]
        declared = (Label(latent.span, f"`{site.name}` is defined here"),)
        if _is_discrete(latent) and row.has_gradient:
            return Diagnostic(
                "G0434",
                f"`{kernel.name}` takes gradients, and `{site.name}` is discrete",
                site.span,
                "has no gradient",
                declared,
                help=f"leave it out, and it is summed out exactly; `gibbs({site.name})` keeps it",
            )
        if _is_discrete(latent) and row.moves is not Moves.DISCRETE:
            return Diagnostic(
                "G0435",
                f"`{site.name}` is summed out exactly: `{kernel.name}` can't move it",
                site.span,
                "summed out",
                declared,
                help="leave it out: its draws are made afterwards, exactly",
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
        if row.moves is Moves.GAUSSIAN and not self._is_gaussian(latent):
            return Diagnostic(
                "G0436",
                f"`{kernel.name}` needs a Gaussian prior of `{site.name}`, given the others",
                site.span,
                "has another prior",
                declared,
                help=self._to_gaussian(latent),
            )
        return None

    def _not_latent(self, site: InferenceSite) -> Diagnostic:
        name = site.name
        datum = self.program.datum(name)
        if datum is not None:
            return Diagnostic(
                "G0432",
                f"`{name}` is data: there is nothing to infer",
                site.span,
                "data",
                (Label(datum.span, "declared here"),),
                help="leave it out",
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

    def _names(self) -> str:
        return listed(list(self.latents)) if self.latents else "none that is inferred"

    def _check_kept(self, kernels: list[InferenceCall]) -> None:
        """Discrete latents are coordinates all together, or not at all."""
        gibbs = [k for k in kernels if PIECES[k.name].moves is Moves.DISCRETE]
        if not gibbs or any(not kernel.sites for kernel in gibbs):
            return
        named = [site.name for kernel in gibbs for site in kernel.sites]
        others = [name for name in self._discrete() if name not in named]
        if others:
            self.reporter.report(
                Diagnostic(
                    "G0435",
                    f"{listed(others)} would be summed out given {listed(named)}, which is kept",
                    gibbs[0].span,
                    "keeps only a part of the discrete quantities",
                    tuple(Label(self.latents[n].span, "not kept") for n in others[:1]),
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

    def _is_gaussian(self, site: Sample) -> bool:
        """Whether the site is normal given the others, before the data."""
        distribution = site.distribution
        if distribution.family.name not in GAUSSIAN or site not in self.program.nodes:
            return False
        if distribution.truncation is not None or distribution.restriction is not None:
            return False
        if names_of(site) & depends_on_discrete(self.program):
            return False
        return not self._read_by(site)

    def _read_by(self, site: Sample) -> list[str]:
        """The latent quantities whose distributions the site enters."""
        above = directly_above(self.program, site.name)
        series = [
            name
            for node in self.program.nodes
            if isinstance(node, Recurrence) and site.name in names_of(node)
            for name in defined_names(node)
            if name in self.latents
        ]
        return [s.name for s in above if s.role is SampleRole.LATENT] + series

    def _to_gaussian(self, site: Sample) -> str:
        readers = self._read_by(site)
        if readers:
            return f"the prior of {listed(readers, 3)} reads it; `slice({site.name})` moves it"
        return (
            "give it normal innovations: `z[k] ~ Normal(0, 1)`, with"
            f" `{site.name}` computed from `z`, and move `z`; or `slice({site.name})`"
        )


def _of_missing(kernel: InferenceCall, site: InferenceSite, datum: Data) -> Diagnostic | None:
    """What is wrong with a kernel that names missing entries."""
    declared = (Label(datum.span, "declared here"),)
    if datum.type.kind is not Kind.REAL:
        return Diagnostic(
            "G0435",
            f"missing entries of `{datum.name}` are discrete, and summed out exactly",
            site.span,
            "summed out",
            declared,
            help="leave them out",
        )
    if PIECES[kernel.name].moves is Moves.CONTINUOUS:
        return None
    return Diagnostic(
        "G0436",
        f"`{kernel.name}` can't move missing entries",
        site.span,
        "missing data",
        declared,
        help=f"`slice({site.name})` or `nuts({site.name})` moves them",
    )


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
