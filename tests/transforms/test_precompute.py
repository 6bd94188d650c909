"""Work on data alone is done once, before the density, and changes nothing."""

import jax
import numpy as np
import pytest

from gendsl.backends.emit.arguments import PreparedArgument
from gendsl.backends.load import load
from gendsl.backends.numpyro.dialect import emit
from gendsl.backends.numpyro.inputs import inputs
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Source
from gendsl.frontend.parse import parse
from gendsl.ir.bound import BoundData
from gendsl.ir.verify import verify
from gendsl.pipeline import load_import
from gendsl.resolve.resolve import resolve
from gendsl.transforms.precompute import precompute

HEADER = """model m {
  dim i
  dim j like i
  dim time : ordered
  data x[i] : real
  data y[i] : real
  data E[i] : real > 0
  data gap[i] : real?
  data z[time] : real
  alpha ~ HalfNormal(1)
"""


def program_of(statements):
    source, reporter = Source("m.gen", HEADER + statements + "\n}"), Reporter()
    program = resolve(source, parse(source), load_import, reporter)
    reporter.raise_if_errors()
    return verify(program)


def prepared_in(statements):
    """The names that are prepared, and those of the nodes that are left."""
    program = verify(precompute(program_of(statements)))
    names = [getattr(node, "name", None) or node.series[0].name for node in program.prepared]
    return names, [n.name for n in program.nodes if hasattr(n, "name")]


CASES = [
    # whole equations, and what they need
    ("let m = mean[i](x)\ny[i] ~ Normal(m * alpha, 1)", ["m"]),
    ("let D[i, j] = x - x[j]\nlet L[i, j] = cholesky[i, j](D * D)\nr = sum[i,j](L)*alpha",
     ["D", "L", "sum_L"]),
    ("c[i] = (x - mean[i](x)) / sd[i](x)\ny[i] ~ Normal(c * alpha, 1)", ["c"]),
    # parts of expressions
    ("y[i] ~ Normal(log(E) + alpha, 1)", ["log_E"]),
    ("y[i] ~ Normal(log(E) * alpha + log(E), 1)", ["log_E"]),
    ("factor alpha * sum[time](z)", ["sum_z"]),
    ("let log_E = alpha\ny[i] ~ Normal(log(E) + log_E, 1)", ["log_E_"]),
    # recurrences of data alone
    ("h[time = first] = 0\nh[time] = 0.5 * h[time - 1] + z\nfactor alpha * sum[time](h)",
     ["h", "sum_h"]),
    # left in place
    ("y[i] ~ Normal(2 * x + alpha, 1)", []),
    ("y[i] ~ Normal(exp(alpha * x), 1)", []),
    ("predict q = mean[i](x)", []),
    ("x[i] ~ Normal(0, 1)\nr = alpha * mean[i](x)", []),
    ("gap[i] ~ Normal(0, 1)\nr = alpha * mean[i](gap)", []),
    ("h[time = first] = 0\nh[time] = alpha * h[time - 1] + z", []),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "expected"), CASES, ids=[s for s, _ in CASES])
def test_what_is_prepared(statements, expected):
    prepared, left = prepared_in(statements)
    assert prepared == expected
    assert not set(prepared) & set(left)


MODEL = """
  D[i, j] = exp(-abs(x - x[j])) + if(i == j, 0.5, 0)
  let L[i, j] = cholesky[i, j](D)
  h[time = first] = 0
  h[time] = 0.5 * h[time - 1] + z
  f[i] = log(E) + alpha * log_det[i, j](D) + sum[time](h) + alpha * sum[j](L * x[j])
  y[i] ~ Normal(f + (x - mean[i](x)) * alpha, 1)
"""
RNG = np.random.default_rng(5)
BOUND = BoundData(
    {
        "x": RNG.normal(size=4),
        "y": RNG.normal(size=4),
        "E": np.exp(RNG.normal(size=4)),
        "gap": np.zeros(4),
        "z": RNG.normal(size=6),
    },
    {"i": 4, "j": 4, "time": 6},
    {"i": None, "j": None, "time": None},
    {"gap": np.zeros(4, bool)},
    frozenset(),
)


def trace_of(program):
    """Every site of the generated model at alpha = 0.7, its density and how often it factorises."""
    import numpyro

    emitted = emit(program)
    module = load(emitted.source)
    given = inputs(program, emitted, BOUND)

    def run(arrays):
        model = numpyro.handlers.substitute(module.model, {"alpha": 0.7})
        density, trace = numpyro.infer.util.log_density(model, (), {**given.static, **arrays}, {})
        return density, {n: s["value"] for n, s in trace.items() if s["type"] != "plate"}

    operations = str(jax.make_jaxpr(run)(given.arrays))
    return *jax.jit(run)(given.arrays), operations, emitted


def test_the_density_and_what_is_saved_are_the_same():
    program = program_of(MODEL)
    before = trace_of(program)
    after = trace_of(precompute(program))
    np.testing.assert_allclose(after[0], before[0], rtol=1e-6)
    assert after[1].keys() == before[1].keys() >= {"D", "h", "f"}
    for name, value in before[1].items():
        np.testing.assert_allclose(after[1][name], value, rtol=2e-5, atol=1e-6)
    assert "cholesky" in before[2] and "scan" in before[2]
    assert "cholesky" not in after[2] and "scan" not in after[2]


def test_the_module_says_what_it_prepares_and_runs_on_its_own():
    emitted = trace_of(precompute(program_of(MODEL)))[3]
    assert any(isinstance(a, PreparedArgument) for a, _ in emitted.arguments)
    module = load(emitted.source)
    arrays = {name: BOUND.arrays[name] for name in ("x", "E", "z")}
    wanted = {name for _, name in emitted.prepare_arguments}
    sizes = {f"n_{dim}": size for dim, size in BOUND.sizes.items()}
    ready = module.prepare(**{k: v for k, v in {**arrays, **sizes}.items() if k in wanted})
    asked = {n for a, n in emitted.arguments if isinstance(a, PreparedArgument)}
    assert ready.keys() == asked
