"""Pictures of predicted curves and of their coverage: what is drawn, and what is refused."""

import matplotlib
import numpy as np
import pytest

import gendsl
from gendsl.api.failure import UsageError
from gendsl.results import curve_picture

TEXT = """model m {
  dim row, grid
  data x[row] : real
  data y[row] : real
  data g[grid] : real
  a ~ Normal(0, 1)
  s ~ HalfNormal(1)
  y[row] ~ Normal(a * x, 0.1 + s)
  predict curve[grid] = a * g
  predict y_new[row] ~ Normal(a * x, 0.1 + s)
  predict total = sum[grid](curve)
}
"""
PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def fit():
    rng = np.random.default_rng(3)
    x = rng.uniform(-2, 2, size=20)
    data = {"x": x, "y": 0.7 * x + 0.2 * rng.normal(size=20), "g": np.array([2.0, -2, 0])}
    return gendsl.compile(TEXT).infer(data, seed=1, chains=1, warmup=100, draws=100)


@pytest.fixture
def drawn(monkeypatch):
    """What the pictures are made of, beside the pictures."""
    kept = []
    before = curve_picture.draw_curves
    monkeypatch.setattr(
        "gendsl.api.curves.draw_curves",
        lambda *arguments, **options: kept.append(arguments) or before(*arguments, **options),
    )
    return kept


def test_a_curve_is_drawn_in_the_order_of_its_points(fit, drawn, tmp_path):
    out = tmp_path / "curve.png"
    fit.plot_curve("curve", out, data="y", prior=True)
    assert out.read_bytes().startswith(PNG)
    ((panels, (data,), *_),) = drawn
    assert [title for title, _ in panels] == ["prior", "posterior"]
    prior, posterior = (curve for _, curve in panels)
    assert posterior.along == "g" and posterior.points.tolist() == [-2.0, 0.0, 2.0]
    values = np.asarray(fit["posterior_predictive"]["curve"]).reshape(-1, 3)
    assert (posterior.draws == values[:, [1, 2, 0]]).all()
    assert data.name == "y" and (data.points == fit["constant_data"]["x"].values).all()
    # the slope has the prior spread 1, in 1,000 draws to 0.023, and is known from the data
    assert prior.draws.shape == (1000, 3)
    assert abs(prior.draws.std(axis=0) - [2, 0, 2]).max() < 0.3
    assert posterior.draws[:, 2].std() < 0.5


def test_a_picture_has_labels_a_size_and_data_of_several_kinds(fit, tmp_path):
    """The text of the picture, which is that of the SVG."""
    out = tmp_path / "curve.svg"
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        fit.plot_curve(
            "curve", out, along="g", data=["y", "x"], label="height, m", along_label="time, s",
            size=(2.0, 3.0), lines=0,
        )  # fmt: skip
    text = out.read_text()
    assert 'width="144pt" height="216pt"' in text
    for shown in ("height, m", "time, s", ">y<", ">x<"):
        assert shown in text
    assert ">posterior<" not in text and ">curve<" not in text


@pytest.mark.slow
def test_new_points_and_the_prior_have_pictures_of_their_own(fit, tmp_path):
    new = fit.predict({"g": np.linspace(-1, 1, 7)}, seed=2)
    new.plot_curve("curve", tmp_path / "new.svg", along="g", lines=0)
    simulated = gendsl.compile(TEXT).simulate({"x": [0.0, 1.0], "g": [0.0, 1.0]}, draws=50)
    simulated.plot_curve("curve", tmp_path / "prior.pdf", data="x")
    assert (tmp_path / "new.svg").read_text().startswith("<?xml")
    assert (tmp_path / "prior.pdf").read_bytes().startswith(b"%PDF")


def test_coverage_is_of_the_function_that_was_inferred(fit, tmp_path):
    found = fit.plot_coverage("y_new", tmp_path / "c.png", observed="y")
    assert (tmp_path / "c.png").read_bytes().startswith(PNG)
    assert found.count == 20 and found.at(0.9) > 0.7
    assert (
        fit.coverage("y_new", fit["observed_data"]["y"].values).coverage == found.coverage
    ).all()
    far = fit.coverage("y_new", fit["observed_data"]["y"].values + 100)
    assert far.at(0.95) == 0.0


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        (lambda fit, out: fit.plot_curve("cruve", out), "G0806", "did you mean `curve`"),
        (lambda fit, out: fit.plot_curve("total", out), "G0836", "is one number"),
        (lambda fit, out: fit.plot_curve("curve", out, along="x"), "G0836", "`along = g`"),
        (lambda fit, out: fit.plot_curve("curve", out, data="sun"), "G0806", "there are"),
        (lambda fit, out: fit.plot_curve("curve", out, log=True), "G0836", "values of 0 or less"),
        (lambda fit, out: fit.plot_curve("curve", out, data="y", at="g"), "G0836", "`at = x`"),
        (lambda fit, out: fit.plot_curve("curve", out, at="x"), "G0836", "leave `at` out"),
        (lambda fit, out: fit.coverage("y_new"), "G0837", "is not said"),
        (lambda fit, out: fit.coverage("y_new", "z"), "G0837", "`z`, which is not observed"),
        (lambda fit, out: fit.coverage("curve", "y"), "G0837", "3 numbers, and `y` has 20"),
        (lambda fit, out: fit.coverage("y_new", [np.nan] * 20), "G0837", "nothing of"),
    ],
)
def test_what_is_no_picture_is_refused(fit, tmp_path, asked, code, said):
    with pytest.raises(UsageError) as failure:
        asked(fit, tmp_path / "p.png")
    (found,) = failure.value.diagnostics
    assert found.code == code and said in f"{found.message} {found.help}"
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_replicates_of_another_function_are_refused():
    """The function is integrated out of `y`: a replicate has one of its own, `y_new` the same."""
    text = TEXT.replace("a ~ Normal(0, 1)", "f ~ GP(kernel = RBF(1))")
    text = text.replace("a * x", "f(x)").replace("a * g", "f(g)")
    x = np.linspace(-2, 2, 20)
    data = {"x": x, "y": np.sin(2 * x), "g": np.array([0.0, 1.0])}
    fit = gendsl.compile(text).infer(data, seed=1, chains=1, warmup=100, draws=100)
    with pytest.raises(UsageError, match="`f` is integrated out"):
        fit.coverage("y")
    assert fit.coverage("y_new", "y").at(0.95) > 0.8
