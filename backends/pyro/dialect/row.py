"""Pyro's row: what its programs carry, import and reserve, and who translates them."""

from __future__ import annotations

from pathlib import Path

from gendsl.backends.emit.carried import Carried
from gendsl.backends.emit.dialect import Dialect
from gendsl.backends.emit.module import Emitted
from gendsl.backends.emit.module import emit as emit_in
from gendsl.backends.pyro.dialect.translate import translated
from gendsl.distributions.family import Form, Spelling
from gendsl.ir.program import Program

_HERE = Path(__file__).parent.parent

FOLDERS = {
    _HERE / "distributions": "distributions that Pyro lacks, or has otherwise",
    _HERE / "special": "special functions that torch lacks",
    _HERE / "functions": "functions of tensors",
    _HERE / "bases": "bases of functions",
    _HERE / "odes": "differential equations",
    _HERE / "networks": "trained networks",
}
"""Where the modules are that generated programs carry, and what they are."""

HEADER: tuple[str, ...] = (
    "import bisect",
    "import contextlib",
    "import functools",
    "import math",
    "import operator",
    "import pyro",
    "import pyro.distributions as dist",
    "import safetensors",
    "import torch",
    "from pyro.distributions import constraints",
    "from pyro.poutine.messenger import Messenger",
    "from torch.distributions import biject_to, transform_to",
    "from torch.distributions.transforms import Transform",
    "from torch.nn.functional import logsigmoid",
    "from torch.nn.functional import softplus",
    "from torch.utils.checkpoint import checkpoint",
)
"""Every import that a module of these folders may use, siblings apart, in the order to print."""

CARRIED = Carried("gendsl.backends.pyro", FOLDERS, HEADER)
"""The modules."""

_IMPORTS = {
    "math": "import math",
    "pyro": "import pyro",
    "dist": "import pyro.distributions as dist",
    "torch": "import torch",
    "constraints": "from pyro.distributions import constraints",
}
_RESERVED = {
    "bisect",
    "checkpoint",
    "contextlib",
    "constraints",
    "dist",
    "functools",
    "logsigmoid",
    "math",
    "np",
    "nn",
    "numpy",
    "operator",
    "poutine",
    "pyro",
    "softplus",
    "special",
    "torch",
}


def _spelling(form: Form) -> Spelling:
    return form.pyro or form.numpyro


DIALECT = Dialect(
    "Pyro",
    CARRIED,
    _IMPORTS,
    _RESERVED,
    _spelling,
    translated,
    has_strict_types=True,
    wants_axis=frozenset({"logsumexp"}),
    declares_batches=True,
    notes_event_rank=True,
)
"""Pyro's row."""


def emit(program: Program, minibatch: tuple[str, ...] = ()) -> Emitted:
    """The module's text with the meaning of its arguments."""
    return emit_in(program, DIALECT, minibatch)
