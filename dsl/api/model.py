"""A compiled model: infer, simulate, evaluate, look inside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.api.compilation import TEXT_NAME, Checked, check_source, source_of
from gendsl.api.settings import settings_of
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.source import Source
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program

if TYPE_CHECKING:
    from gendsl.api.calibration_result import Calibration
    from gendsl.api.description import Description
    from gendsl.api.fit import Fit
    from gendsl.api.matching import Matching
    from gendsl.api.pfns import PfnBlocks
    from gendsl.api.plan_networks import Networks
    from gendsl.api.simulation import Simulation
    from gendsl.backends.pyro.module import ProgramModule
    from gendsl.results.crossvalidation import CrossValidation
    from gendsl.results.joint import JointTest


class Model:
    """A model whose names, dimensions, types and supports have been checked."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> Model:
        """Return the model that a fit's attributes carry."""
        from gendsl.api.intervention import fix
        from gendsl.api.pfn_declared import check_same
        from gendsl.api.setting import Fixed

        source = Source(str(attributes.get("model_file", TEXT_NAME)), attributes["model_text"])
        imports = attributes.get("model_imports", {})
        checked = check_source(source, attributes["model_name"], imports)
        check_same(checked.program, attributes.get("model_networks", {}))
        fixed = Fixed.from_attributes(attributes)
        return cls(fix(checked, fixed) if fixed else checked)

    @property
    def name(self) -> str:
        """The model's name in its file."""
        return self.checked.program.name

    @property
    def text(self) -> str:
        """The program that was compiled."""
        return self.checked.source.text

    @property
    def program(self) -> Program:
        """The typed program."""
        return self.checked.program

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What the checker and the linter said, short of errors; and errors of `pfn` blocks.

        A block with errors stops nothing but its own use: `pfns` leaves it out.
        """
        return (*self.checked.warnings, *self.pfns.problems)

    @property
    def pfns(self) -> PfnBlocks:
        """The `pfn` blocks of which this model is the prior, by name."""
        from gendsl.api.pfns import PfnBlocks

        return PfnBlocks(self.checked)

    def info(self) -> Description:
        """Describe the model: dimensions, data that it wants, quantities, inference programs."""
        from gendsl.api.description import describe

        return describe(self.program, self.checked.fixed, self.pfns.rows())

    def source(
        self, backend: str = "numpyro", *, minibatch: str | Iterable[str] | Mapping[str, int] = ()
    ) -> str:
        """Return the generated program, which runs on its own.

        Of the dimensions named in `minibatch` each run takes some members at random, and scales
        their log densities; programs for Pyro can.

        Raises:
            ValueError: if there is no such backend.
            DiagnosticError: if the backend has no words for a part of the model, or a dimension
                can't be read in minibatches.
        """
        from gendsl.api.lowering import backend_named, explained, transform

        if minibatch:
            from gendsl.api.module import batched_source

            return batched_source(self.program, backend, minibatch)
        with explained(self.program):
            return backend_named(backend).source_of(transform(self.program, backend))

    def bind(self, data: object = None, **options: Any) -> BoundData:
        """Match data with the declarations.

        Raises:
            DiagnosticError: with everything that does not fit.
        """
        from gendsl.api.fixed_values import bind_fixed
        from gendsl.api.warned import warn_of

        if isinstance(data, BoundData):
            return data
        bound = bind_fixed(self.checked, {} if data is None else data, **options)
        warn_of(bound.notes)
        return bound

    def condition(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Model:
        """Return the model given that latent quantities have these values: p(rest | tau = 3).

        The density of what is conditioned on stays in the joint, so that its causes are inferred
        from it. A value is a number, a label or an array; a number stands for all entries. Names
        that are no Python names, and single entries, go in the mapping:
        `model.condition({"beta.tau": 0.1, 'theta[school="A"]': 2})`.

        Raises:
            UsageError: if a name is not the model's, or what it names is computed or predicted.
        """
        from gendsl.api.intervention import fix
        from gendsl.api.setting import Fixed, settings_from

        return Model(fix(self.checked, Fixed(settings_from({**(values or {}), **named}), ())))

    def do(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> Model:
        """Return the model in which quantities are set from outside: Pearl's do(x = 1).

        The statement that defines the quantity is taken out, so that nothing is learned of its
        causes; what depends on it sees the value. Values are as in `condition`; those of data take
        the place of the data's.

        Raises:
            UsageError: if a name is not the model's.
        """
        from gendsl.api.intervention import fix
        from gendsl.api.setting import Fixed, settings_from

        return Model(fix(self.checked, Fixed((), settings_from({**(values or {}), **named}))))

    def as_module(
        self,
        data: object = None,
        *,
        minibatch: str | Iterable[str] | Mapping[str, int] = (),
        parameters: Iterable[str] | Mapping[str, Any] = (),
        sizes: Mapping[str, int] | None = None,
    ) -> ProgramModule:
        """Return the model as a torch module that runs its Pyro program, for a training loop.

        `data` become buffers; without them, all are given at each call. Of each dimension in
        `minibatch`, `{"row": 256}`, a call takes so many members at random, scaled to all of them;
        with a name alone, the call says which. Latents named in `parameters` are points, trainable
        `nn.Parameter`s, starting at the values given or at the centre of their support: their prior
        density counts, so that training finds the joint mode. `sizes` fixes dimensions that no data
        fix. Reals are doubles until `.float()`.

        Raises:
            DiagnosticError: if the data don't fit, a dimension can't be read in minibatches, a
                latent can't be a parameter, or torch and Pyro are not installed.
        """
        from gendsl.api.module import as_module

        module: ProgramModule = as_module(self, data, minibatch, parameters, sizes or {})
        return module

    def infer(
        self,
        data: object = None,
        *,
        seed: int = 0,
        name: str | None = None,
        chains: int | None = None,
        warmup: int | None = None,
        draws: int | None = None,
        superchains: int | None = None,
        target_accept: float | None = None,
        precision: str = "double",
        device: str | None = None,
        progress: Callable[[Any], None] | None = None,
        resume: str | Path | None = None,
        backend: str = "numpyro",
        engine: str = "gendsl",
        networks: Networks | None = None,
    ) -> Fit:
        """Draw from the posterior.

        `data` is a dict of arrays, a pandas `DataFrame`, an xarray `Dataset`, the path of a data
        file, or a list of such. `name` chooses an inference program of the file; the settings that
        are given take precedence over its own. `progress` is called a few times a second.
        `superchains` is a number of groups of chains that begin at one point, for nested R-hat.
        `resume` is a folder to which draws and checkpoints stream, about once a second; a run that
        was stopped there goes on, to the same draws as if it had not been.

        `backend` is that whose program kernels evaluate: `"pyro"` for the program on torch, in
        double precision on the processor. Every inference program runs on either, by the kernels
        of gendsl; with `engine="pyro"` by Pyro's own, where it has them.

        `networks` are trained ones, or paths of their files, by the names that the inference
        program has for them: `importance(proposal = robust)`, `nuts(init = robust)`.

        Raises:
            DiagnosticError: if the data don't fit the model, or sampling fails.
            ValueError: if a setting is out of range.
        """
        from gendsl.api.devices import device_notes
        from gendsl.api.fit import Fit
        from gendsl.api.means import means_of
        from gendsl.api.plan_networks import notes_on_networks, with_networks
        from gendsl.api.sampling import infer
        from gendsl.api.warned import warn_of

        means = means_of(backend, engine, precision=precision, device=device)
        wishes = {
            "chains": chains, "warmup": warmup, "draws": draws, "superchains": superchains,
            "target_accept": target_accept,
        }  # fmt: skip
        plan = with_networks(settings_of(self.program, name, wishes), self.checked, networks)
        if means.engine == "pyro":
            from gendsl.api.engine_refusals import check_engine

            check_engine(plan)
        bound = self.bind(data)
        notes = notes_on_networks(plan, self.checked, bound)
        warn_of(notes)
        tree, attributes = infer(
            self.checked,
            bound,
            plan,
            seed=seed,
            precision=precision,
            device=device,
            progress=progress,
            resume=None if resume is None else Path(resume),
            means=means,
        )
        return Fit(tree, attributes, (*bound.notes, *notes, *device_notes(attributes)))

    def kfold(
        self,
        data: object = None,
        *,
        folds: int = 10,
        group: str | None = None,
        stratify: str | None = None,
        site: str | None = None,
        seed: int = 0,
        name: str | None = None,
        chains: int | None = None,
        warmup: int | None = None,
        draws: int | None = None,
        target_accept: float | None = None,
        precision: str = "double",
        device: str | None = None,
        progress: Callable[[Any], None] | None = None,
        networks: Networks | None = None,
    ) -> CrossValidation:
        """Fit without each part of the data in turn, and score how well that part is predicted.

        Observations are dealt into `folds` at random. With `group`, the name of data or of a
        dimension, all observations of a group are in one fold; with `stratify` every fold has about
        the same share of each value. `site` says what an observation is, as in `Fit.loo`; the other
        arguments are those of `infer`. The model is compiled once.

        Raises:
            DiagnosticError: if the data don't fit, folds can't be made, or sampling fails.
        """
        from gendsl.api.crossvalidation import kfold
        from gendsl.api.plan_networks import with_networks

        wishes = {
            "chains": chains, "warmup": warmup, "draws": draws, "target_accept": target_accept,
        }  # fmt: skip
        return kfold(
            self,
            self.bind(data),
            with_networks(settings_of(self.program, name, wishes), self.checked, networks),
            folds=folds,
            group=group,
            stratify=stratify,
            site=site,
            seed=seed,
            precision=precision,
            device=device,
            progress=progress,
        )

    def sbc(
        self,
        data: object = None,
        *,
        sizes: Mapping[str, int] | None = None,
        simulations: int = 200,
        draws: int = 99,
        rate: float = 0.01,
        seed: int = 0,
        name: str | None = None,
        chains: int | None = None,
        warmup: int | None = None,
        target_accept: float | None = None,
        precision: str = "double",
        device: str | None = None,
        progress: Callable[[Any], None] | None = None,
        networks: Networks | None = None,
    ) -> Calibration:
        """Check an inference program on data that the model simulates (Talts et al. 2018).

        Parameters come from the prior and data from the parameters, `simulations` times; the
        program is fitted to each, and the true value of each quantity ranked among `draws` draws,
        thinned so that they are as good as independent. Ranks are uniform if the draws are of the
        posterior. `rate` is the probability that any quantity is rejected where all is right.

        `data` are covariates, and observed data of which the shapes and the gaps are taken; what is
        not given is made up, with `sizes` for the dimensions. The model is compiled once.
        `networks` are as in `infer`.

        Raises:
            DiagnosticError: if the model can't be simulated, or a size is not known.
            ValueError: if a setting is out of range.
        """
        from gendsl.api.calibration import calibrate

        return calibrate(
            self.checked,
            data,
            name,
            {"chains": chains, "warmup": warmup, "target_accept": target_accept},
            simulations=simulations,
            draws=draws,
            sizes=sizes or {},
            rate=rate,
            seed=seed,
            precision=precision,
            device=device,
            progress=progress,
            networks=networks,
        )

    def geweke(
        self,
        data: object = None,
        *,
        sizes: Mapping[str, int] | None = None,
        turns: int = 100,
        chains: int = 200,
        rate: float = 0.01,
        seed: int = 0,
        name: str | None = None,
        warmup: int | None = None,
        precision: str = "double",
        device: str | None = None,
        progress: Callable[[Any], None] | None = None,
    ) -> JointTest:
        """Test the kernel of an inference program: "getting it right" (Geweke 2004).

        `chains` chains begin at draws of parameters and data; the kernel and the simulation of data
        take `turns` turns. If the kernel keeps the posterior, means stay what they are forward.
        Its settings are learnt on one simulated data set, in `warmup` transitions, and fixed.
        `rate`, `data` and `sizes` are as in `sbc`.

        Raises:
            DiagnosticError: if the model can't be simulated, or the program has no kernel.
            ValueError: if a setting is out of range.
        """
        from gendsl.api.geweke import geweke

        return geweke(
            self.checked,
            data,
            settings_of(self.program, name, {"warmup": warmup}),
            turns=turns,
            chains=chains,
            sizes=sizes or {},
            rate=rate,
            seed=seed,
            precision=precision,
            device=device,
            progress=progress,
        )

    def simulate(
        self,
        data: object = None,
        *,
        sizes: Mapping[str, int] | None = None,
        draws: int = 1000,
        seed: int = 0,
    ) -> Simulation:
        """Draw from the prior, and data from each draw: the groups `prior` and `prior_predictive`.

        Data that are not given are drawn where the model says how, and otherwise made up from
        their declarations; `sizes` are those of dimensions that the data given do not fix.

        Raises:
            DiagnosticError: if the data don't fit the model, or a size is not known.
        """
        from gendsl.api.simulation import simulate
        from gendsl.api.warned import warn_of

        made = simulate(self.checked, data, sizes=sizes or {}, draws=draws, seed=seed)
        warn_of(made.notes)
        return made

    def match(
        self, data: object = None, *, sizes: Mapping[str, int] | None = None
    ) -> dict[str, Matching]:
        """Tune the priors of networks that `match` statements name; the result of each by its name.

        The data are those that the process and the prior depend on, `sizes` of dimensions that
        they do not fix. Fitting, simulating and predicting do the same unasked where the data lack
        the factors; `factors` of the results, given among the data, are used as they are.

        Raises:
            DiagnosticError: if the model has no `match`, or a distance is not finite.
        """
        from gendsl.api.matching import match_priors

        return match_priors(self.checked, data, sizes or {})

    def log_density(
        self, values: Mapping[str, Any], data: object = None, *, unconstrained: bool = False
    ) -> float:
        """Return the log of the joint density of data and latent quantities at `values`.

        Discrete quantities are summed out, unless `values` has them (positions, for categories).
        Missing entries of `y` that the model infers are `y.missing`, in the order of its rows.
        The density is over the quantities as the model names and bounds them. With
        `unconstrained`, it is over the unbounded space in which the sampler moves, that is with
        the log determinant of the transformation's Jacobian added.

        Raises:
            DiagnosticError: if the data don't fit the model.
            ValueError: if a latent quantity has no value, one of a wrong shape, or one outside its
                support.
        """
        from gendsl.api.evaluation import log_density

        return log_density(self, values, data, unconstrained=unconstrained)

    def __repr__(self) -> str:
        return f"Model {self.name} from {self.checked.source.name}"


def compile(path_or_text: str | Path, *, model: str | None = None) -> Model:
    """Compile a `.gen` file, or a program's text; `model` names one of several models.

    Raises:
        DiagnosticError: with every error of the text.
    """
    return Model(check_source(source_of(path_or_text), model))
