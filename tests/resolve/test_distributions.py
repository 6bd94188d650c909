"""Families and their arguments, supports and roles of sites."""

import pytest

SITES = [
    ("r ~ Normal(0, 1)", "latent r : real in real ~ Normal(loc = 0, scale = 1)"),
    ("r ~ Normal(scale = 1, loc = 0)", "latent r : real in real ~ Normal(loc = 0, scale = 1)"),
    ("r[row] ~ Poisson(log_rate = x)", None),
    # narrowed supports: either side, both, equal to the family's own, whole numbers
    (
        "r : real > 0 ~ Normal(0, 1)",
        "latent r : real in real > 0 ~ Normal(loc = 0, scale = 1) cut to > 0",
    ),
    (
        "r : real < mu ~ Normal(0, 1)",
        "latent r : real in real < mu ~ Normal(loc = 0, scale = 1) cut to < mu",
    ),
    (
        "r : -1 <= real <= 1 ~ Normal(0, 1)",
        "latent r : real in real >= -1 <= 1 ~ Normal(loc = 0, scale = 1) cut to >= -1 <= 1",
    ),
    ("r : real > 0 ~ Gamma(2, 1)", "latent r : real in real > 0.0 ~ Gamma(shape = 2, rate = 1)"),
    ("r : 0 < real < 1 ~ Beta(2, 2)", "latent r : real in real >= 0.0 <= 1.0 ~ Beta(a = 2, b = 2)"),
    (
        "r : real < 9 ~ HalfNormal(1)",
        "latent r : real in real >= 0.0 < 9 ~ HalfNormal(scale = 1) cut to < 9",
    ),
    (
        "predict r : int > 0 ~ Poisson(3)",
        "predicted r : int in int >= 1 ~ Poisson(rate = 3) cut to >= 1",
    ),
    (
        "predict r : int < 9 ~ Poisson(3)",
        "predicted r : int in int >= 0 <= 8 ~ Poisson(rate = 3) cut to <= 8",
    ),
    ("predict r : int >= 0 ~ Poisson(3)", "predicted r : int in int >= 0 ~ Poisson(rate = 3)"),
    ("r : real > 0 ~ Flat()", "latent r : real in real > 0 ~ Flat()"),
    ("r : real ~ Normal(0, 1)", "latent r : real in real ~ Normal(loc = 0, scale = 1)"),
    # joint supports
    ("r[k] ~ Dirichlet(1)", "latent r[k] : real in simplex ~ Dirichlet(concentration = 1)"),
    (
        "r[k] : simplex ~ Dirichlet([1, 2, 3])",
        "latent r[k] : real in simplex ~ Dirichlet(concentration = [1, 2, 3])",
    ),
    (
        "r[k] : ordered ~ Normal(0, 1)",
        "latent r[k] : real in ordered ~ Normal(loc = 0, scale = 1) on ordered",
    ),
    (
        "r[row, k] : ordered ~ Normal(x, 1)",
        "latent r[row, k] : real in ordered ~ Normal(loc = x, scale = 1) on ordered",
    ),
    (
        "r[k] : positive_ordered ~ Gamma(2, 1)",
        "latent r[k] : real in positive_ordered ~ Gamma(shape = 2, rate = 1) on positive_ordered",
    ),
    (
        "r[k] : sum_to_zero ~ Normal(0, 1)",
        "latent r[k] : real in sum_to_zero ~ Normal(loc = 0, scale = 1) on sum_to_zero",
    ),
    ("r[row, peer] ~ LKJ(2)", "latent r[row, peer] : real in corr ~ LKJ(concentration = 2)"),
    # combinators
    (
        "w[k] ~ Dirichlet(1)\nc[k] ~ Normal(0, 1)\nr ~ Mixture(w, Normal(c, 1))",
        "latent r : real in real ~ Mixture(weights = w, component = Normal(loc = c, scale = 1))",
    ),
    ("w[pair] ~ Dirichlet(1)\nr ~ Mixture(w, [Normal(0, 1), Cauchy(0, 1)])", None),
    ("w[pair] ~ Dirichlet(1)\nr ~ Mixture(w, [HalfNormal(1), Normal(0, 1)])", None),
    ("r ~ Censored(Normal(0, 1), upper = 3)", None),
    # categories
    ("w[k] ~ Dirichlet(1)\npredict r[row] : k ~ Categorical(w)", None),
]


@pytest.mark.parametrize(("text", "expected"), SITES, ids=[s for s, _ in SITES])
def test_sites(line, text, expected):
    found = line(text)
    assert expected is None or found == expected


