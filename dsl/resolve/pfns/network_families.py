"""A trained network as a family of distributions: a row made of what its file says."""

from __future__ import annotations

from gendsl.distributions.family import Family, FamilyParameter, Form, Role, Spelling
from gendsl.distributions.support import Limit, Support, SupportKind, real
from gendsl.frontend import ast
from gendsl.ir.trained import NetworkTarget, TrainedNetwork
from gendsl.ir.types import Kind
from gendsl.resolve.expressions import Expressions

_ANY = Support(SupportKind.ANY)
CALLABLES = {
    "mixture": "network_mixture",
    "bins": "network_bars",
    "categorical": "network_classes",
}
"""What writes the distribution of each head: the helper is of the same name."""


def known(name: str) -> str:
    """What the parameter is called that is the context's `name`."""
    return f"given {name}"


def used_network(expressions: Expressions, call: ast.Call) -> TrainedNetwork:
    """The network that a call names, which predicts rows.

    Raises:
        Unresolved: if its file can't be used, or it predicts latents alone.
    """
    name = call.function.id
    network = expressions.symbols.trained.network(name, expressions.reporter)
    expressions.symbols.used_networks[name] = network
    if network.target is None:
        latents = ", ".join(each.name for each in network.pfn.latents)
        raise expressions.fail(
            "G1034",
            f"`{name}` predicts {latents}, and no rows",
            call.function.span,
            "has no distribution of a row",
            help="train one that predicts rows too: `predict"
            f" {network.pfn.target.name}, {latents} given ...`",
        )
    return network


def family_of(network: TrainedNetwork) -> Family:
    """The family: its parameters are what the network reads at queries, then in the context."""
    target = network.target
    assert target is not None
    queries = tuple(FamilyParameter(each.name, _ANY, Role.QUERY) for each in network.inputs)
    given = (*(each.name for each in network.inputs), target.name)
    context = tuple(FamilyParameter(known(name), _ANY, Role.CONTEXT) for name in given)
    callable = CALLABLES[target.head]
    return Family(
        name=network.name,
        summary="What a trained network predicts for a row, given a context.",
        forms=(Form((*queries, *context), Spelling(callable, (), helper=callable)),),
        support=_support(target),
        formula=r"\log q(y \mid x, \mathrm{context})",
        is_discrete=target.classes > 0,
    )


def _support(target: NetworkTarget) -> Support:
    if target.kind is Kind.INDEX:
        return Support(SupportKind.INDEX)
    if target.classes:
        last = target.first + target.classes - 1
        return Support(SupportKind.INT, Limit(float(target.first)), Limit(float(last)))
    return real
