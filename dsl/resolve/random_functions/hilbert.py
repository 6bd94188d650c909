"""The Hilbert-space solver: waves in a box, weighed by the kernel's spectral density.

On [c - B, c + B], with w_j = pi j / (2 B) and S the spectral density of the kernel,

    f(x) = mean + Σ_j sqrt(S(w_j)) phi_j(x) z_j,   phi_j(x) = sin(w_j (x - c + B)) / sqrt(B),

z_j being standard normal, j = 1..m. In several coordinates the waves are products over them, m^n in
number. c is the middle of the points that are inferred or observed, B is L times half their range.
Source: Solin & Särkkä (2020), eq. 20; Riutort-Mayol et al. (2022), eq. 4-10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.ir.expr import Coordinate, Dims, Expr, Reduce, Size
from gendsl.ir.program import Box
from gendsl.ir.types import REAL
from gendsl.resolve.build import PI, number, op, union
from gendsl.resolve.random_functions.collapse import Collapsed
from gendsl.resolve.random_functions.covariance import is_zero, plus
from gendsl.resolve.random_functions.hilbert_parts import OWN, Part, parts_of, root
from gendsl.resolve.random_functions.hilbert_series import TINY, own_basis
from gendsl.resolve.random_functions.moving import moved
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.random_functions.table import formula
from gendsl.resolve.random_functions.weight_space import WeightSpace
from gendsl.resolve.symbols import Context
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


class Hilbert(WeightSpace):
    """Writes out one function by basis functions; `definitions` are what it has come to."""

    def __init__(
        self, expressions: Expressions, function: RandomFunction, process: Process
    ) -> None:
        super().__init__(expressions, function, process)
        self.parts = parts_of(expressions, process.kernel)
        self.count = int(process.solver.settings["m"] or 0)
        self.inputs = self._inputs()
        self.spectral = tuple(p for p in self.parts if p.term.row.name not in OWN)
        self.own = tuple(p for p in self.parts if p.term.row.name in OWN)
        self.others: dict[int, Expr] = {}
        self.outside: list[tuple[Expr, str | None]] = []
        name, span = function.name, self.span
        size: Expr = number(self.count)
        if self.inputs:
            size = op("^", (size, Size(self.inputs[0])), ())
        self.basis = Evaluation(
            f"{name}.weights", number(0.0), number(0.0), f"{name}.basis", (), span
        )
        if self.spectral:
            self.dimension(self.basis.row, size)
            self.dimension(self.basis.twin, None, self.basis.row)

    @property
    def is_of_points(self) -> bool:
        """Whether what is inferred has a meaning for these points alone: weights of waves."""
        return bool(self.spectral)

    @property
    def box(self) -> Box | None:
        """Where its waves stand, if it has some."""
        if not self.spectral:
            return None
        return Box(
            self._centre(), self._edge(), float(self.process.solver.settings["L"] or 0.0),
            self.count, self.inputs[0] if self.inputs else None, tuple(self.outside),
        )  # fmt: skip

    def _inputs(self) -> Dims:
        inputs = self.function.evaluations[0].inputs if self.function.evaluations else ()
        wave = next((p.term for p in self.parts if p.term.row.name == "Periodic"), None)
        if len(inputs) > 1 or (inputs and wave is not None):
            raise self.expressions.fail(
                "G0492",
                f"`hilbert` takes points of `{self.function.name}` on a line"
                if wave is not None
                else f"`hilbert` takes points of `{self.function.name}` with one dimension of"
                " coordinates",
                self.function.evaluations[0].span,
                f"coordinates [{', '.join(inputs)}]",
                secondary=() if wave is None else (Label(wave.span, "`Periodic`, of a line"),),
                help="write `approx = inducing(m = 128)` or `approx = exact`, for any kernel",
            )
        return inputs

    def refusal(self, found: Collapsed) -> str | None:
        """Why it is not integrated out: parts with basis functions of their own."""
        if self.own:
            return f"`{self.own[0].term.row.name}` has basis functions of its own in `hilbert`"
        return None

    def latent(self, at: Evaluation) -> None:
        """Values by weights that are inferred."""
        self.place(at)
        self.values(at, self._value(at))

    def predicted(self, at: Evaluation, is_last: bool) -> None:
        """Values at other points, by the same weights."""
        self.is_prediction = True
        row = next((d for d in at.written.dims if d not in self.inputs), None)
        self.outside.append((at.written, row))
        self.latent(at)

    def _value(self, at: Evaluation) -> Expr:
        dims = self.dims_of(at)
        mean = self.process.mean
        total = None if is_zero(mean) else mean
        if self.spectral:
            total = self.weighted(at)
        for i, part in enumerate(self.own):
            total = plus(total, self._own(i, part, at), dims)
        assert total is not None
        return total

    # --- waves in a box ------------------------------------------------------------------

    def features(self, at: Evaluation) -> Expr:
        """The waves at the points, each times the root of its spectral density."""
        name = f"{at.name}.features"
        order = (*self.function.dims, at.row, self.basis.row)
        known = self.known(name)
        return known or self.let(name, None, op("*", (self._waves(at), self._spread()), order))

    def inner(self, at: Evaluation, coefficient: Expr | None, noise: Expr) -> Expr:
        """W' W / noise^2; what the points have in it is computed once where the noise is one."""
        if at.row in noise.dims or (coefficient is not None and at.row in coefficient.dims):
            return super().inner(at, coefficient, noise)
        square = (self.basis.row, self.basis.twin)
        waves = self.let(f"{at.name}.gram", square, self.squared(self._waves(at), at.row))
        scale = noise if coefficient is None else op("/", (noise, coefficient), ())
        spread = op("/", (self._spread(), scale), square)
        both = op("*", (spread, moved(spread, *square)), square)
        return op("*", (both, waves), square)

    def _waves(self, at: Evaluation) -> Expr:
        name = f"{at.name}.waves"
        known = self.known(name)
        if known is not None:
            return known
        edge, centre = self._edge(), self._centre()
        order = (at.row, *self.inputs, self.basis.row)
        inside = op("+", (op("-", (at.point, centre), order), edge), order)
        wave = op("sin", (op("*", (self._frequency(), inside), order),), order)
        wave = op("/", (wave, op("sqrt", (edge,), self.inputs)), order)
        if self.inputs:
            dims = tuple(d for d in wave.dims if d not in self.inputs)
            wave = Reduce("prod", self.inputs, wave, dims, REAL, self.span)
        return self.let(name, None, wave)

    def _once(self, what: str, value: Expr) -> Expr:
        name = f"{self.function.name}.{what}"
        return self.let(name, None, value)

    def _known(self, what: str) -> Expr | None:
        return self.known(f"{self.function.name}.{what}")

    def _extreme(self, name: str) -> Expr:
        """The least or the largest coordinates of the points that are inferred or observed."""
        found: Expr | None = None
        for at in self.needed or self.function.evaluations:
            self.place(at)
            if at.row in at.point.dims:
                dims = tuple(d for d in at.point.dims if d != at.row)
                each: Expr = Reduce(name, (at.row,), at.point, dims, at.point.type, self.span)
            else:
                each = at.point
            found = each if found is None else op(name, (found, each), self.inputs)
        assert found is not None
        return found

    def _centre(self) -> Expr:
        known = self._known("centre")
        if known is not None:
            return known
        both = op("+", (self._extreme("min"), self._extreme("max")), self.inputs)
        return self._once("centre", op("/", (both, number(2)), self.inputs))

    def _edge(self) -> Expr:
        known = self._known("edge")
        if known is not None:
            return known
        width = op("-", (self._extreme("max"), self._extreme("min")), self.inputs)
        share = float(self.process.solver.settings["L"] or 0.0) / 2
        return self._once("edge", op("*", (number(share), width), self.inputs))

    def _frequency(self) -> Expr:
        known = self._known("frequency")
        if known is not None:
            return known
        row = self.basis.row
        place: Expr = Coordinate(row)
        order: Dims = (*self.inputs, row)
        if self.inputs:
            m = number(self.count)
            power = op("^", (m, Coordinate(self.inputs[0])), order)
            place = op("%", (op("//", (place, power), order), m), order)
        turns = op("+", (place, number(1)), order)
        whole = op("*", (number(2), self._edge()), order)
        angle = op("/", (op("*", (PI, turns), order), whole), order)
        return self._once("frequency", angle)

    def _spread(self) -> Expr:
        """The roots of the spectral densities at the frequencies."""
        known = self._known("spread")
        if known is not None:
            return known
        order = (*self.function.dims, self.basis.row)
        total: Expr | None = None
        for part in self.spectral:
            density = self._density(part)
            if part.factor is not None:
                density = op("*", (part.factor, density), order)
            total = plus(total, density, order)
        assert total is not None
        total = op("max", (total, number(TINY)), order)
        return self._once("spread", op("sqrt", (total,), order))

    def _density(self, part: Part) -> Expr:
        """The spectral density of a kernel of the table at the frequencies."""
        row, arguments = part.term.row, dict(part.term.arguments)
        assert row.spectrum is not None
        line, space = row.spectrum
        order = (*self.function.dims, *self.inputs, self.basis.row)
        bindings = {**arguments, "pi": PI, "w": self._frequency()}
        context = Context(order, order, bindings)
        if not self.inputs:
            return self.expressions.number_of(formula(line), context)
        squares = self.expressions.number_of(formula("(len * w)^2"), context)
        dims = tuple(d for d in squares.dims if d not in self.inputs)
        count = Size(self.inputs[0])
        length = arguments["len"]
        if self.inputs[0] in length.dims:
            rest = tuple(d for d in length.dims if d not in self.inputs)
            volume: Expr = Reduce("prod", self.inputs, length, rest, REAL, self.span)
        else:
            volume = op("^", (length, count), length.dims)
        context = context.binding("u", Reduce("sum", self.inputs, squares, dims, REAL, self.span))
        context = context.binding("volume", volume).binding("n", count)
        return self.expressions.number_of(formula(space), context)

    # --- parts with basis functions of their own -------------------------------------------

    def _own(self, place: int, part: Part, at: Evaluation) -> Expr:
        """A part's values: its basis functions times weights of its own."""
        order = self.dims_of(at)
        value, own = own_basis(self, part, at, self.inputs, self.count)
        if place not in self.others:
            name = f"{self.function.name}.{part.term.row.name.lower()}"
            name = name if place == 0 else f"{name}.{place + 1}"
            self.others[place] = self.standard(name, (*self.function.dims, *own))
        weights = self.others[place]
        if part.factor is not None:
            weights = op("*", (root(part.factor, ()), weights), weights.dims)
        value = op("*", (value, weights), (*order, *own))
        if own:
            dims = union((tuple(d for d in value.dims if d not in own),), order)
            value = Reduce("sum", own, value, dims, REAL, self.span)
        return value
