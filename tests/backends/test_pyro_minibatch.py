"""Programs that read dimensions in minibatches: what they say, and that they are exact.

The log density of a minibatch, scaled, has that of all data as its mean over minibatches. Small
data have few: every one is taken, so that nothing is random here.
"""

from itertools import combinations, product

import numpy as np
import pyro
import pytest
import torch
from test_pyro_golden import compared

import gendsl
from gendsl.diagnostics.diagnostic import DiagnosticError

ROWS = 5

REGRESSION = """\
model regression {
  dim row
  dim feature
  data X[row, feature] : real
  data exposure[row] : real > 0
  data y[row] : real
  alpha ~ Normal(0, 5)
  beta[feature] ~ Normal(0, 2)
  sigma : real > 0 ~ Exponential(1)
  mu[row] = alpha + X @ beta + log(exposure)
  y[row] ~ Normal(mu, sigma)
  predict y_new[row] ~ Normal(mu, sigma)
  predict total = sum[row](y_new)
}
"""

FACTORS = """\
model factors {
  dim component
  dim row
  dim column
  data X[row, column] : real
  data is_used[row] : bool
  data x_mean[row] : real
  z[row, component] ~ Normal(0, 1)
  W[component, column] ~ Normal(0, 1)
  sigma : real > 0 ~ Exponential(1)
  let mean[row, column] = z @ W
  X[row, column] ~ Normal(mean, sigma) where is_used
  factor -0.5 * square(x_mean - mean[row](x_mean)) + 0.1 * pos(row)
  centre[row] = sum[component](z)
}
"""

MIXTURE = """\
model mixture {
  dim row
  dim component = 3
  data y[row] : real
  p[component] : simplex ~ Dirichlet(2)
  mu[component] : ordered ~ Normal(0, 5)
  z[row] : component ~ Categorical(p)
  y[row] ~ Normal(mu[z], 1)
}
"""

GROUPS = """\
model groups {
  dim group
  dim row
  data group_of[row] : group
  data y[row] : real?
  theta[group] ~ Normal(0, 1) as centred
  noise[row] ~ Normal(0, 1)
  nu[row] : real > 0 ~ Exponential(theta[group_of]^2 + 1)
  y[row] ~ StudentT(4, theta[group_of] + noise, nu)
}
"""

RATINGS = """\
model ratings {
  dim user
  dim item
  dim component
  data rating[user, item] : real?
  u[user, component] ~ Normal(0, 1)
  v[item, component] ~ Normal(0, 1)
  bias[user] ~ Normal(0, 1)
  let mean[user, item] = bias + sum[component](u * v)
  rating[user, item] ~ Normal(mean, 1)
}
"""

TEXTS = {
    "regression": REGRESSION,
    "factors": FACTORS,
    "mixture": MIXTURE,
    "groups": GROUPS,
    "ratings": RATINGS,
}


def data_of(name: str) -> dict[str, object]:
    rng = np.random.default_rng(1)
    y = rng.normal(size=ROWS)
    match name:
        case "regression":
            X = rng.normal(size=(ROWS, 2))
            return {"X": X, "exposure": rng.uniform(1, 2, ROWS), "y": y}
        case "factors":
            is_used = np.array([True, False, True, True, True])
            X = rng.normal(size=(ROWS, 3))
            return {"X": X, "is_used": is_used, "x_mean": y, "component": 2}
        case "mixture":
            return {"y": y}
        case "groups":
            return {"group_of": [1, 2, 1, 2, 2], "y": [0.3, None, -1.0, 0.5, 2.0]}
        case _:
            rating = rng.normal(size=(4, 3))
            rating[1, 2] = np.nan
            return {"rating": rating}


MINIBATCHES = {
    "regression": {"row": 2},
    "factors": {"row": 2},
    "mixture": {"row": 2},
    "groups": {"row": 2},
    "ratings": {"user": 2, "item": 2},
}


def module_of(name: str, **options):
    sizes = {"component": 2} if name in ("factors", "ratings") else {}
    return gendsl.compile(TEXTS[name]).as_module(data_of(name), sizes=sizes, **options)


def latents_of(module) -> dict[str, torch.Tensor]:
    """A draw of every latent from its prior."""
    torch.manual_seed(3)
    trace = pyro.poutine.trace(module).get_trace()
    sites = [n for n in trace.stochastic_nodes if hasattr(trace.nodes[n]["fn"], "batch_shape")]
    return {name: trace.nodes[name]["value"] for name in sites}


def log_density(module, values: dict[str, torch.Tensor], **given) -> torch.Tensor:
    return pyro.poutine.trace(pyro.condition(module, data=values)).get_trace(**given).log_prob_sum()


