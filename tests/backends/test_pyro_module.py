"""`model.as_module`: a Pyro program as a torch module, in torch's and Pyro's own hands."""

import copy
import io

import numpy as np
import pyro
import pytest
import torch
from backend_cases.regression_module import GROUPS, ROWS, TEXT, VALUES, data, log_density, tensors
from pyro.infer import SVI, Predictive, Trace_ELBO
from pyro.infer.autoguide import (
    AutoNormal,
)  # fmt: skip

import gendsl
from gendsl.diagnostics.diagnostic import DiagnosticError


@pytest.fixture(scope="module")
def model() -> gendsl.Model:
    return gendsl.compile(TEXT)


@pytest.fixture(autouse=True)
def _no_parameters_left():
    pyro.clear_param_store()
    torch.manual_seed(0)
    yield
    pyro.clear_param_store()


# --- data ----------------------------------------------------------------------------------------


def test_it_has_the_density_of_the_model(model) -> None:
    values = {name: value.numpy() for name, value in VALUES.items()}
    wanted = model.log_density(values, data())
    assert log_density(model.as_module(data())) == pytest.approx(wanted, rel=1e-12)


def test_buffers_are_the_data(model) -> None:
    module = model.as_module(data(), minibatch={"row": 4})
    held = dict(module.named_buffers())
    assert held["X"].dtype is torch.float64 and held["group_of"].dtype is torch.int64
    assert torch.equal(held["y"], torch.as_tensor(data()["y"]))
    assert not list(module.parameters())
    assert module.sizes == {"row": ROWS, "group": GROUPS, "feature": 2}
    assert module.minibatch == {"row": 4}
    assert repr(module) == "ProgramModule(regression, row=12, group=3, feature=2, minibatch row=4)"


def test_data_of_a_call_take_the_place_of_its_own(model) -> None:
    module, other = model.as_module(data()), data(seed=1)
    assert log_density(module, **tensors(other)) == log_density(model.as_module(other))
    changed = {**data(), "y": other["y"]}
    assert log_density(module, y=other["y"]) == log_density(model.as_module(changed))
    changed = {**data(), "exposure": other["exposure"]}  # `log(exposure)` is prepared beforehand
    assert log_density(module, exposure=other["exposure"]) == log_density(model.as_module(changed))


def test_other_data_may_have_other_sizes(model) -> None:
    module, other = model.as_module(data()), data(7, seed=1)
    wanted = log_density(model.as_module(other))
    assert log_density(module, **tensors(other)) == pytest.approx(wanted, rel=1e-14)


def test_a_module_without_data_takes_them_at_each_call(model) -> None:
    module = model.as_module(sizes={"group": GROUPS})
    found = log_density(module, **tensors(data()))
    assert found == log_density(model.as_module(data()))


def test_data_of_a_call_are_a_minibatch_of_all(model) -> None:
    """As a `DataLoader` hands them over: the mean over the parts is the whole."""
    module = model.as_module(data(), minibatch="row")
    outside = model.as_module(sizes={"row": ROWS, "group": GROUPS}, minibatch="row")
    parts = torch.utils.data.TensorDataset(*map(torch.as_tensor, data().values()))
    loader = torch.utils.data.DataLoader(parts, batch_size=4, shuffle=True)
    batches = [dict(zip(data(), batch, strict=True)) for batch in loader]
    for each in (module, outside):
        mean = np.mean([log_density(each, **batch) for batch in batches])
        assert mean == pytest.approx(log_density(model.as_module(data())), rel=1e-12)
    positions = torch.utils.data.DataLoader(range(ROWS), batch_size=4, shuffle=True)
    mean = np.mean([log_density(module, row=row) for row in positions])
    assert mean == pytest.approx(log_density(model.as_module(data())), rel=1e-12)


def test_data_that_are_none_are_drawn(model) -> None:
    module = model.as_module(data())
    draws = Predictive(module, posterior_samples={k: v[None] for k, v in VALUES.items()})
    found = draws(y=None, predict=True)
    assert found["y"].shape == (1, ROWS) and found["y_new"].shape == (1, ROWS)
    assert not torch.equal(found["y"][0], module.y)


# --- precision -----------------------------------------------------------------------------------


def test_precision_is_that_of_the_module(model) -> None:
    module = model.as_module(data(), minibatch={"row": 4}, parameters=["sigma"])
    for cast, dtype in ((module.float, torch.float32), (module.double, torch.float64)):
        assert cast() is module and module.dtype is dtype
        assert module.X.dtype is dtype and module.group_of.dtype is torch.int64
        trace = pyro.poutine.trace(module).get_trace()
        assert trace.nodes["alpha"]["value"].dtype is dtype
        assert trace.log_prob_sum().dtype is dtype
        assert next(module.parameters()).dtype is dtype
    assert torch.get_default_dtype() is torch.float32
    found = log_density(model.as_module(data()).float(), {k: v.float() for k, v in VALUES.items()})
    assert found == pytest.approx(log_density(model.as_module(data())), rel=1e-5)