def test_the_range_of_a_mixture_holds_all_of_its_components(program):
    text = "w[pair] ~ Dirichlet(1)\nr ~ Mixture(w, [HalfNormal(1), {}])"
    (inside,) = (n for n in program(text.format("Gamma(2, 1)")).nodes if n.name == "r")
    assert inside.range.lower.value == 0
    (across,) = (n for n in program(text.format("Normal(0, 1)")).nodes if n.name == "r")
    assert across.range.lower is None


OBSERVED = [
    (
        "y[row] ~ Normal(mu, sigma)",
        "observed y[row] : real in real ~ Normal(loc = mu, scale = sigma) at y",
    ),
    ("n[row] ~ Poisson(3)", "observed n[row] : int in int >= 0 ~ Poisson(rate = 3) at n"),
    ("b[row] ~ Bernoulli(0.5)", None),
    ("n[row] ~ Normal(mu, 1)", None),
    ("y[row] ~ Normal(mu, 1) where b", None),
    ("y[row] : real > 0 ~ Normal(mu, 1)", None),
    ("y[row] ~ Censored(Normal(mu, 1), lower = x)", None),
    ("n[row] ~ ZeroInflated(0.1, Poisson(3))", None),
    ("n[row] ~ Hurdle(0.1, NegativeBinomial(3, 1))", None),
    ("w[county] ~ Dirichlet(1)\ncounty_of[row] ~ Categorical(w)", None),
    ("c[k] : ordered ~ Normal(0, 1)\ncounty_of[row] ~ OrderedLogistic(x, c)", None),
    ("y[row] ~ MultiNormal(0, covariance = D)", None),
]


@pytest.mark.parametrize(("text", "expected"), OBSERVED, ids=[s for s, _ in OBSERVED])
def test_observations(line, text, expected):
    name = text.splitlines()[-1].split("[")[0]
    found = line(text, name)
    assert expected is None or found.splitlines()[-1] == expected


def test_data_may_be_scored_more_than_once(program):
    found = program("y[row] ~ Normal(mu, 1) where b\ny[row] ~ Normal(0, 1) where not b")
    # The names follow the statements, the order what they need.
    assert [n.name for n in found.nodes if n.name.startswith("y")] == ["y.2", "y"]


def test_observe_and_factor(line, program):
    assert line("observe sum[row](x) - mu ~ Normal(0, 0.1)", "observe").endswith(
        "at (sum[row](x) - mu)"
    )
    text = "factor -mu\nfactor x where b\nobserve mu ~ Normal(0, 1)\nobserve x ~ Normal(0, 1)"
    names = {n.name for n in program(text).nodes}
    assert {"factor", "factor.2", "observe", "observe.2"} <= names


def test_a_scored_statement_stands_after_all_that_it_needs(program):
    names = [n.name for n in program("y[row] ~ Normal(late, 1)\nlate = 2 * mu").nodes]
    assert names.index("y") > names.index("late")


def test_the_parameterisation_that_is_written(program):
    found = program("r[county] ~ Normal(0, sigma) as centred")
    assert next(n for n in found.nodes if n.name == "r").parameterisation == "centred"