def parts_of(module, values, dims_of_sites, chosen: dict[str, torch.Tensor]):
    """The latents' entries of the members chosen."""
    parts = {}
    for name, value in values.items():
        for dim, members in chosen.items():
            dims = dims_of_sites.get(name, ())
            if dim in dims:
                value = value.index_select(dims.index(dim), members)
        parts[name] = value
    return parts


def mean_over_minibatches(name: str, batches: dict[str, int], scale=lambda log: log) -> tuple:
    """The log density of all data at some latents, and the mean of those of all minibatches."""
    whole, module = module_of(name), module_of(name, minibatch=batches)
    values = latents_of(whole)
    dims = {s.name: s.dims for s in gendsl.compile(TEXTS[name]).program.nodes if hasattr(s, "dims")}
    dims |= {f"{site}.raw": own for site, own in dims.items()}
    every = [list(combinations(range(module.sizes[d]), n)) for d, n in batches.items()]
    terms = []
    for picks in product(*every):
        chosen = {d: torch.tensor(p) for d, p in zip(batches, picks, strict=True)}
        terms.append(log_density(module, parts_of(module, values, dims, chosen), **chosen))
    return log_density(whole, values).item(), torch.stack(terms).mean().item()


@pytest.mark.parametrize("name", TEXTS)
def test_the_mean_over_all_minibatches_is_the_log_density_of_all_data(name) -> None:
    whole, mean = mean_over_minibatches(name, MINIBATCHES[name])
    assert mean == pytest.approx(whole, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", TEXTS)
def test_without_the_scale_the_mean_is_another(name, monkeypatch) -> None:
    """The broken twin: plates of the right members that do not say how many there are in all."""
    real = pyro.plate

    def unscaled(plate, size, subsample_size=None, subsample=None, **rest):
        made = real(plate, size, subsample_size, subsample, **rest)
        made.size = made.subsample_size
        return made

    monkeypatch.setattr(pyro, "plate", unscaled)
    whole, mean = mean_over_minibatches(name, MINIBATCHES[name])
    assert abs(mean - whole) > 0.1


@pytest.mark.parametrize("name", TEXTS)
def test_a_minibatch_of_all_members_is_the_whole(name) -> None:
    whole = module_of(name)
    module = module_of(name, minibatch=tuple(MINIBATCHES[name]))
    values = latents_of(whole)
    ordered = {dim: torch.arange(module.sizes[dim]) for dim in MINIBATCHES[name]}
    found = log_density(module, values, **ordered)
    assert found.item() == pytest.approx(log_density(whole, values).item(), rel=1e-12)


@pytest.mark.parametrize("name", TEXTS)
def test_source_with_minibatches_is_the_golden_one(name, update_golden) -> None:
    source = gendsl.compile(TEXTS[name]).source("pyro", minibatch=tuple(MINIBATCHES[name]))
    compared(f"minibatch_{name}", source, update_golden)


def test_a_module_runs_what_the_source_shows() -> None:
    model = gendsl.compile(REGRESSION)
    module = model.as_module(data_of("regression"), minibatch={"row": 2})
    assert module.source == model.source("pyro", minibatch="row")
    assert model.source("pyro") == model.source("pyro", minibatch=())


READ_AGAIN = """\
model again {
  dim row
  dim column
  data y[row, column] : real
  data is_used[row, column] : bool
  m[column] ~ Normal(0, 1)
  sigma : real > 0 ~ Exponential(1)
  y[row, column] ~ Normal(m, sigma)
  factor -0.3 * square(m - y) * sigma where is_used
}
"""


@pytest.mark.parametrize("batches", [{"row": 2}, {"row": 2, "column": 2}])
def test_data_are_read_at_a_minibatch_once_though_their_statement_gives_them(
    batches, monkeypatch
) -> None:
    """What a site that may draw them gives is a minibatch already."""
    rng = np.random.default_rng(1)
    data = {"y": rng.normal(size=(ROWS, 3)), "is_used": rng.random((ROWS, 3)) > 0.3}
    monkeypatch.setitem(TEXTS, "again", READ_AGAIN)
    monkeypatch.setitem(globals(), "data_of", lambda _: data)
    whole, mean = mean_over_minibatches("again", batches)
    assert mean == pytest.approx(whole, rel=1e-12, abs=1e-12)
    # drawn, they are read by the factor as they were drawn
    module = gendsl.compile(READ_AGAIN).as_module(data, minibatch=batches)
    assert log_density(module, {}, y=None).isfinite()


# --- what needs all members --------------------------------------------------------------------

HEAD = """model wrong {
  dim row
  dim group
  dim time : ordered
  data x[row] : real
  data y[row] : real
  data group_of[row] : group
  data row_of[group] : row
  data w[group] : real
  data v[time] : real
  sigma : real > 0 ~ Exponential(1)
"""

NEEDS_ALL = {
    "sum": ("z[row] ~ Normal(0, 1)", "y[row] ~ Normal(sum[row](z), sigma)"),
    "scored data in a sum": ("y[row] ~ Normal(mean[row](y), sigma)",),
    "factor": ("factor -square(sum[row](y - sigma))",),
    "product": ("z[row] ~ Normal(0, 1)", "w[group] ~ Normal(x @ z, sigma)"),
    "group sum": ("z[row] ~ Normal(0, 1)", "w[group] ~ Normal(sum[row by group_of](z), 1)"),
    "gather": ("z[row] ~ Normal(0, 1)", "w[group] ~ Normal(z[row_of], sigma)"),
    "event": ("z[row] : simplex ~ Dirichlet(1)", "y[row] ~ Normal(z, sigma)"),
    "softmax": ("z[row] ~ Normal(0, 1)", "y[row] ~ Normal(softmax[row](z), sigma)"),
    "first": ("z[row] ~ Normal(0, 1)", "w[group] ~ Normal(z[row = 0], sigma)"),
    "categories": ("p[row] : simplex ~ Dirichlet(1)", "row_of[group] ~ Categorical(p)"),
}


@pytest.mark.parametrize("case", NEEDS_ALL)
def test_what_needs_all_members_is_refused_with_its_place(case) -> None:
    lines = NEEDS_ALL[case]
    text = HEAD + "".join(f"  {line}\n" for line in lines) + "}\n"
    model = gendsl.compile(text)
    with pytest.raises(DiagnosticError) as caught:
        model.source("pyro", minibatch="row")
    (found,) = caught.value.diagnostics
    assert found.code == "G0765"
    assert found.span is not None and found.span.line >= HEAD.count("\n") + 1
    assert found.help


def test_a_recurrence_along_a_dimension_needs_all_of_it() -> None:
    steps = "  m[time = 0] ~ Normal(0, 1)\n  m[time] ~ Normal(m[time - 1], sigma)\n"
    model = gendsl.compile(HEAD + steps + "  v[time] ~ Normal(m, 1)\n}\n")
    with pytest.raises(DiagnosticError, match="it runs along `time`"):
        model.source("pyro", minibatch="time")


def test_imputed_data_need_all_members() -> None:
    text = """model imputed {
      dim row
      data x[row] : real?
      data y[row] : real
      x[row] ~ Normal(0, 1)
      y[row] ~ Normal(x, 1)
    }"""
    with pytest.raises(DiagnosticError, match="its missing values are inferred"):
        gendsl.compile(text).source("pyro", minibatch="row")


def test_a_dimension_of_no_term_is_refused() -> None:
    text = """model nothing {
      dim row
      data x[row] : real
      m ~ Normal(mean[row](x), 1)
    }"""
    with pytest.raises(DiagnosticError, match="no statement has a term for each member"):
        gendsl.compile(text).source("pyro", minibatch="row")


def test_states_shared_by_members_need_all_of_them() -> None:
    text = """model shared {
      dim row
      data y[row] : real
      k : bool ~ Bernoulli(0.3)
      y[row] ~ Normal(if(k, 1, -1), 1)
    }"""
    with pytest.raises(DiagnosticError, match="share its states"):
        gendsl.compile(text).source("pyro", minibatch="row")


def test_refusals_read_well() -> None:
    text = HEAD + "  y[row] ~ Normal(mean[row](y), sigma)\n}\n"
    with pytest.raises(DiagnosticError) as caught:
        gendsl.compile(text).source("pyro", minibatch="row")
    assert (
        str(caught.value)
        == """\
error[G0765]: `row` can't be read in minibatches: `mean` takes all members
  --> <text>:12:3
   |
12 |   y[row] ~ Normal(mean[row](y), sigma)
   |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: leave `row` out of `minibatch`; members must add to the density by themselves
"""
    )


@pytest.mark.parametrize(
    ("backend", "minibatch", "said"),
    [
        ("pyro", "rows", "did you mean `row`?"),
        ("pyro", {"row": 0}, "at least one member, not 0"),
        ("pyro", {"row": 2.5}, "at least one member, not 2.5"),
        ("numpyro", "row", "those for `pyro` do"),
    ],
)
def test_minibatches_of_what_is_not_there(backend, minibatch, said) -> None:
    with pytest.raises(DiagnosticError) as caught:
        gendsl.compile(REGRESSION).source(backend, minibatch=minibatch)
    assert caught.value.diagnostics[0].code == "G0766"
    assert said in str(caught.value)
