"""One cell in a process of its own: `python -m peers.cell SAMPLER POSTERIOR FOLDER SETTINGS...`.

The last line of its output is what was measured, as JSON: null where the sampler has no program
of the model.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

_MOST_RUNS = 5
_ENOUGH_SECONDS = 20.0


def main() -> None:
    """Run the cell."""
    sampler, name, folder, *numbers = sys.argv[1:]
    from peers.registry import OURS, PEERS

    if sampler == OURS:  # as its command line does; other samplers run as they come
        from gendsl.inference.compiler_flags import inline_small_loops

        inline_small_loops(os.environ)
    import jax

    jax.config.update("jax_enable_x64", True)
    from peers.case import Settings, case_named
    from peers.clock import Seconds, listen, processor
    from peers.measures import quality
    from peers.sampler import NoProgramError

    listen()
    settings = Settings(*map(int, numbers))
    case = case_named(name, Path(folder))
    prepare = PEERS[sampler].load()
    started, started_cpu = time.perf_counter(), processor()
    try:
        run = prepare(case, settings)
    except NoProgramError:
        print(json.dumps(None))
        return
    first = run(True)
    cold = Seconds(time.perf_counter() - started, processor() - started_cpu)
    runs = [run(False)]
    while len(runs) < _MOST_RUNS and time.perf_counter() - started - cold.wall < _ENOUGH_SECONDS:
        runs.append(run(False))
    last = runs[-1]
    found: dict[str, Any] = {
        **both("cold", [cold]),
        **both("warmup", [each.warmup for each in runs]),
        **both("sampling", [each.sampling for each in runs]),
        "gradients": last.gradients,
        "divergences": last.divergences,
        **quality(case, last.values),
    }
    assert first.values.keys() == last.values.keys()
    print(json.dumps(found))


def both(name: str, times: list[Any]) -> dict[str, float]:
    """The least by each clock."""
    return {name: min(t.wall for t in times), f"{name}_cpu": min(t.cpu for t in times)}


if __name__ == "__main__":
    main()
