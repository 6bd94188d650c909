"""Random programs with discrete latents, small enough to visit every joint state of them."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np

HEAD = """\
dim row
dim item
dim time : ordered
dim k = 2
dim k2 like k
data item_of[row] : item
data x[row] : real
data asked[row] : bool
a ~ Normal(0, 1)
q ~ Beta(2, 2)
m[k] ~ Normal(0, 2)
w[k] ~ Dirichlet(2)
P[k, k2] ~ Dirichlet(2)
"""


@dataclass
class Written:
    """A program's text, its data and parameters, and its discrete sites: shape, least, count."""

    random: Random
    lines: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    sites: dict[str, tuple[tuple[int, ...], int, int]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The whole model."""
        return "model m {\n" + HEAD + "\n".join(self.lines) + "\n}\n"

    def flip(self, chance: float = 0.5) -> bool:
        """Whether something is in the program."""
        return self.random.random() < chance


SIZES = {"row": 3, "item": 2, "time": 4, "k": 2, "k2": 2}


def written(seed: int) -> Written:
    """The program of a seed."""
    random = Random(seed)
    numbers = np.random.default_rng(seed)
    program = Written(random)
    program.data = {
        "item_of": np.array([0, 1, 1]),
        "x": numbers.normal(size=3),
        "asked": np.array([True, False, True]),
    }
    program.values = {
        "a": np.array(0.4),
        "q": np.array(0.35),
        "m": numbers.normal(size=2),
        "w": numbers.dirichlet([2, 2]),
        "P": numbers.dirichlet([2, 2], 2),
    }
    above = _global(program)
    kind = random.choice(("rows", "time", "both"))
    if kind in ("rows", "both"):
        _rows(program, above, numbers)
    if kind in ("time", "both"):
        _chain(program, above if kind == "time" else "", numbers)
    return program


def _global(program: Written) -> str:
    """Perhaps a site without plates, and what it adds to a mean."""
    if not program.flip():
        return ""
    program.lines.append("g ~ Binomial(2, q)" if program.flip() else "g ~ DiscreteUniform(-1, 1)")
    program.sites["g"] = ((), 0 if "Binomial" in program.lines[-1] else -1, 3)
    if program.flip(0.3):
        program.lines.append("factor 0.3 * g * a")
    return " + 0.5 * g"


def _rows(program: Written, above: str, numbers: np.random.Generator) -> None:
    """Sites by item, and perhaps by row, under observations by row."""
    mean = "a"
    if program.flip(0.7):
        weights = "w" if not above or program.flip() else "P[if(g > 0, 0, 1) * 0]"
        weights = "w" if "P" in weights else weights
        program.lines.append(f"z[item] ~ Categorical({weights})")
        program.sites["z"] = ((2,), 0, 2)
        mean = program.random.choice(("m[z[item_of]]", "a + m[z[item_of]] * x", "eta[item_of]"))
        if "eta" in mean:
            program.lines.append("eta[item] = m[z] * a")
    if program.flip(0.4) or not program.sites:
        program.lines.append(f"c[row] ~ Bernoulli(inv_logit(a{above}))")
        program.sites["c"] = ((3,), 0, 2)
        mean += " + c * 2"
    mean += above
    if program.flip(0.3):
        program.lines.append(f"theta[row] ~ Normal({mean}, 1)")
        program.values["theta"] = numbers.normal(size=3)
        mean = "theta"
    where = " where asked" if program.flip(0.3) else ""
    program.lines += ["data y[row] : real", f"y[row] ~ Normal({mean}, 0.8){where}"]
    program.data["y"] = numbers.normal(size=3)


def _chain(program: Written, above: str, numbers: np.random.Generator) -> None:
    """A chain of one or two lags, perhaps another beside it, under observations by time."""
    lags = program.random.choice((1, 1, 2))
    program.sites["s"] = ((4,), 0, 2)
    if lags == 1 and program.flip():
        program.lines += [
            "s[time = first] ~ Categorical(w)",
            "s[time] ~ Categorical(P[s[time - 1]])",
        ]
        mean = "m[s]"
    else:
        past = "0.5 * s[time - 1]" + (" - 0.7 * s[time - 2]" if lags == 2 else "")
        start = "first" if lags == 1 else "0"
        where = f"time = {start}" if lags == 1 else "time < 2"
        program.lines += [
            f"s[{where}] ~ Bernoulli(q)",
            f"s[time] ~ Bernoulli(inv_logit(a + {past}{above}))",
        ]
        mean = "s * a"
    if program.flip(0.4):
        tie = "m[s]" if "m[s]" in mean else "s"
        program.lines += [
            "u[time = first] ~ Bernoulli(0.3)",
            f"u[time] ~ Bernoulli(inv_logit({tie} - u[time - 1]))",
        ]
        program.sites["u"] = ((4,), 0, 2)
        mean += " + u"
    if program.flip(0.3):
        program.lines.append("l[time] ~ Bernoulli(q)")
        program.sites["l"] = ((4,), 0, 2)
        mean += " - l"
    form = program.random.choice(("plain", "past", "differences", "last"))
    lagged = {
        "plain": "",
        "past": " + 0.5 * v[time - 1]",
        "differences": " - 0.5 * (v[time - 1] - a * m[s[time - 1]])"
        if "m[s]" in mean
        else " - 0.5 * s[time - 1]",
        "last": "",
    }[form]
    program.lines += ["data v[time] : real", f"v[time] ~ Normal({mean}{lagged}, 1)"]
    program.data["v"] = numbers.normal(size=4)
    if form == "last":
        end = "m[s[time = last]]" if "m[s]" in mean else "s[time = last]"
        program.lines += ["data h : real", f"h ~ Normal({end}, 1)"]
        program.data["h"] = np.array(0.3)
