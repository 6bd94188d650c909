"""Summing discrete latents out: what it makes of a program, what it refuses, what it costs."""

import pytest

from gendsl.analysis.elimination_cost import ELIMINATION, FORWARD, costs
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.ir.printer import print_program
from gendsl.ir.program import Elimination, Sample
from gendsl.ir.verify import verify
from gendsl.pipeline import front
from gendsl.transforms.non_centred import non_centre
from gendsl.transforms.sum_out import joint, sum_out

HEAD = """\
dim row, item
dim time : ordered
dim k = 3
dim k2 like k
data item_of[row] : item
data y[row] : real
data v[time] : real
w[k] ~ Dirichlet(1)
mu[k] ~ Normal(0, 1)
P[k, k2] ~ Dirichlet(1)
s ~ HalfNormal(1)
"""
MIXTURE = "z[row] ~ Categorical(w)\ny[row] ~ Normal(mu[z], s)"
CHAIN = """\
z[time = first] ~ Categorical(w)
z[time] ~ Categorical(P[z[time - 1]])
v[time] ~ Normal(mu[z], s)"""


def program(statements):
    return front(Source("t.gen", f"model m {{\n{HEAD}{statements}\n}}\n"))[0]


def summed(statements):
    return verify(sum_out(program(statements)))


def group(statements):
    return next(n for n in summed(statements).nodes if isinstance(n, Elimination))


def axes(statements):
    return [table.axes for table in group(statements).tables]


def test_a_mixture():
    assert axes(MIXTURE) == [("row", "z.states"), ("row", "z.states")]
    assert group(MIXTURE).dims == ("row",)


def test_a_chain():
    found = group(CHAIN)
    assert axes(CHAIN)[1] == ("time", "z.states-1", "z.states")
    assert (found.sites[0].along, found.sites[0].lags, found.dims) == ("time", 1, ())


def test_ratings_are_added_up_by_what_they_rate():
    text = "z[item] ~ Categorical(w)\ny[row] ~ Normal(mu[z[item_of]], s)"
    assert axes(text) == [("item", "z.states"), ("item", "z.states")]


def test_what_varies_with_the_ratings_is_summed_first():
    text = "z[item] ~ Categorical(w)\nu[row] ~ Bernoulli(0.1)\n"
    found = group(text + "y[row] ~ Normal(mu[z[item_of]] + u, s)")
    assert found.order == (("u",), ("z",))
    assert [(inner, outer) for inner, outer, _ in found.within] == [("row", "item")]


def test_coupled_chains_are_summed_together():
    text = CHAIN.replace("mu[z]", "mu[z] + u") + "\nu[time = first] ~ Bernoulli(0.5)\n"
    assert group(text + "u[time] ~ Bernoulli(0.2 + 0.5 * u[time - 1])").order == (("z", "u"),)


def test_sites_that_share_nothing_are_apart():
    nodes = summed(f"{MIXTURE}\n{CHAIN.replace('z[', 'c[').replace('[z]', '[c]')}").nodes
    assert [n.name for n in nodes if isinstance(n, Elimination)] == ["z", "c"]


def test_a_continuous_latent_below_has_its_density_in_a_table():
    text = "z[row] ~ Categorical(w)\ntheta[row] ~ Normal(mu[z], s)\ny[row] ~ Normal(theta, 1)"
    found = verify(sum_out(non_centre(program(text))))
    theta = next(n for n in found.nodes if isinstance(n, Sample) and n.name == "theta")
    assert theta.distribution.family.name == "Flat"
    assert [t.score.name for t in group(text).tables] == ["z", "theta"]


def test_an_equation_varies_along_the_states_and_is_not_saved():
    text = "z[row] ~ Categorical(w)\neta[row] = mu[z]\nlost[row] = eta + 1\ny[row] ~ Normal(eta, s)"
    printed = print_program(summed(text + "\npredict q[row] = eta"))
    assert "let eta[row, z.states]" in printed
    assert "lost" not in printed
    assert " q[" not in printed


def test_the_joint_program_is_kept():
    original = program(MIXTURE)
    assert joint(sum_out(original)) == original
    assert joint(original) is original


def test_without_discrete_latents_nothing_changes():
    original = program("y[row] ~ Normal(s, 1)")
    assert sum_out(original) is original


@pytest.mark.parametrize(
    ("statements", "code"),
    [
        ("n ~ Poisson(3)\nq = n + 1", "G0418"),
        ("n ~ Binomial(m, 0.5)\nm : 0 <= int <= 5 ~ Poisson(3)", "G0418"),
        ("n[k] ~ Multinomial(3, w)\nq = sum[k](n)", "G0406"),
        (CHAIN + "\nt ~ Normal(sum[time](mu[z]), 1)", "G0419"),
        ("z[row] ~ Bernoulli(0.5)\nt = sum[row](z)", "G0419"),
        ("z[row] ~ Bernoulli(0.5)\nx[row] ~ Uniform(z, 2)", "G0419"),
    ],
)
def test_what_is_refused(statements, code):
    with pytest.raises(DiagnosticError) as caught:
        front(Source("t.gen", f"model m {{\n{HEAD}{statements}\n}}\n"))
    assert [d.code for d in caught.value.diagnostics if d.code.startswith("G04")] == [code]


def test_a_large_table_is_refused_once_sizes_are_known():
    original = program("n[row] ~ DiscreteUniform(0, 999)\ny[row] ~ Normal(n, s)")
    assert sum_out(original, {"row": 1000}) != original
    with pytest.raises(DiagnosticError, match="1,000,000,000 entries"):
        sum_out(original, {"row": 1_000_000})


def test_entries_that_are_read_together_share_a_state():
    text = "u[row, k] ~ Bernoulli(0.5)\ny[row] ~ Normal(sum[k](u), s)"
    found = group(text)
    assert axes(text) == [("row", "k", "u.states"), ("row", "u.states")]
    assert (found.sites[0].together, found.sites[0].plates, found.dims) == (
        ("k",),
        ("row",),
        ("row",),
    )
    assert costs(program(text))[0].table == "row × 8"
    running = group("z[time] ~ Bernoulli(0.5)\nv[time] ~ Normal(cumsum[time](z), 1)")
    assert (running.sites[0].together, running.sites[0].along) == (("time",), None)


def test_costs():
    mixture, chain = costs(program(MIXTURE))[0], costs(program(CHAIN), {"time": 50})[0]
    assert (mixture.method, mixture.table, mixture.entries) == (ELIMINATION, "row × 3", None)
    assert (chain.method, chain.table) == (FORWARD, "50 × 3 × 3")
    assert (chain.entries, chain.operations) == (450, 450)
