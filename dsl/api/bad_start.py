"""Why no start was found: the first statement whose density or gradient is not finite."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.failure import InferenceError
from gendsl.api.inference_posterior import Posterior
from gendsl.api.shapes import dims_of, source_name, statement_named
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.wording import counted
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import Factor, Program, Sample
from gendsl.ir.walk import Statement, names_of
from gendsl.results.summary import entry_label

if TYPE_CHECKING:
    from gendsl.inference.initial import Starts

Values = Mapping[str, NDArray[Any]]
Labels = Mapping[str, tuple[Hashable, ...] | None]

_MOST_VALUES = 6


@contextmanager
def bad_starts_explained(posterior: Posterior) -> Iterator[None]:
    """Explain it where the inference core finds no start.

    Raises:
        InferenceError: in place of the core's `NoFiniteStartError`.
    """
    from gendsl.inference.initial import NoFiniteStartError

    try:
        yield
    except NoFiniteStartError as error:
        raise explain_bad_start(posterior, error.starts) from None


def explain_bad_start(posterior: Posterior, starts: Starts) -> InferenceError:
    """Return the error that names the statement, its line, the values there, and what to try.

    Everything is compiled, since NumPyro itself refuses a wrong argument outside compiled code.
    """
    import jax

    program, density = posterior.program, posterior.density
    known, labels = posterior.bound.arrays, posterior.bound.labels

    position = starts.positions[int(np.flatnonzero(~starts.is_found)[0])]
    latent = jax.jit(density.constrain)(density.data, position)
    values = {**known, **{name: np.asarray(value) for name, value in latent.items()}}
    parts = jax.jit(density.site_log_densities)(density.data, position)
    tried = f"{starts.num_attempts} starting points were tried; this is the last of them"
    for node in program.nodes:
        unsolved = parts.get(f"{node.name}.unsolved") if isinstance(node, OdeSystem) else None
        if isinstance(node, OdeSystem) and unsolved is not None and np.isneginf(unsolved).any():
            return _unsolved(program, node, values, labels, tried)
    for site, part in parts.items():
        name = source_name(program, site)
        is_bad = ~np.isfinite(np.asarray(part))
        if is_bad.any():
            return _no_density(program, name, is_bad, np.asarray(part), values, labels, tried)
    return _no_gradient(program, density, position, values, labels, tried)


def _unsolved(
    program: Program, node: OdeSystem, values: Values, labels: Labels, tried: str
) -> InferenceError:
    return InferenceError(
        Diagnostic(
            "G0701",
            f"no starting point has a density: the equations of `{node.name}` can't be solved",
            node.span,
            f"`{node.solver.stiffness.value}` fails within"
            f" {counted(node.solver.max_steps, 'step')}",
            notes=(*_notes(sorted(names_of(node)), program, {}, values, labels), tried),
            help="look for states that grow without bound at these values; allow more steps,"
            " `solver = nonstiff(max_steps = 100_000)`, or try `solver = stiff`",
        )
    )


def _no_density(
    program: Program,
    name: str,
    is_bad: NDArray[np.bool_],
    part: NDArray[Any],
    values: Values,
    labels: Labels,
    tried: str,
) -> InferenceError:
    statement = statement_named(program, name)
    dims = dims_of(program).get(name, ())
    where = tuple(int(i) for i in np.argwhere(is_bad)[0]) if is_bad.ndim == len(dims) else ()
    at = dict(zip(dims, where, strict=False))
    shown = _entry(name, dims, at, labels)
    value = float(part[where]) if where else float(np.asarray(part).sum())
    count = int(is_bad.sum())
    extent = f" ({count} of {is_bad.size} entries)" if is_bad.size > 1 else ""
    return InferenceError(
        Diagnostic(
            "G0701",
            f"no starting point has a density: that of `{shown}` is {value}{extent}",
            statement.span if statement is not None else None,
            "has no density here" if np.isneginf(value) else f"its log density is {value}",
            notes=(
                *_notes(_involved(statement, name), program, at, values, labels),
                tried,
            ),
            help=_advice(statement, values),
        )
    )


def _no_gradient(
    program: Program, density: Density, position: Any, values: Values, labels: Labels, tried: str
) -> InferenceError:
    import jax
    import jax.numpy as jnp

    def total(at: Any, name: str) -> Any:
        return jnp.sum(density.site_log_densities(density.data, at)[name])

    # One by one: a slope that is not a number spoils even what is multiplied by 0.
    slope_of = jax.jit(jax.grad(total), static_argnames="name")
    for site in jax.eval_shape(density.site_log_densities, density.data, position):
        bad = np.flatnonzero(~np.isfinite(np.asarray(slope_of(position, site))))
        if len(bad):
            name = source_name(program, site)
            statement = statement_named(program, name)
            sites = sorted(
                {s.name for s in density.sites for i in bad if s.start <= int(i) < s.stop}
            )
            secondary = tuple(
                Label(found.span, "with respect to this")
                for found in (statement_named(program, site) for site in sites)
                if found is not None and found is not statement
            )
            return InferenceError(
                Diagnostic(
                    "G0702",
                    f"the gradient of the log density of `{name}` is not finite",
                    statement.span if statement is not None else None,
                    "its slope is infinite or not a number",
                    secondary,
                    (*_notes(_involved(statement, name), program, {}, values, labels), tried),
                    "keep the quantity away from the edge with a bound, or use a form that is "
                    "stable there",
                )
            )
    return InferenceError(
        Diagnostic(
            "G0701",
            "no starting point has a finite density and gradient",
            notes=(tried,),
            help="give every unknown a prior of the size that you expect",
        )
    )


def _involved(statement: Statement | None, name: str) -> list[str]:
    return [name] if statement is None else [name, *sorted(names_of(statement) - {name})]


def _notes(
    names: Iterable[str],
    program: Program,
    at: Mapping[str, int],
    values: Values,
    labels: Labels,
) -> tuple[str, ...]:
    dims = dims_of(program)
    notes = []
    for name in names:
        if name in values and name in dims:
            value = np.asarray(values[name])
            place = {dim: at[dim] for dim in dims[name] if dim in at}
            if len(place) == len(dims[name]) == value.ndim:
                number = value[tuple(place.values())]
                notes.append(f"`{_entry(name, dims[name], place, labels)}` is {_spell(number)}")
            else:
                notes.append(
                    f"`{name}` lies between {_spell(value.min())} and {_spell(value.max())}"
                )
    return tuple(notes[:_MOST_VALUES])


def _entry(name: str, dims: tuple[str, ...], at: Mapping[str, int], labels: Labels) -> str:
    members = {dim: labels.get(dim) for dim in dims if dim in at}
    pairs = [(dim, at[dim] if m is None else m[at[dim]]) for dim, m in members.items()]
    return entry_label(name, tuple(pairs))


def _spell(value: Any) -> str:
    return f"{float(value):.4g}"


def _advice(statement: Statement | None, values: Values) -> str:
    match statement:
        case Sample(distribution=distribution):
            family = distribution.family.name
            negative = [
                parameter.name
                for parameter in distribution.form.parameters
                if parameter.support.lower is not None
            ]
            bounded = f"; `{'`, `'.join(negative)}` must be in range" if negative else ""
            return f"look at the arguments of `{family}` and at the values it is given{bounded}"
        case Factor():
            return "a factor must be finite wherever the priors put their mass"
        case _:
            return "give every unknown a prior of the size that you expect"
