"""Networks against exact predictions, and their calibration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pfn_cases import NETWORK
from scipy.stats import norm

import gendsl
from gendsl.analysis.pfn_posterior import posterior_program, telling
from gendsl.analysis.pfn_requirements import of_latents, of_rows
from gendsl.api.pfn_check import check, uniform_p
from gendsl.api.pfn_columns import inputs_of
from gendsl.api.pfn_reference import Reference, long_nuts, mean_and_error
from gendsl.api.pfn_trained import TrainedPfn

PROCESS = f"""\
model process {{
  dim row
  data x[row] : real
  data y[row] : real
  f ~ GP(kernel = RBF(0.3))
  y[row] ~ Normal(f(x), 0.1)
}}
pfn gp {{
  prior   = process
  predict   y given x
  rows    = 2..8
  inputs  = x ~ Uniform(0, 1)
  network = {NETWORK})
}}
"""
SLOPE = f"""\
model slope {{
  dim row
  data x[row] : real
  data y[row] : real
  b ~ Normal(0, 1)
  y[row] ~ Normal(b * x, 0.5)
}}
pfn line {{
  prior   = slope
  predict   y given x
  rows    = 2..8
  inputs  = x ~ Uniform(-1, 1)
  network = {NETWORK})
}}
"""
OF_ROWS = SLOPE.replace("b ~", "u[row] ~ Normal(0, 1)\n  b ~").replace("b * x", "b * x + u")
POSITIVE = SLOPE.replace("  network", "  require   b > 0.5\n  network")
REQUIRED = SLOPE.replace("  network", "  require   y < 9\n  network")


def reference(text: str, draws: int = 500) -> Reference:
    (block,) = gendsl.compile(text).pfns.values()
    return Reference(block.pfn, inputs_of(block.pfn), long_nuts(draws))


def test_a_process_is_judged_exactly() -> None:
    rng = np.random.default_rng(3)
    x, y, n = rng.uniform(size=(6, 1)), rng.standard_normal(6), 4
    found = reference(PROCESS).judge(x, y, n, 1, 0)
    covariance = np.exp(-0.5 * ((x - x.T) / 0.3) ** 2) + 0.01 * np.eye(6)
    gain = np.linalg.solve(covariance[:n, :n], covariance[:n, n:])
    variance = np.diag(covariance)[n:] - np.sum(covariance[:n, n:] * gain, axis=0)
    expected = norm.logpdf(y[n:], gain.T @ y[:n], np.sqrt(variance))
    np.testing.assert_allclose(found.log_density, expected, atol=1e-6)
    assert found.is_exact and not found.error.any()
    nothing = reference(PROCESS).judge(x, y, 0, 1, 0)
    np.testing.assert_allclose(nothing.log_density, norm.logpdf(y, 0.0, np.sqrt(1.01)), atol=1e-6)


def conjugate(x: np.ndarray, y: np.ndarray, n: int) -> np.ndarray:
    """The predictive of `slope` given its first `n` rows."""
    x = x[:, 0]
    precision = 1.0 + np.sum(x[:n] ** 2) / 0.25
    mean = np.sum(x[:n] * y[:n]) / 0.25 / precision
    return norm.logpdf(y[n:], mean * x[n:], np.sqrt(0.25 + x[n:] ** 2 / precision))


@pytest.mark.slow
@pytest.mark.statistical
def test_runs_of_nuts_have_the_exact_density_within_their_error() -> None:
    """Six Monte Carlo errors from four chains, t with 3 df: false alarms in 1 of 100 runs each."""
    rng = np.random.default_rng(4)
    x, y, n = rng.uniform(-1, 1, (6, 1)), rng.standard_normal(6), 4
    found = reference(SLOPE).judge(x, y, n, 1, 0)
    assert not found.is_exact and found.is_settled and (found.error < 0.02).all()
    away = np.abs(found.log_density - conjugate(x, y, n)) / found.error
    assert (away < 6).all()
    broken = np.abs(found.log_density - conjugate(x[1:], y[1:], n - 1)) / found.error
    assert (broken > 6).any()


def positive(x: np.ndarray, y: np.ndarray, n: int, *, least: float) -> np.ndarray:
    """The predictive of `slope` given its first `n` rows and that it is greater, by quadrature."""
    b = np.linspace(least, 8, 4001)[:, None]
    logs = norm.logpdf(b[:, 0]) + norm.logpdf(y[:n], b * x[:n, 0], 0.5).sum(axis=1)
    weights = np.exp(logs - logs.max())
    return np.log(weights @ norm.pdf(y[n:], b * x[n:, 0], 0.5) / weights.sum())


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize("n", [0, 4])
def test_draws_are_kept_that_are_as_required(n: int) -> None:
    """Six Monte Carlo errors from four chains, t with 3 df: false alarms in 1 of 100 runs each.

    Without a context draws are of the prior.
    """
    rng = np.random.default_rng(7)
    x, y = rng.uniform(-1, 1, (6, 1)), rng.standard_normal(6)
    found = reference(POSITIVE, draws=1000).judge(x, y, n, 1, 0)
    assert 0 < found.kept < 0.9 and (found.error < 0.02).all()
    away = np.abs(found.log_density - positive(x, y, n, least=0.5)) / found.error
    assert (away < 6).all()
    broken = np.abs(found.log_density - positive(x, y, n, least=-8.0)) / found.error
    assert (broken > 6).any()
    with pytest.raises(gendsl.DiagnosticError) as caught:
        reference(POSITIVE.replace("b > 0.5", "b > 50"), draws=20).judge(x, y, n, 1, 0)
    assert [found.code for found in caught.value.diagnostics] == ["G1048"]


@pytest.mark.parametrize(
    ("required", "is_held", "doubt"),
    [
        ("b > 0", True, []),
        ("x < 0.9", False, []),
        ("0.5 * b > x", True, ["x"]),
        ("y < 9", True, ["y"]),
    ],
)
def test_what_a_requirement_reads_says_what_it_does(
    required: str, is_held: bool, doubt: list[str]
) -> None:
    """It keeps some draws, changes nothing, or leaves no reference."""
    (block,) = gendsl.compile(POSITIVE.replace("b > 0.5", required)).pfns.values()
    assert bool(of_latents(block.pfn)) == is_held
    assert [name for _, name in of_rows(block.pfn)] == doubt


def test_only_draws_that_are_kept_count() -> None:
    """By hand: 10 draws of density 1 and 30 of density 3, of two chains of 40."""
    logs = np.log(np.where(np.arange(40) % 4 == 0, [[1.0], [3.0]], 9.0))
    kept = np.array([np.arange(40) % 4 == 0, np.ones(40, bool)])
    logs[1] = np.where(np.arange(40) < 30, np.log(3.0), np.log(99.0))
    kept[1] = np.arange(40) < 30
    # The mean is 100 / 40; sums 10 and 90 are off 2.5 n by -15 and 15: the root of 900 over 100.
    assert mean_and_error(logs, kept) == pytest.approx((np.log(2.5), 0.3))
    assert mean_and_error(logs[:1].T, kept[:1].T)[0] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("counts", "has_error"),
    [((30, 0, 0, 0), False), ((30, 1, 0, 0), True), ((16, 1, 1, 1), False), ((17, 1, 1, 1), True)],
)
def test_few_draws_that_are_kept_have_no_error(counts: tuple[int, ...], has_error: bool) -> None:
    """Of one chain alone the error was 0, and none is said where fewer than 20 are kept."""
    logs = 0.1 * np.random.default_rng(8).standard_normal((4, 40))
    kept = np.arange(40) < np.array(counts)[:, None]
    mean, error = mean_and_error(logs, kept)
    assert mean == pytest.approx(np.log(np.mean(np.exp(logs[kept]))))
    assert np.isfinite(error) == has_error and error != 0


def test_a_run_that_keeps_few_draws_is_not_settled(line: TrainedPfn) -> None:
    """Without a context draws are of the prior: about 8 and 120 of 400 are as required.

    False alarms: fewer than 1e-4, of the first being 20 or more or the second below 20.
    """
    x = np.linspace(-1, 1, 2)[:, None]
    few, many = (
        reference(POSITIVE.replace("b > 0.5", f"b > {least}"), draws=100).judge(x, x[:, 0], 0, 1, 0)
        for least in ("2.1", "0.5")
    )
    assert 0 < few.kept < 0.05 and np.isnan(few.error).all() and not few.is_settled
    assert many.kept > 0.2 and (many.error > 0).all() and many.is_settled
    (block,) = gendsl.compile(POSITIVE.replace("b > 0.5", "b > 2.1")).pfns.values()
    found = check(replace(line, prior=block.block), sizes=[0], tasks=10, judged=2, draws=100)
    assert found.unsettled == 2 and found.kept is not None and 0 < found.kept < 0.05
    assert f"at least {found.kept:.1%} of a run's draws are as required" in str(found)
    assert found.sizes[0].reference_error is None and "unknown" in str(found)


OTHERS = """\
model others {
  dim row, new
  data x[row] : real
  data y[row] : real
  data w[row] : real
  data Z[new] : real
  noise ~ LogNormal(0, 0.5)
  x[row] ~ Normal(1, 2)
  y[row] ~ Normal(2 * x, noise)
  w[row] ~ Normal(y, 1)
  let far[new] = 2 * Z
  predict further[new] = far
}
pfn main {
  prior = others
  predict y given x, noise
  rows = 2..8
}
"""


@pytest.mark.parametrize("n", [0, 3])
def test_the_density_is_of_the_target_alone(n: int) -> None:
    """Not of inputs whose law the model states, of a latent that is given, or of other outcomes."""
    rng = np.random.default_rng(9)
    x, y = rng.standard_normal(6), rng.standard_normal(6)
    found = reference(OTHERS).judge(np.column_stack([x, np.full(6, 2.5)]), y, n, 2, 0)
    expected = norm.logpdf(y[n:], 2 * x[n:], 2.5)
    np.testing.assert_allclose(found.log_density, expected, atol=1e-6)
    assert found.is_exact
    broken = expected + norm.logpdf(x[n:], 1, 2)
    assert not np.allclose(found.log_density, broken, atol=1e-2)


def test_random_steps_are_told_of_too() -> None:
    """The law of `z` reads a latent that steps of a recurrence draw."""
    text = SLOPE.replace(
        "  b ~ Normal(0, 1)",
        "  dim t : ordered = 3\n  data z : real\n"
        "  s[t=0] ~ Normal(0, 1)\n  s[t] ~ Normal(s[t-1], 1)\n"
        "  let b = s[t=2]\n  z ~ Normal(b, 1)",
    ).replace("given x", "given x, z")
    (block,) = gendsl.compile(text).pfns.values()
    assert set(telling(block.pfn)) == {"z"}
    assert "z" in {getattr(node, "name", "") for node in posterior_program(block.pfn).nodes}


def test_latents_of_rows_that_are_given_have_no_reference() -> None:
    with pytest.raises(gendsl.DiagnosticError, match="G1029"):
        reference(OF_ROWS.replace("given x", "given x, u"))


def test_inputs_that_tell_of_latents_have_no_reference() -> None:
    text = SLOPE.replace("  b ~", "  data z[row] : real\n  z[row] ~ Normal(b, 1)\n  b ~")
    with pytest.raises(gendsl.DiagnosticError, match="G1029") as caught:
        reference(text.replace("given x", "given x, z"))
    assert "`z`" in caught.value.diagnostics[0].message
    reference(text)  # `z` is left out, and nothing is known of it
    told = SLOPE.replace("b ~ Normal(0, 1)", "s ~ HalfNormal(1)\n  b ~ Normal(0, s)")
    one = reference(told.replace("given x", "given x, b"), draws=50)
    rows = np.column_stack([np.linspace(-1, 1, 4), np.full(4, 0.7)])
    y = np.array([0.1, 0.2, 0.0, -0.3])
    with pytest.raises(gendsl.DiagnosticError, match="G1029"):
        one.judge(rows, y, 0, 2, 0)
    expected = norm.logpdf(y[2:], 0.7 * rows[2:, 0], 0.5)
    np.testing.assert_allclose(one.judge(rows, y, 2, 2, 0).log_density, expected, atol=1e-6)


@pytest.mark.parametrize("approx", ["inducing(m = 2)", "hilbert(m = 8)", "vecchia"])
def test_what_is_no_density_of_a_row_is_refused(approx: str) -> None:
    (block,) = gendsl.compile(PROCESS).pfns.values()
    text = PROCESS[: PROCESS.index("pfn gp")].replace("RBF(0.3)", f"RBF(0.3), approx = {approx}")
    program = gendsl.compile(text).checked.program
    with pytest.raises(gendsl.DiagnosticError) as caught:
        Reference(replace(block.pfn, program=program), inputs_of(block.pfn))
    (found,) = caught.value.diagnostics
    assert found.code == "G1049" and "approx = exact" in str(found.help)
    assert ("bound" in found.message) == approx.startswith("inducing")


def test_members_are_told_though_their_ends_do_not_occur() -> None:
    """Codes 1 to 3 of 5 may count from 0 or from 1: those of draws count from 0."""
    declared = "dim kind = 5\n  data of[row] : kind\n  let level[kind] = pos(kind)\n  b ~"
    text = SLOPE.replace("b ~", declared).replace("given x", "given x, of")
    text = text.replace("b * x,", "b * x + level[of],")
    text = text.replace("(-1, 1)", "(-1, 1), of ~ Categorical([0.2, 0.2, 0.2, 0.2, 0.2])")
    x = np.array([[0.0, 1.0], [0.0, 3.0], [0.0, 2.0]])
    found = reference(text, draws=20).judge(x, np.array([1.0, 3.0, 2.5]), 0, 2, 0)
    expected = norm.logpdf([0.0, 0.0, 0.5], scale=0.5)
    np.testing.assert_allclose(found.log_density, expected, atol=1e-4)


def test_means_of_densities_have_their_error() -> None:
    rng = np.random.default_rng(5)
    logs = 0.3 * rng.standard_normal((4, 1000))
    mean, error = mean_and_error(logs)
    assert abs(mean - 0.045) < 4 * 0.3 / np.sqrt(4000) and 1e-3 < error < 0.02
    assert mean_and_error(np.array([[-2.0]])) == (-2.0, 0.0)


COUNTS = """\
model counts {
  dim row
  data x[row] : real
  data y[row] : int >= 0
  a ~ Normal(0, 1)
  y[row] ~ Poisson(exp(a * x))
}
pfn counts {
  prior   = counts
  predict y given x
  rows    = 2..8
  inputs  = x ~ Uniform(-1, 1)
}
"""


@pytest.mark.parametrize("text", [OF_ROWS, REQUIRED, COUNTS], ids=["of_rows", "required", "counts"])
def test_what_has_no_reference_is_named(text: str, line: TrainedPfn) -> None:
    (block,) = gendsl.compile(text).pfns.values()
    with pytest.raises(gendsl.DiagnosticError) as caught:
        if text is REQUIRED:
            check(replace(line, prior=block.block))
        else:
            x = np.linspace(-1, 1, 5)[:, None]
            reference(text, draws=50).judge(x, x[:, 0], 4, 1, 0)
    assert [found.code for found in caught.value.diagnostics] == ["G1029"]


def test_calibration_is_printed_and_saved(line_file: Path, run, tmp_path: Path) -> None:
    """The weights are random: intervals can't have their coverage."""
    path = tmp_path / "line.pfn"
    path.write_bytes(line_file.read_bytes())
    result = run("check", path, "--no-reference", "--sizes", "2,7", "--tasks", 300, "--save")
    assert result.exit_code == 0 and "300 data sets of the prior" in result.output
    found = gendsl.load_pfn(path).gap
    assert [size["rows"] for size in found["sizes"]] == [2, 7] and found["mean_gap"] is None
    assert min(size["p"] for size in found["sizes"]) < 1e-3
    assert "not measured" in run("info", path).output
    assert run("check", path, "--sizes", "8").exit_code == 2
    assert run("check", path, "--sizes", "two").exit_code == 2


def test_places_that_are_uniform_are_taken_for_it() -> None:
    """At a rate of 1e-4 of false alarms."""
    places = np.random.default_rng(6).uniform(size=500)
    assert uniform_p(places) > 1e-4 > uniform_p(places**1.5)
