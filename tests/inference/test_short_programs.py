"""SMC², PMMH and flow-NUTS-within-Gibbs as the documentation has them: ten lines, and right.

False alarms: `FALSE_ALARM` each, divided among a test's statistics.
"""

import ast
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from inference_cases.judging import FALSE_ALARM, worst_mean
from inference_cases.series import LEVEL, LEVEL_ROWS, level_posterior
from scipy import stats

from gendsl.inference import ChainSampler, Params, Site, Target
from gendsl.inference.flows import CouplingFlow, first_theta
from gendsl.inference.local import Place
from gendsl.inference.populations import ParticleFilter, fresh_seed
from gendsl.inference.randomness import Stream, chain_words

PAGE = Path(__file__).parents[2] / "docs" / "inference-core.md"
SITES = (Site("theta", 0, 1),)
MOST_LINES = 10


def _page() -> str:
    section = PAGE.read_text(encoding="utf-8").partition("## Methods in ten lines")[2]
    block = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return block[1]


def _written(text: str, path: Path) -> ModuleType:
    """The module of ``text``, written to ``path``."""
    path.write_text(text, encoding="utf-8")
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """What the first block of the page's section defines."""
    return _written(_page(), tmp_path_factory.mktemp("page") / "short_programs.py")


def test_each_is_ten_lines_at_most() -> None:
    """Lines of 100 characters that are not empty, all that a function has inside included."""
    text = _page().splitlines()
    found = {
        node.name: [line for line in text[node.lineno - 1 : node.end_lineno] if line.strip()]
        for node in ast.parse(_page()).body
        if isinstance(node, ast.FunctionDef)
    }
    assert set(found) == {"pmmh", "flow_nuts_within_gibbs", "smc2"}
    assert {name: len(lines) for name, lines in found.items() if len(lines) > MOST_LINES} == {}
    assert max(len(line) for lines in found.values() for line in lines) <= 100


def _log_prior(data, theta):
    return -0.5 * theta[0] ** 2 - 0.5 * jnp.log(2 * jnp.pi)


def _begin(draws):
    theta = draws.part(0).normals(1, float)
    position = jnp.concatenate([theta, fresh_seed(draws.part(1), theta.dtype)])
    return Place(position, _log_prior(None, theta))


def _drawn(kernel, data, starts, num_draws: int, seed: int) -> np.ndarray:
    sampler = ChainSampler(kernel, 300)
    carry = sampler.init(data, seed, starts)
    carry, _, _ = sampler.chunk(data, carry, 300)
    return np.asarray(sampler.chunk(data, carry, num_draws)[1])


@pytest.mark.slow
@pytest.mark.statistical
def test_pmmh_draws_the_posterior(programs: ModuleType) -> None:
    """A posterior a fifth of its width away is told apart."""
    kernel = programs.pmmh(LEVEL, _log_prior, SITES, num_particles=8)
    draws = _drawn(kernel, LEVEL_ROWS, np.zeros((8, 5)), 3000, 5)[..., :1]
    mean, sd, _ = level_posterior()
    assert worst_mean(draws, np.array([mean])) > FALSE_ALARM
    assert worst_mean(draws, np.array([mean + 0.2 * sd])) < FALSE_ALARM


def _islands(smc2) -> tuple[np.ndarray, np.ndarray]:
    """Estimates of the evidence, and means of theta, of 16 runs of 200 particles."""

    def one(words):
        draws, params = Stream(words, jnp.uint32(0)), Params(jnp.asarray(0.5), jnp.ones(5))
        rows = jnp.asarray(LEVEL_ROWS)
        end = smc2(draws, ParticleFilter(LEVEL, 20), _log_prior, SITES, rows, _begin, 200, params)
        return end.log_evidence, jnp.exp(end.log_weights) @ end.positions.position[:, 0]

    log_evidences, means = jax.jit(lambda words: jax.lax.map(one, words))(chain_words(9, 16))
    return np.exp(np.asarray(log_evidences) - level_posterior()[2]), np.asarray(means)


def _t_test(values: np.ndarray, truth: float) -> float:
    return float(stats.ttest_1samp(values, truth).pvalue)


@pytest.mark.slow
@pytest.mark.statistical
def test_smc2_has_the_evidence_and_the_posterior(programs: ModuleType, tmp_path: Path) -> None:
    """With weights that forget what was known of the rows before, it has not."""
    mean, sd, _ = level_posterior()
    shares, means = _islands(programs.smc2)
    assert _t_test(shares, 1.0) > FALSE_ALARM / 2
    assert _t_test(means, mean) > FALSE_ALARM / 2
    assert _t_test(means, mean + 0.25 * sd) < FALSE_ALARM
    kept = "new.log_density - now.positions.log_density"
    assert _page().count(kept) == 1
    broken = _page().replace(kept, "new.log_density")
    shares, means = _islands(_written(broken, tmp_path / "broken.py").smc2)
    assert min(_t_test(shares, 1.0), _t_test(means, mean)) < FALSE_ALARM


def _log_share(data, z):
    return jnp.log(jnp.where(z[2] == 0, 0.3, 0.7))


def _log_normals(data, z):
    return -0.5 * jnp.sum((z[:2] - 2.0 * z[2]) ** 2)


@pytest.mark.slow
@pytest.mark.statistical
def test_nuts_through_a_flow_within_gibbs_keeps_the_target(programs: ModuleType) -> None:
    """`x` is normal about 2 k, and k is 1 in seven of ten draws; a share of 0.65 is told apart."""
    target = Target(_log_share, _log_normals, 3, (Site("x", 0, 2), Site("k", 2, 3, 2)))
    flow = CouplingFlow(2, num_layers=2, width=8)
    pilot = np.random.default_rng(1).normal(1.0, 1.4, (500, 2))
    theta = first_theta(flow, 0, pilot, np.ones(500))
    kernel = programs.flow_nuts_within_gibbs(target, flow, theta, ["x"], ["k"])
    draws = _drawn(kernel, None, np.zeros((8, 3)), 2000, 3)
    columns = np.concatenate([draws, draws[..., :2] ** 2], axis=-1)
    truth = np.array([1.4, 1.4, 0.7, 3.8, 3.8])
    assert worst_mean(columns, truth) > FALSE_ALARM
    assert worst_mean(columns, truth - [0, 0, 0.05, 0, 0]) < FALSE_ALARM