def test_arrays_of_a_call_are_cast(model) -> None:
    module = model.as_module(data()).float()
    trace = pyro.poutine.trace(module).get_trace(y=data()["y"])
    assert trace.nodes["y"]["value"].dtype is torch.float32


def test_the_default_type_is_put_back_after_an_error(model) -> None:
    module = model.as_module(data())
    with pytest.raises(DiagnosticError):
        module(z=1)
    assert torch.get_default_dtype() is torch.float32


# --- parameters ----------------------------------------------------------------------------------


def test_parameters_are_points_with_their_prior(model) -> None:
    module = model.as_module(data(), parameters={"beta": [1.0, -0.5], "sigma": 0.8})
    assert [n for n, _ in module.named_parameters()] == [
        "beta_unconstrained",
        "sigma_unconstrained",
    ]
    assert module.sigma.item() == pytest.approx(0.8)
    assert log_density(module, {"alpha": VALUES["alpha"]}) == pytest.approx(
        log_density(model.as_module(data())), rel=1e-12
    )
    trace = pyro.poutine.trace(module).get_trace()
    assert {n for n in trace.stochastic_nodes if n in VALUES} == {"alpha"}


def test_a_loop_of_torch_finds_the_joint_mode(model) -> None:
    """Every slope vanishes there, and each step aside is a step down."""
    module = model.as_module(data(), parameters=["alpha", "beta", "sigma"])
    optimiser = torch.optim.LBFGS(module.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = -pyro.poutine.trace(module).get_trace().log_prob_sum()
        value.backward()
        return value

    optimiser.step(loss)
    loss()
    assert all(p.grad.abs().max() < 1e-4 for p in module.parameters())
    mode = {name: getattr(module, name).detach() for name in VALUES}
    random = model.as_module(data())
    best = log_density(random, mode)
    for name in mode:
        for step in (-1e-2, 1e-2):
            assert log_density(random, {**mode, name: mode[name] + step}) < best


def test_parameters_start_without_data_where_sizes_are_known(model) -> None:
    """As for a `DataLoader` of more rows than fit into memory."""
    sizes = {"row": ROWS, "group": GROUPS, "feature": 2}
    module = model.as_module(sizes=sizes, minibatch="row", parameters=list(VALUES))
    whole = model.as_module(data(), parameters=list(VALUES))
    assert [p.shape for p in module.parameters()] == [p.shape for p in whole.parameters()]
    parts = [{k: v[i : i + 4] for k, v in tensors(data()).items()} for i in (0, 4, 8)]
    mean = np.mean([log_density(module, {}, **part) for part in parts])
    assert mean == pytest.approx(log_density(whole, {}), rel=1e-12)
    with pytest.raises(DiagnosticError, match="has neither data nor all sizes"):
        model.as_module(parameters=["beta"])(**tensors(data()))


def test_svi_trains_parameters_beside_a_guide(model) -> None:
    module = model.as_module(data(), parameters=["sigma"], minibatch={"row": 6})
    guide = AutoNormal(module)
    svi = SVI(module, guide, pyro.optim.Adam({"lr": 0.05}), Trace_ELBO())
    before = module.sigma.item()
    for _ in range(20):
        svi.step()
    assert module.sigma.item() != before
    assert "sigma" not in guide.median() and "alpha" in guide.median()


def test_every_support_can_be_that_of_a_parameter() -> None:
    text = """model supports {
      dim k = 3
      dim j like k
      data y : real
      p[k] : simplex ~ Dirichlet(2)
      o[k] : ordered ~ Normal(0, 1)
      u[k] : unit_vector ~ Flat()
      z[k] : sum_to_zero ~ Normal(0, 1)
      c[k, j] : cholesky_corr ~ LKJCholesky(2)
      b : 0 < real < 1 ~ Beta(2, 2)
      w : -1 < real < 3 ~ Uniform(-1, 3)
      h : real < 2 ~ Normal(0, 1)
      y ~ Normal(b + w + h + sum[k](p * o + u * z) + sum[k, j](c), 1)
    }"""
    names = ["p", "o", "u", "z", "c", "b", "w", "h"]
    module = gendsl.compile(text).as_module({"y": 1.0}, parameters=names)
    trace = pyro.poutine.trace(module).get_trace()
    trace.log_prob_sum().backward()
    for name in names:
        site = trace.nodes[name]
        assert site["is_observed"] and site["fn"].support.check(site["value"]).all()
        assert getattr(module, f"{name}_unconstrained").grad.isfinite().all()


def test_modules_of_one_model_have_parameters_of_their_own(model) -> None:
    """Pyro's store of parameters goes by names, which are the same."""
    one = model.as_module(data(), parameters=["beta"])
    two = copy.deepcopy(one)
    with torch.no_grad():
        one.beta_unconstrained.fill_(1.0)
        two.beta_unconstrained.fill_(2.0)
    for _ in range(2):
        for module, wanted in ((one, 1.0), (two, 2.0)):
            trace = pyro.poutine.trace(module).get_trace()
            assert (trace.nodes["beta"]["value"] == wanted).all()
            assert (module.beta == wanted).all()


# --- states --------------------------------------------------------------------------------------


def saved(module) -> dict[str, object]:
    stream = io.BytesIO()
    torch.save(module.state_dict(), stream)
    stream.seek(0)
    return torch.load(stream, weights_only=True)


def test_a_state_gives_data_and_parameters_back(model) -> None:
    module = model.as_module(data(), parameters={"sigma": 0.8}, minibatch={"row": 4})
    fresh = model.as_module(parameters=["sigma"], minibatch={"row": 4})
    assert fresh.load_state_dict(saved(module)).missing_keys == []
    assert fresh.sizes == module.sizes
    given = {"row": torch.tensor([0, 3, 7])}
    values = {name: VALUES[name] for name in ("alpha", "beta")}
    assert log_density(fresh, values, **given) == log_density(module, values, **given)


def test_a_state_of_other_data_replaces_the_module_s(model) -> None:
    module, other = model.as_module(data(7, seed=1)), model.as_module(data())
    other.load_state_dict(saved(module))
    assert log_density(other) == log_density(module) and other.sizes["row"] == 7


def test_a_state_goes_into_the_module_s_precision(model) -> None:
    fresh = model.as_module().float()
    fresh.load_state_dict(saved(model.as_module(data())))
    assert fresh.X.dtype is torch.float32 and fresh.group_of.dtype is torch.int64


def test_a_copy_is_a_module_by_itself(model) -> None:
    module = model.as_module(data(), parameters=["beta"])
    twin = copy.deepcopy(module)
    with torch.no_grad():
        twin.beta_unconstrained.fill_(3.0)
    assert (module.beta == 0).all() and (twin.beta == 3).all()


def test_it_is_a_part_of_another_module(model) -> None:
    whole = torch.nn.ModuleDict({"prior": model.as_module(data()), "net": torch.nn.Linear(2, 1)})
    state = saved(whole)
    assert "prior.X" in state and "net.weight" in state
    whole.load_state_dict(state)


# --- names, missing data, discrete latents -------------------------------------------------------


def test_names_that_modules_have_get_an_underscore() -> None:
    text = """model names {
      dim row
      data forward[row] : real
      data training : real
      data T[row] : real
      half ~ Normal(0, 1)
      T[row] ~ Normal(forward + training + half, 1)
    }"""
    given = {"forward": [1.0, 2.0], "training": 0.5, "T": [1.0, 1.0]}
    module = gendsl.compile(text).as_module(given, parameters=["half"])
    assert module.training is True and module.training_.item() == 0.5
    assert dict(module.named_buffers()).keys() == {"_like", "forward_", "training_", "T"}
    module(forward=torch.tensor([3.0, 4.0]))
    fresh = gendsl.compile(text).as_module(parameters=["half"])
    fresh.load_state_dict(saved(module))


def test_missing_data_are_masked_or_inferred() -> None:
    text = """model missing {
      dim row
      data x[row] : real?
      data y[row] : real?
      x[row] ~ Normal(0, 1)
      y[row] ~ Normal(x, 1)
    }"""
    model = gendsl.compile(text)
    given = {"x": [0.5, None, 1.0], "y": [1.0, 2.0, None]}
    values = {"x.missing": torch.tensor([0.3], dtype=torch.float64)}
    wanted = model.log_density({"x.missing": np.array([0.3])}, given)
    module = model.as_module(given)
    assert log_density(module, values) == pytest.approx(wanted, rel=1e-12)
    fresh = model.as_module()
    fresh.load_state_dict(saved(module))
    assert log_density(fresh, values) == log_density(module, values)
    known = {"x": [0.5, 0.3, 1.0], "y": [1.0, 2.0, 0.0]}
    none = {"x.missing": torch.zeros(0, dtype=torch.float64)}
    wanted = log_density(model.as_module(known), none)
    assert log_density(module, none, **known) == pytest.approx(wanted, rel=1e-12)
    conditioned = pyro.condition(module, data=none)
    drawn = pyro.poutine.trace(conditioned).get_trace(x=known["x"], y=None)
    assert drawn.nodes["y"]["value"].shape == (3,)


def test_labels_stand_in_the_state() -> None:
    text = """model labelled {
      dim county
      dim house
      data county_of[house] : county
      data y[house] : real
      alpha[county] ~ Normal(0, 1)
      y[house] ~ Normal(alpha[county_of] - alpha["b"], 1)
    }"""
    model = gendsl.compile(text)
    module = model.as_module({"county_of": ["a", "b", "c", "b"], "y": [1.0, 2.0, 3.0, 4.0]})
    values = {"alpha": torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)}
    wanted = model.log_density(
        {"alpha": values["alpha"].numpy()},
        {"county_of": ["a", "b", "c", "b"], "y": [1.0, 2.0, 3.0, 4.0]},
    )
    assert log_density(module, values) == pytest.approx(wanted, rel=1e-12)
    fresh = model.as_module(sizes={"county": 3})
    with pytest.raises(DiagnosticError, match="the position of `b` along `county`"):
        fresh(county_of=torch.tensor([0, 1]), y=torch.zeros(2))
    fresh.load_state_dict(saved(module))
    assert log_density(fresh, values) == log_density(module, values)
