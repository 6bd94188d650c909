"""A generated program as a torch module, for training loops of the user's own.

Data are its buffers, latents that are to be points are its parameters, and calling it runs the
program: it is a Pyro model wherever Pyro takes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyro
import torch
from pyro.nn import PyroModule, PyroParam
from torch import Tensor

from gendsl.backends.load import load
from gendsl.backends.minibatches import Minibatches
from gendsl.backends.pyro.module_calls import Call, Chosen, arranged
from gendsl.backends.pyro.module_parameters import started
from gendsl.backends.pyro.module_plan import ModulePlan
from gendsl.backends.pyro.module_tensors import CallError
from gendsl.backends.pyro.precision import defaults
from gendsl.diagnostics.wording import listed

_EXTRA = "_extra_state"
_LIKE = "_like"
_PRECISIONS = (torch.float32, torch.float64)


class ProgramModule(PyroModule):
    """The Pyro program of a gendsl model as an `nn.Module`.

    Buffers are the data, by their names (one that torch's modules have already gets an underscore);
    parameters are the latents that are points rather than random, held unconstrained and mapped
    onto their supports by `PyroParam`. Reals have the precision of the module, double at first.
    """

    def __init__(self, plan: ModulePlan) -> None:
        super().__init__(plan.program.name)
        self._plan = plan
        self._numbers = dict(plan.numbers)
        self._minibatch = Minibatches(plan.minibatch)
        self.register_buffer(_LIKE, torch.empty(0, dtype=torch.float64), persistent=False)
        self._attributes = self._free_names()
        for name in plan.arrays:
            self.register_buffer(self._attributes[name], plan.values.get(name))
        if plan.parameters and (plan.is_bound or plan.stand_in is not None):
            self._make_parameters()

    # --- what it is made of --------------------------------------------------------------

    @property
    def source(self) -> str:
        """The generated program, which runs on its own."""
        return self._plan.emitted.source

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many members each dimension has, as far as data or the user said so."""
        names = self._plan.size_names
        found = {dim: self._numbers[name] for dim, name in names.items() if name in self._numbers}
        return self._plan.sizes | found

    @property
    def minibatch(self) -> Minibatches:
        """How many members a call reads of each dimension in minibatches; `None` for all."""
        return self._minibatch

    @property
    def dtype(self) -> torch.dtype:
        """The type of its reals."""
        dtype: torch.dtype = self._like.dtype
        return dtype

    @property
    def device(self) -> torch.device:
        """Where its tensors are."""
        device: torch.device = self._like.device
        return device

    def extra_repr(self) -> str:
        """The model's name, sizes and minibatches, in the module's printed form."""
        sizes = [f"{dim}={size}" for dim, size in self.sizes.items()]
        batches = [f"minibatch {dim}={size or 'all'}" for dim, size in self.minibatch.items()]
        return ", ".join([self._plan.program.name, *sizes, *batches])

    def _free_names(self) -> dict[str, str]:
        """What data and parameters are called among the module's attributes."""
        names: dict[str, str] = {}
        for name in (*self._plan.arrays, *self._plan.parameters.values()):
            attribute = name
            while hasattr(self, attribute) or attribute in names.values():
                attribute += "_"
            names[name] = attribute
        return names

    # --- running it ----------------------------------------------------------------------

    def forward(self, **given: Any) -> None:
        """Run the program: data given here take the place of the module's, `None` is drawn.

        Of a dimension in `minibatch`, its name gives the positions of the members to use. Data
        with another number of members than the dimension are themselves the minibatch.

        Raises:
            DiagnosticError: if a name is no data's, data are missing or shapes don't fit.
        """
        self._check_precision()
        self._check_parameters()
        self._claim_parameters()
        with defaults(self.dtype, self.device):
            call = self._arranged(self.minibatch, given)
            points = {
                site: getattr(self, self._attributes[name])
                for site, name in self._plan.parameters.items()
            }
            with Chosen(call.indices), pyro.condition(data=points):
                load(self.source).model(**call.arguments)

    def _held(self) -> dict[str, Tensor | None]:
        return {name: getattr(self, self._attributes[name]) for name in self._plan.arrays}

    def _arranged(self, minibatch: Mapping[str, int | None], given: Mapping[str, Any]) -> Call:
        held = self._held()
        return arranged(self._plan, held, self._numbers, minibatch, given, self._like)

    def _check_precision(self) -> None:
        if self.dtype not in _PRECISIONS:
            raise CallError(
                "G0769",
                f"the module's reals are {self.dtype}, and it computes in float32 and float64",
                help="`module.float()`, or `module.double()`",
            )

    def _check_parameters(self) -> None:
        names = self._plan.parameters
        missing = [site for site, name in names.items() if not self._has_parameter(name)]
        if missing:
            raise CallError(
                "G0768",
                f"{listed(missing)} can't start: the module has neither data nor all sizes",
                help="make it with `as_module(data, ...)` or `sizes`, or load a state",
            )

    def _claim_parameters(self) -> None:
        """Make Pyro's store take the module's own parameters, not those of one of its name."""
        store = pyro.get_param_store()
        kept = dict(store.named_parameters())
        for name in self._plan.parameters.values():
            attribute = self._attributes[name]
            full = f"{self._pyro_name}.{attribute}"
            if full in kept and kept[full] is not self._parameters[f"{attribute}_unconstrained"]:
                del store[full]

    def _make_parameters(self) -> None:
        stand_in, sites = self._plan.stand_in, frozenset(self._plan.parameters)
        with defaults(self.dtype, self.device):
            if stand_in is None:
                arguments = self._arranged({}, {}).arguments
            else:
                arguments = {**stand_in.static, **stand_in.arrays}
            found = started(self.source, arguments, sites, self._plan.starts)
        for site, (value, support) in found.items():
            attribute = self._attributes[self._plan.parameters[site]]
            setattr(self, attribute, PyroParam(value, support))

    # --- its state -----------------------------------------------------------------------

    def get_extra_state(self) -> dict[str, int]:
        """Sizes and other numbers that the data gave."""
        return dict(self._numbers)

    def set_extra_state(self, state: Mapping[str, int]) -> None:
        """Take sizes and other numbers over from a state."""
        self._numbers = {name: int(number) for name, number in state.items()}

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *rest: Any, **options: Any
    ) -> None:
        """Take over a state whose data may be others than the module's, or its first."""
        for name in self._plan.arrays:
            attribute = self._attributes[name]
            value, own = state_dict.get(prefix + attribute), self._buffers[attribute]
            if value is not None and (own is None or own.shape != value.shape):
                dtype = self.dtype if value.is_floating_point() else value.dtype
                self._buffers[attribute] = value.detach().to(self.device, dtype, copy=True)
        self.set_extra_state(state_dict.get(prefix + _EXTRA, self._numbers))
        missing = [n for n in self._plan.parameters.values() if not self._has_parameter(n)]
        if missing and all(self._held()[name] is not None for name in self._plan.required):
            self._make_parameters()
        super()._load_from_state_dict(state_dict, prefix, *rest, **options)

    def _has_parameter(self, name: str) -> bool:
        return f"{self._attributes[name]}_unconstrained" in self._parameters
