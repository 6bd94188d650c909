"""The table of words: functions of arrays by NumPy's names, as JAX spells them, and torch's."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gendsl.backends.pyro.dialect.word import Word, same

_MATH = ("exp", "expm1", "log2", "log10", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh")

_ELEMENTWISE = {
    **{f"jnp.{name}": same(name, f"math.{name}") for name in (*_MATH, "tanh", "log", "exp2")},
    **{
        f"jnp.arc{name}": same(f"a{name}", f"math.a{name}")
        for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")
    },
    **{f"jnp.{name}": same(name) for name in ("floor", "ceil", "round", "trunc", "sign", "square")},
    "jnp.abs": same("abs", "abs"),
    "jnp.cbrt": Word("torch.sign({0}) * torch.abs({0}) ** (1 / 3)"),
    "jnp.clip": same("clamp"),
    "jnp.mod": Word("{0} % {1}", tensors=()),
    "jnp.arctan2": Word("torch.atan2", "math.atan2", (0, 1)),
    "jnp.hypot": Word("torch.hypot", "math.hypot", (0, 1)),
    "jnp.logaddexp": Word("log_add_exp", tensors=(0, 1), helper="log_add_exp"),
    "jnp.logical_and": Word("torch.logical_and", tensors=(0, 1)),
    "jnp.logical_or": Word("torch.logical_or", tensors=(0, 1)),
    "jnp.logical_not": same("logical_not"),
    "jax.nn.relu": same("relu"),
    "jax.nn.gelu": Word("torch.nn.functional.gelu({0})"),
    "jax.nn.silu": Word("torch.nn.functional.silu({0})"),
    # torch leaves the curve at 20 by default, where its slope is still 2e-9 off
    "jax.nn.softplus": Word("torch.nn.functional.softplus({0}, threshold=50)"),
    "jax.nn.log_sigmoid": Word("torch.nn.functional.logsigmoid"),
    "special.expit": same("sigmoid"),
    "special.logit": same("logit"),
    # torch.special.ndtr is 0 from -9 on
    "special.ndtr": Word("0.5 * torch.erfc({0} * -0.7071067811865476)"),
    "special.ndtri": same("special.ndtri"),
    "special.log_ndtr": same("special.log_ndtr"),
    "special.erf": same("erf", "math.erf"),
    "special.erfc": same("erfc", "math.erfc"),
    "special.erfinv": same("erfinv"),
    "special.exp1": Word("exp1", helper="exponential_integrals"),
    "special.expi": Word("expi", helper="exponential_integrals"),
    "special.gamma": Word("gamma_function", helper="gamma_function"),
    "special.gammainc": Word("gammainc", tensors=(0, 1), helper="gamma_integrals"),
    "special.gammaincc": Word("gammaincc", tensors=(0, 1), helper="gamma_integrals"),
    "special.betaln": Word("log_beta", tensors=(0, 1), helper="log_rising"),
    "special.gammaln": same("lgamma", "math.lgamma"),
    "special.digamma": same("digamma"),
    "special.polygamma": Word("torch.special.polygamma", tensors=(1,)),
    "special.xlogy": Word("torch.xlogy", tensors=(0, 1)),
    "special.xlog1py": Word("torch.special.xlog1py", tensors=(0, 1)),
    "special.i0": same("special.i0"),
    "special.i1": same("special.i1"),
    "special.i0e": same("special.i0e"),
    "special.i1e": same("special.i1e"),
}

_REDUCTIONS = {
    "jnp.sum": same("sum"),
    "jnp.mean": same("mean"),
    "jnp.std": same("std"),
    "jnp.var": same("var"),
    "largest": same("amax"),
    "smallest": same("amin"),
    "jnp.any": same("any"),
    "jnp.all": same("all"),
    "jnp.argmax": same("argmax"),
    "jnp.argmin": same("argmin"),
    "jnp.prod": Word("torch.prod", takes_one_axis=True),
    "jnp.median": Word("median", helper="median", takes_one_axis=True),
    "special.logsumexp": same("logsumexp"),
    "jax.nn.softmax": same("softmax"),
    "jax.nn.log_softmax": same("log_softmax"),
    "jnp.sort": Word("ascending", helper="ascending"),
    "jnp.cumsum": same("cumsum"),
    "jnp.cumprod": same("cumprod"),
}

_SHAPES = {
    "jnp.arange": Word("torch.arange", tensors=()),
    "jnp.zeros": Word("torch.zeros", tensors=()),
    "jnp.broadcast_to": same("broadcast_to"),
    "jnp.moveaxis": same("movedim"),
    "jnp.transpose": same("permute"),
    "jnp.asarray": Word("torch.as_tensor", tensors=()),
    "jnp.shape": Word("{0}.shape"),
    "jnp.atleast_1d": same("atleast_1d"),
    "jnp.einsum": Word("torch.einsum", tensors=(1, 2)),
}

_MATRICES = {
    "jnp.linalg.cholesky": same("linalg.cholesky"),
    "jnp.linalg.inv": same("linalg.inv"),
    "jnp.linalg.solve": Word("torch.linalg.solve", tensors=(0, 1)),
    "jnp.linalg.slogdet": same("linalg.slogdet"),
    "jnp.linalg.det": same("linalg.det"),
    "jnp.linalg.eigh": Word("torch.linalg.eigh(symmetric({0}))", helper="symmetric"),
    "jnp.trace": Word("torch.diagonal({0}, dim1=-2, dim2=-1).sum(-1)"),
    "jnp.diagonal": Word("torch.diagonal({0}, dim1=-2, dim2=-1)"),
    "jnp.linalg.matrix_power": same("linalg.matrix_power"),
    "jax.scipy.linalg.expm": same("linalg.matrix_exp"),
    "jax.scipy.linalg.cho_solve": Word("cho_solve", tensors=(1,), helper="triangular"),
    "jax.scipy.linalg.solve_triangular": Word("solve_triangular", helper="triangular"),
}

_GROUPS = {
    "jax.ops.segment_sum": Word("segment_sum", helper="segments"),
    "jax.ops.segment_prod": Word("segment_prod", helper="segments"),
    "largest_by_group": Word("segment_max", helper="segments"),
    "smallest_by_group": Word("segment_min", helper="segments"),
}

_SCANS = {"jax.lax.scan": Word("scan", tensors=(), helper="scan")}

_PYRO = {
    "numpyro.plate": Word("pyro.plate", tensors=()),
    "numpyro.deterministic": Word("pyro.deterministic", tensors=(1,)),
    "numpyro.factor": Word("pyro.factor", tensors=(1,)),
    "numpyro.sample": Word("pyro.sample", tensors=()),
    "dist.ImproperUniform": Word("dist.ImproperUniform", tensors=()),
}

WORDS: Mapping[str, Word] = MappingProxyType(
    {
        **_ELEMENTWISE,
        **_REDUCTIONS,
        **_SHAPES,
        **_MATRICES,
        **_GROUPS,
        **_SCANS,
        **_PYRO,
    }
)
"""What each function is, by its name. Functions whose arguments decide are in `phrases`."""
