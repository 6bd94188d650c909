"""Every dimension of every model of the library: read in minibatches exactly, or refused.

Data are made up, five members a dimension. Latents have some values on their supports; those of the
members that a minibatch has are theirs.
"""

import warnings
from itertools import combinations

import numpy as np
import pyro
import pytest
import torch
from pyro.poutine.messenger import Messenger

import gendsl
from gendsl.api.lowering import transform
from gendsl.api.synthetic import make_up
from gendsl.backends.pyro import as_module
from gendsl.backends.pyro.bijections import bijection
from gendsl.backends.pyro.visit import shape_of
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.ir.expr import Const
from gendsl.models import library

MEMBERS, BATCH = 5, 3

IMPOSSIBLE = {"bones"}  # made-up counts of grades point outside of the items' thresholds

MODELS = {model.name: model for model in library() if model.name not in IMPOSSIBLE}


class Somewhere(Messenger):
    """Puts every latent somewhere on its support, and keeps the axes of plates by name."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, torch.Tensor] = {}
        self.axes: dict[str, dict[str, int]] = {}

    def _pyro_sample(self, message) -> None:
        fn = message["fn"]
        if message["is_observed"] or not hasattr(fn, "batch_shape"):
            return
        onto, shape = bijection(fn.support), shape_of(fn)
        generator = torch.Generator().manual_seed(len(self.values))
        position = torch.randn(onto.inverse_shape(shape), generator=generator, dtype=torch.float64)
        value = onto(0.5 * position).expand(shape)
        message["value"] = self.values[message["name"]] = value
        plates = message["cond_indep_stack"]
        events = len(fn.event_shape)
        self.axes[message["name"]] = {p.name.rstrip("_"): p.dim - events for p in plates}


def module_of(program, dims: tuple[str, ...], bound):
    made = as_module(program, bound, minibatch=dict.fromkeys(dims), parameters={}, sizes={})
    return made


def log_density(module, values, **given) -> float:
    with warnings.catch_warnings(), pyro.validation_enabled(False):
        warnings.simplefilter("ignore")
        conditioned = pyro.condition(module, data=values)
        return pyro.poutine.trace(conditioned).get_trace(**given).log_prob_sum().item()


def bound_of(model: gendsl.Model):
    program = model.program
    names = frozenset(d.name for d in program.data)
    free = (d for d in program.dimensions if d.labels is None and d.like is None)
    sizes = {d.name: MEMBERS for d in free if not isinstance(d.size, Const)}
    bound = model.bind({}, mode="simulate", sizes=sizes, optional=names)
    return make_up(program, bound, names, seed=1)


def outcome(name: str) -> dict[str, bool]:
    """Which dimensions are read in minibatches; those that are, are so exactly."""
    model = gendsl.compile(MODELS[name].path)
    program = transform(model.program, "pyro")
    found = {}
    bound = bound_of(model)
    whole = None
    for dimension in model.program.dimensions:
        dim = dimension.name
        try:
            model.source("pyro", minibatch=dim)
        except DiagnosticError as error:
            assert error.diagnostics[0].code in ("G0765", "G0710")
            found[dim] = False
            continue
        found[dim] = True
        if whole is None:
            whole, somewhere = module_of(program, (), bound), Somewhere()
            with somewhere, pyro.validation_enabled(False):
                whole()
            density = log_density(whole, somewhere.values)
        module = module_of(program, (dim,), bound)
        size = module.sizes[dim]
        parts = []
        for members in combinations(range(size), min(BATCH, size)):
            at = torch.tensor(members)
            values = {
                site: value.index_select(value.dim() + somewhere.axes[site][dim], at)
                if dim in somewhere.axes[site]
                else value
                for site, value in somewhere.values.items()
            }
            parts.append(log_density(module, values, **{dim: at}))
        if np.isfinite(density):
            assert np.mean(parts) == pytest.approx(density, rel=1e-9, abs=1e-9), (name, dim)
    return found


@pytest.mark.parametrize("name", MODELS)
def test_a_dimension_is_read_in_minibatches_exactly_or_refused(name: str) -> None:
    outcome(name)


def test_what_can_be_read_in_minibatches() -> None:
    """One model of each kind, so that refusing everything would not do."""
    assert outcome("radon_intercept") == {"house": True, "county": False}
    assert outcome("two_normals") == {"row": True, "component": False}
    assert outcome("capture_constant") == {"animal": True, "occasion": False}
    assert outcome("gp_regression") == {"point": False, "point.twin": False}
    assert outcome("stochastic_volatility") == {"time": False}
