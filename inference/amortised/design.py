"""What a network is made of, as numbers and names: what a checkpoint has to say of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from gendsl.inference.amortised.heads import HEADS, Bars, Categorical, Joint, Mixture

_LIMITS: Mapping[str, tuple[int, int]] = {
    "columns": (1, 4096),
    "layers": (1, 128),
    "width": (1, 8192),
    "attention_heads": (1, 256),
    "expansion": (1, 16),
    "frequencies": (0, 1024),
}
_MOST = 1 << 20
"""Of anything that a head counts."""


@dataclass(frozen=True)
class Design:
    """A set transformer and its heads.

    Attributes:
        columns: at most how many columns of inputs there are.
        layers: blocks of attention and of a network for each token.
        width: numbers of a token; a multiple of ``attention_heads``.
        attention_heads: of each attention.
        expansion: hidden units of a token's network, in widths.
        frequencies: waves whose sines and cosines are features of an input; 0 for none.
        is_exchangeable: whether columns are a set: predictions do not change with their order. Each
            cell is a token then, which costs as much more as there are columns.
        head: the distribution of a target.
        joint: the distribution of latent quantities, if they are predicted.

    Raises:
        ValueError: if a number is out of its range.
    """

    columns: int = 1
    layers: int = 4
    width: int = 64
    attention_heads: int = 4
    expansion: int = 4
    frequencies: int = 16
    is_exchangeable: bool = False
    head: Bars | Categorical | Mixture = field(default_factory=Mixture)
    joint: Joint | None = None

    def __post_init__(self) -> None:
        for name, (least, most) in _LIMITS.items():
            if not least <= getattr(self, name) <= most:
                found = getattr(self, name)
                raise ValueError(f"{name} must lie between {least} and {most}, got {found}")
        if self.width % self.attention_heads:
            raise ValueError(
                f"a width of {self.width} is no multiple of {self.attention_heads} attention heads"
            )

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` takes, as JSON has it."""
        kind = next(name for name, kind in HEADS.items() if isinstance(self.head, kind))
        own = {name: getattr(self, name) for name in (*_LIMITS, "is_exchangeable")}
        joint = None if self.joint is None else asdict(self.joint)
        return own | {"head": {"kind": kind, "count": self.head.count}, "joint": joint}

    @classmethod
    def from_json(cls, said: Any) -> "Design":
        """Return the design; nothing is believed of ``said``.

        Raises:
            ValueError: if it is not what :meth:`to_json` returns.
        """
        names = {*_LIMITS, "is_exchangeable", "head", "joint"}
        if not isinstance(said, dict) or set(said) != names:
            raise ValueError("a design has other entries")
        if not isinstance(said["is_exchangeable"], bool):
            raise ValueError("is_exchangeable is not true or false")
        own = {name: _whole(name, said[name]) for name in _LIMITS}
        return cls(
            **own,
            is_exchangeable=said["is_exchangeable"],
            head=_head(said["head"]),
            joint=_joint(said["joint"]),
        )


def _whole(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise ValueError(f"{name} is no whole number from 0 to {_MOST}")
    return value


def _head(said: Any) -> Bars | Categorical | Mixture:
    if not isinstance(said, dict) or set(said) != {"kind", "count"}:
        raise ValueError("the head has other entries than kind and count")
    kind = HEADS.get(said["kind"]) if isinstance(said["kind"], str) else None
    if kind is None:
        raise ValueError(f"the head is none of {', '.join(HEADS)}")
    return kind(_whole("count", said["count"]))


def _joint(said: Any) -> Joint | None:
    if said is None:
        return None
    names = tuple(Joint.__dataclass_fields__)
    if not isinstance(said, dict) or set(said) != set(names):
        raise ValueError("the joint head has other entries")
    joint = Joint(**{name: _whole(name, said[name]) for name in names})
    if max(asdict(joint).values()) > _LIMITS["width"][1]:
        raise ValueError("the joint head is too large")
    return joint
