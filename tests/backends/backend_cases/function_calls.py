"""A program that calls every elementwise function, where it has a slope."""

from gendsl.ir.functions import FUNCTIONS, OPERATORS

POINTS = {
    "log1m_exp": (-0.4,),
    "log_diff_exp": (0.7, 0.3),
    "acosh": (1.6,),
    "lchoose": (4.3, 1.2),
    "choose": (4.3, 1.2),
    "inc_beta": (1.3, 2.1, 0.4),
    "gamma_p": (1.3, 2.1),
    "gamma_q": (3.2, 2.1),
    "mod": (2.3, 0.9),
    "if": (1.0, 0.3, 0.8),
    "log1p_exp": (-0.6,),
}
NAMES = sorted({*FUNCTIONS} - OPERATORS)


def point(name: str) -> tuple[float, ...]:
    return POINTS.get(name, (0.35, 0.6, 0.8)[: FUNCTIONS[name].arity[0]])


def call(name: str) -> str:
    return f"{name}({', '.join(f'{v} + {x}' for v, x in zip(point(name), 'xyz', strict=False))})"


TEXT = (
    "model m {\n  x ~ Normal(0, 1)\n  y ~ Normal(0, 1)\n  z ~ Normal(0, 1)\n"
    + "".join(f"  r_{name} = {call(name)}\n" for name in NAMES)
    + "}"
)
