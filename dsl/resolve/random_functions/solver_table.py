"""The table of solvers: what stands after `approx =`, a row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class SettingKind(StrEnum):
    """What the value of a setting is."""

    FLAG = "`true` or `false`"
    COUNT = "a whole number"
    REAL = "a number"


@dataclass(frozen=True, slots=True)
class SolverSetting:
    """A setting: a number in the source, of `lower` at least, or a flag.

    Without a default the solver chooses.
    """

    name: str
    kind: SettingKind
    help: str
    default: bool | float | None = None
    lower: float = 0.0


@dataclass(frozen=True, slots=True)
class OnlyOne:
    """What is said of one function for each member, to a solver of one function."""

    code: str
    label: str
    help: str


@dataclass(frozen=True, slots=True)
class SolverRow:
    """A way to solve a process, and what it excludes."""

    name: str
    settings: tuple[SolverSetting, ...]
    help: str
    source: str
    is_of_grids: bool = False
    """Whether a call is given the points along two dimensions, for all pairs of them."""
    has_functionals: bool = False
    """Whether derivatives and integrals, and functions that vary together, can be asked for."""
    has_noise: bool = False
    """Whether the kernel may have noise at each point, `White`."""
    only_one: OnlyOne | None = None
    """What is wrong with one function for each member; `None` where nothing is."""

    @property
    def signature(self) -> str:
        """How it is written."""
        inside = ", ".join(s.name if s.default is None else _given(s) for s in self.settings)
        return f"{self.name}({inside})" if inside else self.name


def _given(setting: SolverSetting) -> str:
    value = setting.default
    return f"{setting.name} = {str(value).lower() if isinstance(value, bool) else value}"


COLLAPSE = SolverSetting(
    "collapse", SettingKind.FLAG,
    "whether the function is integrated out: where it can be, if not given",
)  # fmt: skip

SOLVERS: Mapping[str, SolverRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            SolverRow(
                "exact", (COLLAPSE,),
                "by Cholesky factors: time as the cube of the number of points",
                "Rasmussen & Williams (2006), alg. 2.1",
                has_functionals=True,
                has_noise=True,
            ),
            SolverRow(
                "state_space", (COLLAPSE,),
                "on a line, for kernels that are Markovian: time linear in the number of points",
                "Särkkä & Solin (2019), ch. 12",
                has_noise=True,
                only_one=OnlyOne(
                    "G0487", "a chain of states is of one function",
                    "drop `approx`, or write `approx = exact`",
                ),
            ),
            SolverRow(
                "hilbert",
                (
                    SolverSetting(
                        "m", SettingKind.COUNT,
                        "the number of waves, for each coordinate", 40, 1,
                    ),
                    SolverSetting(
                        "L", SettingKind.REAL,
                        "half the width of the box, of which the points take up 1", 1.5, 1.0,
                    ),
                    COLLAPSE,
                ),
                "by waves in a box around the points: time as their number times m",
                "Solin & Särkkä (2020); Riutort-Mayol et al. (2022)",
            ),
            SolverRow(
                "inducing",
                (
                    SolverSetting(
                        "m", SettingKind.COUNT, "how many of the points stand for all", 128, 1
                    ),
                    COLLAPSE,
                ),
                "by the values at a few of the points: time as the number of points times m^2",
                "Titsias (2009); Hensman et al. (2013)",
            ),
            SolverRow(
                "vecchia",
                (
                    SolverSetting(
                        "neighbours", SettingKind.COUNT,
                        "on how many of the points before it a value depends", 20, 1,
                    ),
                    COLLAPSE,
                ),
                "by the nearest points: time as the number of points times neighbours^3",
                "Vecchia (1988); Datta et al. (2016); Katzfuss & Guinness (2021)",
                only_one=OnlyOne(
                    "G0458", "neighbours are those of one function",
                    "write `approx = inducing(m = 128)` or `approx = exact`",
                ),
            ),
            SolverRow(
                "kronecker", (COLLAPSE,),
                "on a full grid, `f(x, z)`, by a factor of the kernel for each of its sides:"
                " time as the cubes of the sides",
                "Saatçi (2011), ch. 5",
                is_of_grids=True,
                only_one=OnlyOne(
                    "G0775", "a grid is of one function",
                    "write `approx = exact`, or make the members one side of the grid, with a"
                    " kernel for it",
                ),
            ),
        )
    }
)  # fmt: skip
"""Solvers by name."""
