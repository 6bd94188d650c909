"""A row of the table of words: what a function of NumPy's vocabulary is in torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A function, with `torch` as its name or as a pattern with the arguments as `{0}`, `{1}`.

    Arguments in the places `tensors` have to be tensors, and are made such where they are Python
    numbers; if all arguments are, it is `number` instead, where that is given. A reduction's `axis`
    becomes `dim`; one that `takes_one_axis` is written once for each of several. `helper` names the
    module with what is called.
    """

    torch: str
    number: str = ""
    tensors: tuple[int, ...] = (0,)
    helper: str | None = None
    takes_one_axis: bool = False


def same(name: str, number: str = "") -> Word:
    """The function of the same name in torch, of tensors."""
    return Word(f"torch.{name}", number)
