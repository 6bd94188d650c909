"""A model as a simulator of parameters and data, for tests that fit what it simulates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.compilation import Checked
from gendsl.api.fixed_values import bind_fixed, hidden_names
from gendsl.api.intervention import forward
from gendsl.api.lowering import explained
from gendsl.api.posterior import by_chain, each_draw
from gendsl.api.prior import density_without, refuse_impossible
from gendsl.api.shapes import predicted_names, scored_data, types_of
from gendsl.api.simulation import made_up_note
from gendsl.api.synthetic import make_up
from gendsl.backends.failures import CannotSimulate
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Ref
from gendsl.ir.program import Factor, Program, Sample, SampleRole
from gendsl.ir.types import Kind
from gendsl.ir.walk import statements

Array = NDArray[Any]

_DTYPES = {Kind.REAL: np.float64, Kind.INT: np.int64, Kind.INDEX: np.int64, Kind.BOOL: np.bool_}


@dataclass(frozen=True, slots=True)
class Simulated:
    """Draws of the joint distribution: `truths` of parameters and what follows, `data` of data.

    Every array is [draw, ...].
    """

    truths: Mapping[str, Array]
    data: Mapping[str, Array]

    def __len__(self) -> int:
        return len(next(iter({**self.truths, **self.data}.values()), ()))

    def truth(self, i: int) -> dict[str, Array]:
        """The parameters of one draw, and what follows from them."""
        return {name: np.asarray(values[i]) for name, values in self.truths.items()}


class Simulator:
    """A model with its covariates, which may be given or made up; what it observes is drawn.

    Of observed data that are given the shapes, the gaps and, where a series conditions on its first
    entries, those are taken.

    Raises:
        DiagnosticError: if the model can't be simulated, or a size is not known.
    """

    def __init__(self, checked: Checked, data: object, sizes: Mapping[str, int], seed: int) -> None:
        self.checked = checked
        ahead = forward(checked)
        self.program = ahead.program
        _refuse_scores(self.program)
        given = {} if data is None else data
        self._ahead = _bound(ahead, given, sizes)
        self.observed = scored_data(self.program)
        self.made_up = self._ahead.absent - self.observed
        self._ahead = make_up(self.program, self._ahead, self.made_up, seed)
        self.notes = (*self._ahead.notes, *made_up_note(self.made_up))
        self.bound = self._ahead
        if ahead is not checked:
            # What is conditioned on is data of the program to fit, and set in the one to draw from.
            bound = _bound(checked, given, sizes)
            arrays = {name: self._ahead.arrays[name] for name in self.made_up}
            absent = bound.absent - self.made_up
            self.bound = replace(bound, arrays={**bound.arrays, **arrays}, absent=absent)

    @property
    def has_data(self) -> bool:
        """Whether the model observes anything."""
        return bool(self.observed)

    def density(self) -> Density:
        """The program to draw from, without what it observes."""
        with explained(self.program):
            return density_without(self.program, self._ahead, self.observed)

    def draw(self, count: int, seed: int) -> Simulated:
        """Draw parameters and data from their joint distribution.

        Raises:
            DiagnosticError: if a prior is improper, or a parameter is outside its range.
        """
        density = self.density()

        def one(key: Any, _: Any, data: Any) -> dict[str, Any]:
            return {"drawn": density.simulate(key, data)}

        same = "prior", density.log_prior
        made = each_draw(one, np.zeros(count), seed, data=density.data, same=same)["drawn"]
        refuse_impossible(self.program, by_chain({"drawn": made}, 1)["drawn"])
        left_out = predicted_names(self.program) | hidden_names(self.program)
        kinds = types_of(self.program)
        truths = {n: v for n, v in made.items() if n not in self.observed | left_out}
        data: dict[str, Array] = {
            name: np.asarray(made[name]).astype(_DTYPES[kinds[name].kind])
            for name in self.observed
            if name in made
        }
        return Simulated(truths, data)

    def data_of(self, simulated: Simulated, i: int) -> BoundData | None:
        """One simulated data set, bound to the program to fit; None if it is not finite."""
        drawn = {name: values[i] for name, values in simulated.data.items()}
        if not all(np.isfinite(v).all() for v in drawn.values() if v.dtype.kind == "f"):
            return None
        whole = {**self.bound.arrays, **drawn}
        ordered = {d.name: whole[d.name] for d in self.checked.program.data if d.name in whole}
        return replace(self.bound, arrays=ordered, absent=self.bound.absent - set(drawn))

    def continuous(self, simulated: Simulated) -> tuple[str, ...]:
        """The parameters that are real numbers."""
        return tuple(
            statement.name
            for statement in statements(self.program)
            if isinstance(statement, Sample)
            and statement.role is SampleRole.LATENT
            and statement.type.kind is Kind.REAL
            and statement.name in simulated.truths
        )


def _bound(checked: Checked, given: object, sizes: Mapping[str, int]) -> BoundData:
    every = frozenset(datum.name for datum in checked.program.data)
    return bind_fixed(checked, given, mode="simulate", sizes=sizes, optional=every)


def _refuse_scores(program: Program) -> None:
    """Refuse what changes the density and says nothing of how to draw.

    Raises:
        DiagnosticError: at the first factor, or expression that is observed.
    """
    for statement in statements(program):
        match statement:
            case Factor():
                raise DiagnosticError(
                    (
                        Diagnostic(
                            "G0831",
                            f"`{program.name}` can't be simulated: it has a factor",
                            statement.span,
                            "changes the density, and says nothing of how to draw",
                            help="write what it says as a distribution, `x ~ ...`; only then can"
                            " data be drawn whose true parameters are known",
                        ),
                    )
                )
            case Sample(role=SampleRole.OBSERVED, value=value) if not isinstance(value, Ref):
                reason = "it scores an expression, which no draw satisfies"
                with explained(program):
                    raise CannotSimulate(statement.name, reason)
            case _:
                pass
