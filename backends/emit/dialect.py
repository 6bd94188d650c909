"""What tells one backend's programs from another's: everything else of the emitter is shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from gendsl.backends.emit.carried import Carried
from gendsl.backends.emit.document import Def
from gendsl.distributions.family import Form, Spelling


@dataclass(frozen=True, slots=True)
class Names:
    """What is known of the names in a program besides tensors.

    `numbers` hold Python numbers (sizes, positions), `flags` a truth value or an array of them.
    `fresh` gives a name like the one wanted that nothing else has.
    """

    numbers: Set[str]
    flags: Set[str]
    fresh: Callable[[str], str]


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """A row of a backend: how what the emitter writes in NumPy's words is said in its own.

    `translated` turns a finished function into the backend's; it adds to a dict the modules of
    `carried` that the words need. `spelling` is that of a form of a distribution. `imports` gives
    for a name at the top of a module the line that imports it; `reserved` are names that no
    quantity may take. Where types are strict, no function of reals takes integers. Reductions in
    `wants_axis` have to name the axes even where they are all. Where it `declares_batches`, every
    axis of a site is that of a plate or of its event. Where it `notes_event_rank`, a quantity that
    is noted within plates says how many axes are its event's.
    """

    name: str
    carried: Carried
    imports: Mapping[str, str]
    reserved: Set[str]
    spelling: Callable[[Form], Spelling]
    translated: Callable[[Def, Names, dict[str, None]], Def]
    has_strict_types: bool = False
    wants_axis: Set[str] = frozenset()
    declares_batches: bool = False
    notes_event_rank: bool = False