WRONG = [
    ("r ~ normal(0, 1)", "G0301"),
    ("r ~ Nope(0, 1)", "G0301"),
    ("r ~ Normal(mu = 0, scale = 1)", "G0302"),
    ("r ~ Normal(0)", "G0302"),
    ("r ~ Normal(0, 1, 2)", "G0302"),
    ("r ~ Normal(0, loc = 1)", "G0302"),
    ("r ~ Poisson(rate = 1, log_rate = 2)", "G0302"),
    ("r ~ Normal(loc = 0, loc = 0, scale = 1)", "G0302"),
    ("n[row] ~ ZeroInflated(0.1, Normal(0, 1))", "G0302"),
    ("y[row] ~ Censored(3)", "G0302"),
    ("w[k] ~ Dirichlet(1)\ny[row] ~ Mixture(w, [Normal(0, 1), Poisson(1), Normal(0, 1)])", "G0302"),
    ("r ~ Normal(county_of[row = 0], 1)", "G0303"),
    ("r : real > 0 ~ SkewNormal(0, 1, 2)", "G0304"),
    ("w[k] ~ Dirichlet(1)\nr : real > 0 ~ Mixture(w, Normal(0, 1))", "G0304"),
    ("y[row] ~ Censored(SkewNormal(0, 1, 2), upper = 3)", "G0304"),
    ("r : int ~ Normal(0, 1)", "G0305"),
    ("r : real ~ Poisson(1)", "G0305"),
    ("r[k] : ordered ~ Gamma(1, 1)", "G0305"),
    ("r[k] : ordered ~ Beta(1, 1)", "G0305"),
    ("r[k] : positive_ordered ~ Uniform(0, 1)", "G0305"),
    ("r[k] : simplex ~ Uniform(0, 0.4)", "G0305"),
    ("r[k] : simplex ~ Pareto(1, 2)", "G0305"),
    ("r[k] : cov ~ Normal(0, 1)", "G0309"),
    ("r[k] : simplex ~ MultiNormal(0, covariance = D)", "G0309"),
    ("county_of[row] ~ Categorical(x)", "G0307"),
    ("county_of[row] ~ Categorical(0.2)", "G0307"),
    ("w[k] ~ Dirichlet(1)\ncounty_of[row] ~ Categorical(w)", "G0307"),
    ("y[row] ~ Mixture(mu, Normal(0, 1))", "G0307"),
    ("y[row] ~ Mixture(X, Normal(beta, alpha))", "G0203"),
    ("w[k] ~ Dirichlet(1)\ny[row] ~ Mixture(w, [Normal(0, 1)])", "G0307"),
    ("r ~ Normal(0, 0)", "G0308"),
    ("r ~ Beta(1, -1)", "G0308"),
    ("r[k] ~ Dirichlet([1, -1, 1])", "G0308"),
    ("n[row] ~ Binomial(1.5, 0.5)", "G0308"),
    ("n[row] ~ Bernoulli(2)", "G0308"),
    ("r ~ Dirichlet(1)", "G0309"),
    ("r[k] ~ LKJ(1)", "G0309"),
    ("r[row, col] ~ LKJ(1)", "G0309"),
    ("y[row] ~ MultiNormal(0, covariance = X)", "G0309"),
    ("n[row] ~ Categorical(beta)", "G0310"),
    ("county_of[row] ~ Normal(0, 1)", "G0310"),
    ("observe x ~ Categorical(beta)", "G0310"),
    ("n[row] ~ OrderedLogistic(0, beta)", "G0310"),
    ("y[row] ~ Poisson(1)", "G0311"),
    ("observe x ~ Poisson(1)", "G0311"),
    ("r ~ Normal(x, 1)", "G0203"),
    ("r[k] ~ Dirichlet(x)", "G0203"),
    ("y[row] ~ Normal(alpha, 1)", "G0203"),
    ("r : nope ~ Normal(0, 1)", "G0202"),
    ("r : real > x ~ Normal(0, 1)", "G0203"),
    ("y[row] ~ Normal(0, 1) where alpha > 0", "G0203"),
    ("r ~ Normal(0, 1) where mu > 0", "G0417"),
    ("predict r ~ Normal(0, 1) where mu > 0", "G0417"),
    ("y[row] ~ Normal(0, 1) as centred", "G0414"),
    ("predict r ~ Normal(0, 1) as centred", "G0414"),
    ("predict r ~ Normal(0, 1)\ny[row] ~ Normal(r, 1)", "G0415"),
    ("predict r = mu\nfactor r", "G0415"),
    ("predict r = mu\ns ~ Normal(r, 1)", "G0415"),
    ("y = mu", "G0204"),
    ("r ~ Normal(0, 1)\nr = 2", "G0204"),
    ("predict y[row] ~ Normal(0, 1)", "G0204"),
]


@pytest.mark.parametrize(("text", "code"), WRONG, ids=[s for s, _ in WRONG])
def test_a_mistake_is_reported_once_and_as_what_it_is(codes, text, code):
    assert codes(text) == [code]


def test_a_component_is_not_blamed_for_bad_weights(codes):
    text = "c[k] ~ Normal(0, 1)\ny[row] ~ Mixture(nothing, Normal(c, 1))"
    assert codes(text) == ["G0201"]


def test_all_foreign_parameters_are_named_at_once(errors):
    found = errors("r ~ Normal(mu = 0, sd = 1)")
    assert [d.help for d in found] == [
        "here it is called `loc`: write `Normal(loc, scale)`",
        "here it is called `scale`: write `Normal(loc, scale)`",
    ]


def test_a_prediction_may_use_a_prediction(program):
    found = program("predict r[row] ~ Normal(mu, 1)\npredict s = mean[row](r)")
    assert [n.name for n in found.nodes][-2:] == ["r", "s"]
