"""A generator of well-typed programs: text that must resolve, whatever its names.

A program is built statement by statement. Each quantity is remembered with its dimensions, so that
what refers to it can gather, pick, reduce or contract it to the dimensions that are allowed. Values
are kept small (by `tanh` and the like), so that densities are finite. Statements are shuffled in
the end: their order means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from hypothesis import strategies as st

from gendsl.frontend.words import is_name

_WORDS = [
    # Python's, JAX's and NumPyro's own words, and letters from elsewhere
    "lambda", "class", "def_", "None_", "yield", "async", "jnp", "jax", "dist", "numpyro", "plate",
    "sample", "scan", "special", "np", "self", "model", "predict_", "x", "y", "z", "mu", "tau", "σ",
    "β_1", "変数", "é", "_", "__", "exp", "Normal", "sum_", "print", "list", "size", "pos", "key",
    "shape", "raw", "in", "is", "return", "pass", "global", "del", "nonlocal", "arrays", "data_",
    "row", "obs", "theta", "Dirichlet", "mean", "e", "pi", "inf", "like", "from", "real_", "true",
    "i", "j", "dims", "name", "value", "handlers", "lax", "vmap", "rng_key", "infer_", "_1", "ñ",
]  # fmt: skip

NAMES = [name for name in _WORDS if is_name(name)]
DIMS = ["g", "len", "axis", "county", "тип", "while", "lambda_", "time", "dim_"]


@dataclass(frozen=True)
class Quantity:
    """A name, its dimensions, and what it is: `real`, `positive`, `int`, `bool`, or a dimension."""

    name: str
    dims: tuple[str, ...]
    kind: str = "real"


@dataclass
class Writer:
    """Writes one program; `random` makes every choice."""

    random: Random
    quantities: list[Quantity] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)
    members: tuple[str, ...] = ("slope", "two words", "None")
    has_left: bool = True
    """Whether the left side says which dimension `@` keeps: not where an expression is scored."""
    has_mixture: bool = False
    """Dimensions of components are numbered by statements: one of them has no number."""

    def write(self) -> tuple[str, dict[str, int]]:
        """The text, and a size for each dimension that the data would give."""
        self.dimensions()
        self.data()
        for make in self.random.choices(
            [self.latent, self.latent, self.vector, self.equation, self.equation, self.series,
             self.submodel], k=self.random.randint(3, 8)
        ):  # fmt: skip
            make()
        for make in self.random.choices([self.observation, self.observe, self.factor], k=3):
            make()
        self.observation()
        for make in self.random.choices([self.prediction, self.derived], k=2):
            make()
        self.random.shuffle(self.lines)
        body = "\n".join(f"  {line}" for line in self.lines)
        settings = self.random.choice(["", "infer main = nuts(chains = 2, draws = 10)\n"])
        return f"{LIBRARY}model {self.name()} {{\n{body}\n}}\n{settings}", self.sizes

    # --- names and dimensions ------------------------------------------------------------

    def name(self) -> str:
        free = [name for name in NAMES if name not in self.used]
        name = self.random.choice(free) if free else f"q{len(self.used)}"
        self.used.add(name)
        return name

    def dimensions(self) -> None:
        self.free, self.other, self.time, self.group, self.pair = self.random.sample(DIMS, 5)
        self.twin = f"{self.free}_too"
        self.used |= {self.free, self.other, self.time, self.group, self.pair, self.twin}
        quoted = ", ".join(f'"{m}"' if " " in m else m for m in self.members)
        self.lines += [
            f"dim {self.free}, {self.other}",
            f"dim {self.time} : ordered",
            f"dim {self.group} = 3",
            f"dim {self.pair} = {{{quoted}}}",
            f"dim {self.twin} like {self.free}",
        ]
        self.sizes = {self.free: 4, self.other: 3, self.time: 5}
        self.all = (self.free, self.other, self.time, self.group, self.pair)

    def some_dims(self, most: int = 2) -> tuple[str, ...]:
        return tuple(self.random.sample(self.all, self.random.randint(0, most)))

    def data(self) -> None:
        for type, kind in [
            ("real", "real"), ("real > 0", "positive"), ("int >= 0", "int"), ("bool", "bool"),
            (self.group, self.group), (self.other, self.other), ("0 < real < 1", "real"),
        ]:  # fmt: skip
            is_index = type in self.all
            dims = (self.free,) if is_index else self.some_dims()
            self.declare(self.name(), dims, type, kind)

    def declare(self, name: str, dims: tuple[str, ...], type: str, kind: str) -> Quantity:
        quantity = Quantity(name, dims, kind)
        self.quantities.append(quantity)
        self.lines.append(f"data {left(name, dims)} : {type}")
        return quantity

    # --- expressions ---------------------------------------------------------------------

    def expr(self, allowed: tuple[str, ...], depth: int = 2) -> str:
        """An expression whose dimensions are among the allowed, its values of moderate size."""
        if depth == 0 or self.random.random() < 0.2:
            return self.atom(allowed)
        pick = self.random.randint(0, 9)
        a, b = self.expr(allowed, depth - 1), self.expr(allowed, depth - 1)
        match pick:
            case 0 | 1:
                return f"({a} + {b})"
            case 2:
                return f"({a} - {b})"
            case 3:
                return f"tanh({a}) * tanh({b})"
            case 4:
                return f"-{a}" if not a.startswith("-") else f"({a})"
            case 5:
                return f"if({a} > {b}, {a}, 0.5)"
            case 6:
                function = self.random.choice(["sin", "inv_logit", "tanh", "log1p_exp", "Phi"])
                return f"{function}(tanh({a}))"
            case 7:
                return f"blend({a}, {b})" if self.random.random() < 0.5 else f"blend({a})"
            case 8:
                return self.reduced(allowed)
            case _:
                return f"tanh({a}) ^ 2 / (1 + {self.positive(allowed)})"

    def atom(self, allowed: tuple[str, ...]) -> str:
        fitting = [q for q in self.quantities if q.kind in ("real", "positive")]
        self.random.shuffle(fitting)
        for quantity in fitting:
            text = self.brought(quantity, allowed)
            if text is not None:
                return text
        return self.random.choice(["0.3", "1", "2.5e-1"])

    def brought(self, quantity: Quantity, allowed: tuple[str, ...]) -> str | None:
        """A quantity with its other dimensions gathered or picked away."""
        items: list[str] = []
        for dim in quantity.dims:
            if dim in allowed:
                if self.random.random() < 0.2:
                    items.append(dim)
                continue
            index = next(
                (q for q in self.quantities if q.kind == dim and set(q.dims) <= set(allowed)), None
            )
            if index is not None and self.random.random() < 0.7:
                items.append(self.random.choice([index.name, f"{dim} = {index.name}"]))
            elif dim == self.pair:
                member = self.random.choice(self.members)
                member = f'"{member}"' if " " in member else member
                items.append(f"{dim} = {member}")
            elif self.random.random() < 0.6:
                where = self.random.choice(["first", "last", "0", "2"])
                items.append(f"{dim} = {where}")
            else:
                return None
        return f"{quantity.name}[{', '.join(items)}]" if items else quantity.name

    def grouped(self, allowed: tuple[str, ...]) -> str | None:
        """A reduction by group, into one of the allowed dimensions."""
        inside = {*allowed, self.free}
        found = [q for q in self.quantities if q.dims == (self.free,) and q.kind in allowed]
        values = [
            q
            for q in self.quantities
            if q.kind in ("real", "positive") and self.free in q.dims and set(q.dims) <= inside
        ]
        values = [q for q in values if not {i.kind for i in found} & set(q.dims)]
        if not found or not values:
            return None
        function = self.random.choice(["sum", "max", "mean"])
        index, value = self.random.choice(found).name, self.random.choice(values).name
        if function == "mean":  # of a group that may have no members
            size = f"sum[{self.free} by {index}](1 + 0 * {value})"
            return f"tanh(sum[{self.free} by {index}]({value}) / (1 + {size}))"
        return f"tanh({function}[{self.free} by {index}]({value}))"

    def reduced(self, allowed: tuple[str, ...]) -> str:
        by_group = self.grouped(allowed) if self.random.random() < 0.4 else None
        if by_group is not None:
            return by_group
        wide = [
            q
            for q in self.quantities
            if q.kind in ("real", "positive") and set(q.dims) - set(allowed)
        ]
        if not wide:
            return self.atom(allowed)
        quantity = self.random.choice(wide)
        extra = tuple(d for d in quantity.dims if d not in allowed)
        partners = [q for q in wide if q is not quantity and extra == tuple(
            d for d in q.dims if d not in allowed)]  # fmt: skip
        if partners and self.has_left and len(extra) == 1 and self.random.random() < 0.5:
            return f"tanh({quantity.name} @ {self.random.choice(partners).name})"
        function = self.random.choice(["mean", "sum", "max", "logsumexp", "min"])
        inner = f"{self.expr((*allowed, *extra), 0)} + {quantity.name}"
        return f"tanh({function}[{', '.join(extra)}]({inner}))"

    def positive(self, allowed: tuple[str, ...]) -> str:
        fitting = [
            q for q in self.quantities if q.kind == "positive" and set(q.dims) <= set(allowed)
        ]
        choices = ["0.7", f"exp(tanh({self.atom(allowed)}))"]
        choices += [f"(0.1 + {q.name})" for q in fitting]
        return self.random.choice(choices)

    def count(self, allowed: tuple[str, ...]) -> str:
        """A whole number."""
        fitting = [
            q.name for q in self.quantities if q.kind == "int" and set(q.dims) <= set(allowed)
        ]
        return self.random.choice([*fitting, "2"])

    def unit(self, allowed: tuple[str, ...]) -> str:
        return f"(0.1 + 0.8 * inv_logit(tanh({self.atom(allowed)})))"

    # --- statements ----------------------------------------------------------------------

    def latent(self) -> None:
        dims = self.some_dims()
        loc, scale = self.expr(dims, 1), self.positive(dims)
        written, kind = self.random.choice(
            [
                (f"~ Normal({loc}, {scale})", "real"),
                (f"~ Normal({loc}, {scale})", "real"),
                (f"~ Normal({loc}, {scale}) as non_centred", "real"),
                (f"~ Normal(scale = {scale}, loc = {loc}) as centred", "real"),
                (f"~ StudentT(4, {loc}, {scale})", "real"),
                (f"~ Logistic({loc}, {scale})", "real"),
                (f"~ HalfNormal({scale})", "positive"),
                (f"~ Gamma(2, {scale})", "positive"),
                (f"~ LogNormal(tanh({loc}), 0.5)", "positive"),
                (f"~ Beta(1 + {scale}, 2)", "positive"),
                (f": real > 0 ~ Normal({loc}, {scale})", "positive"),
                (f": 0 < real < 3 ~ Cauchy(tanh({loc}), {scale})", "positive"),
                (f": real < 2 ~ Normal(tanh({loc}), {scale})", "real"),
                (f"~ Exponential({scale})", "positive"),
                (f"~ Uniform(-1, 1 + {scale})", "real"),
                (f"~ Mixture([0.3, 0.7], [Normal({loc}, {scale}), StudentT(4, 1, 2)])", "real"),
            ]
        )
        if "Mixture" in written:
            written, kind = self.one_mixture(written, "~ Normal(0, 1)"), "real"
        name = self.name()
        self.lines.append(f"{left(name, dims)} {written}")
        self.quantities.append(Quantity(name, dims, kind))

    def one_mixture(self, written: str, otherwise: str) -> str:
        """A mixture, if the program has none yet."""
        written = otherwise if self.has_mixture else written
        self.has_mixture = True
        return written

    def vector(self) -> None:
        last = self.random.choice([self.group, self.pair])
        batch = tuple(d for d in self.some_dims(1) if d != last)
        written, kind = self.random.choice(
            [
                ("~ Dirichlet(1.5)", "positive"),
                (f"~ Dirichlet(1 + {self.positive((*batch, last))})", "positive"),
                (": ordered ~ Normal(0, 2)", "real"),
                (": positive_ordered ~ Gamma(2, 1)", "positive"),
                (": sum_to_zero ~ Normal(0, 1)", "real"),
            ]
        )
        name = self.name()
        self.lines.append(f"{left(name, (*batch, last))} {written}")
        self.quantities.append(Quantity(name, (*batch, last), kind))

    def equation(self) -> None:
        name, dims = self.name(), self.some_dims()
        if dims == (self.group,) and self.random.random() < 0.5:
            self.lines.append(f"{left(name, dims)} = [0.1, -2, 3]")
        else:
            keyword = self.random.choice(["", "", "let "])
            self.lines.append(f"{keyword}{left(name, dims)} = {self.expr(dims)}")
        self.quantities.append(Quantity(name, dims))

    def series(self) -> None:
        name, t = self.name(), self.time
        batch = tuple(d for d in self.some_dims(1) if d != t)
        dims = (*batch, t)
        lags = self.random.choice([1, 2])
        before = ", ".join(batch)
        start = f"{t} = first" if lags == 1 else f"{t} < 2"
        past = f"{name}[{t} - 1]" if lags == 1 else f"(sum[lag = 1..2]({name}[{t} - lag]) / 2)"
        self.has_left = False
        begin, step = self.expr(batch, 1), self.expr(dims, 1)
        self.has_left = True
        operator = self.random.choice(["~", "="])
        first = f"Normal({begin}, 1)" if operator == "~" else begin
        rest = f"0.5 * tanh({past}) + {step}"
        rest = f"Normal({rest}, {self.positive(batch)})" if operator == "~" else rest
        self.lines.append(f"{name}[{f'{before}, ' if before else ''}{start}] {operator} {first}")
        self.lines.append(f"{left(name, dims)} {operator} {rest}")
        self.quantities.append(Quantity(name, dims))

    def submodel(self) -> None:
        name, dims = self.name(), self.some_dims()
        if dims and self.random.random() < 0.6:
            self.lines.append(f"{left(name, dims)} ~ shrunk({self.positive(dims[:-1])})")
        else:
            self.lines.append(f"{left(name, dims)} ~ both({self.expr(dims, 1)})")
        self.quantities.append(Quantity(name, dims))

    def observation(self) -> None:
        name, dims = self.name(), tuple(d for d in (self.free, *self.some_dims(1)))
        dims = tuple(dict.fromkeys(dims))
        loc, scale = self.expr(dims), self.positive(dims)
        type, written = self.random.choice(
            [
                ("real", f"Normal({loc}, {scale})"),
                ("real?", f"Normal({loc}, {scale})"),
                ("real", f"StudentT(5, {loc}, {scale})"),
                ("int >= 0", f"Poisson(log_rate = tanh({loc}))"),
                ("int >= 0", f"NegativeBinomial({scale}, 2)"),
                ("int >= 0", f"ZeroInflated({self.unit(dims)}, Poisson({scale}))"),
                ("int >= 0", f"Hurdle({self.unit(dims)}, Poisson({scale}))"),
                ("0 <= int <= 4", f"Binomial(4, logit = {loc})"),
                ("0 <= int <= 4", f"BetaBinomial(4, {scale}, 1 + {scale})"),
                ("real", f"Mixture([0.3, 0.7], Normal([-1, 2] + {loc}, {scale}))"),
                ("real", f"Normal({loc} + {self.count(dims)}, 1.5)"),
                ("bool", f"Bernoulli(logit = {loc})"),
                ("bool", f"Bernoulli({self.unit(dims)})"),
                ("real", f"Censored(Normal({loc}, {scale}), upper = 2)"),
            ]
        )
        if "Mixture" in written:
            written = self.one_mixture(written, f"Normal({loc}, {scale})")
        mask = next(
            (q for q in self.quantities if q.kind == "bool" and set(q.dims) <= set(dims)), None
        )
        where = ""
        if mask is not None and self.random.random() < 0.5:
            where = f" where {self.random.choice(['', 'not '])}{mask.name}"
        self.lines.append(f"data {left(name, dims)} : {type}")
        self.lines.append(f"{left(name, dims)} ~ {written}{where}")

    def observe(self) -> None:
        self.has_left = False
        value = self.expr(self.some_dims(1), 1)
        self.has_left = True
        self.lines.append(f"observe {value} + 0 ~ Normal(0, {self.positive(())})")

    def factor(self) -> None:
        self.has_left = False
        value = self.expr(self.some_dims(1), 1)
        self.has_left = True
        self.lines.append(f"factor -0.1 * square(tanh({value}))")

    def prediction(self) -> None:
        name, dims = self.name(), self.some_dims()
        written = self.random.choice(
            [f"Normal({self.expr(dims, 1)}, 1)", f"Poisson({self.positive(dims)})"]
        )
        self.lines.append(f"predict {left(name, dims)} ~ {written}")

    def derived(self) -> None:
        dims = self.some_dims(1)
        self.lines.append(f"predict {left(self.name(), dims)} = {self.expr(dims)}")


def left(name: str, dims: tuple[str, ...]) -> str:
    """A left side."""
    return f"{name}[{', '.join(dims)}]" if dims else name


LIBRARY = """\
# a comment, kept
def blend(a, b = 0.5 * a) = 0.3 * a + 0.7 * b
submodel shrunk(scale, df = 3)[k] {
  tau ~ HalfNormal(scale)
  lambda[k] ~ HalfStudentT(df, 1)
  raw[k] ~ Normal(0, 1)
  shrunk[k] = tanh(raw * lambda * tau)
}
submodel both(a) {
  s ~ HalfNormal(1)
  both ~ Normal(tanh(a), 0.1 + s)
}

"""


def written(seed: int) -> tuple[str, dict[str, int]]:
    """A text and sizes; equal seeds give equal programs."""
    return Writer(Random(seed)).write()


seeds = st.integers(0, 2**40)
"""A seed is a program: it shrinks no further, and is quick to name in a report."""
