"""Sizes for which a trained network was not trained: rows of a context, columns of an input."""

from __future__ import annotations

from collections.abc import Mapping

from gendsl.data.problems import Problems
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import counted
from gendsl.ir.expr import Dims
from gendsl.ir.program import Argument, Distribution, Program
from gendsl.ir.trained import NetworkInput, TrainedNetwork
from gendsl.ir.walk import sites


def check_networks(program: Program, sizes: Mapping[str, int], problems: Problems) -> None:
    """More rows than a network was trained with are remarked upon, other columns are errors."""
    for site in sites(program):
        network = site.distribution.network
        if network is not None:
            dims = {name: _dims(value) for name, value in site.distribution.arguments}
            [row] = dims[site.distribution.form.parameters[-1].name]
            _check_rows(network, row, sizes, problems)
            for each in network.inputs:
                columns = tuple(dim for dim in dims[f"given {each.name}"] if dim != row)
                if each.has_columns and each.widths is not None and columns:
                    _check_columns(network, each, columns[0], site.span, sizes, problems)


def _check_rows(
    network: TrainedNetwork, row: str, sizes: Mapping[str, int], problems: Problems
) -> None:
    least, most = network.pfn.rows
    if sizes.get(row, 0) >= most:
        problems.note(
            "G1017",
            f"the context of `{network.name}` has {counted(sizes[row], 'row')} along `{row}`; the"
            f" network was trained with {most - 1} at most",
            help=f"train with `rows = {least}..{sizes[row] + 1}` or more, or give fewer rows",
        )


def _check_columns(
    network: TrainedNetwork,
    each: NetworkInput,
    columns: str,
    span: Span,
    sizes: Mapping[str, int],
    problems: Problems,
) -> None:
    found, (least, most) = sizes.get(columns), each.widths or (0, 0)
    if found is None or least <= found <= most:
        return
    has = f"{least}" if least == most else f"{least} to {most}"
    problems.error(
        "G1038",
        f"`{each.name}` of `{network.name}` has {counted(found, 'column')} and the network reads"
        f" {has}",
        span,
        label=f"along `{columns}`",
        help="give the columns that the prior has, or train with as many",
    )


def _dims(value: Argument) -> Dims:
    return () if isinstance(value, Distribution | tuple) else value.dims
