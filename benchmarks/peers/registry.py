"""The table of samplers: a row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

OURS = "gendsl"


@dataclass(frozen=True, slots=True)
class Peer:
    """A sampler: the packages that it needs, the first of which is it, and where it is set up.

    `is_parallel` says that its chains run on cores of their own.
    """

    name: str
    packages: tuple[str, ...]
    module: str
    function: str = "prepare"
    is_parallel: bool = False

    def versions(self) -> str | None:
        """The packages with their versions, or None where one is not installed."""
        try:
            return " ".join(f"{package} {version(package)}" for package in self.packages)
        except PackageNotFoundError:
            return None

    def load(self) -> Callable[..., Any]:
        """The function that prepares a run."""
        found: Callable[..., Any] = getattr(import_module(self.module), self.function)
        return found


PEERS = {
    peer.name: peer
    for peer in (
        Peer(OURS, ("jax",), "peers.gendsl_nuts", is_parallel=True),
        Peer("numpyro", ("numpyro", "jax"), "peers.numpyro_nuts"),
        Peer("blackjax", ("blackjax", "jax"), "peers.blackjax_nuts"),
        Peer("nutpie", ("nutpie", "jax"), "peers.nutpie_nuts", is_parallel=True),
        Peer(
            "nutpie-pymc",
            ("nutpie", "pymc", "numba"),
            "peers.nutpie_nuts",
            "prepare_pymc",
            is_parallel=True,
        ),
        Peer("stan", ("pystan", "httpstan"), "peers.stan_nuts", is_parallel=True),
    )
}
