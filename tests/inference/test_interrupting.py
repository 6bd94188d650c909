"""What makes no chains tells how far it is, and an interrupt ends it where something is whole."""

import signal
from collections.abc import Iterator

import numpy as np
import pytest
from inference_cases import densities

from gendsl.inference.approximations import Laplace, MeanField, Outcome, Pathfinder, Variational
from gendsl.inference.kernels import RandomWalk
from gendsl.inference.milestones import Milestone, Watch
from gendsl.inference.populations import StoppedError, run_smc, smc

TARGET, DATA = densities.SCHOOLS, densities.SCHOOLS_DATA


@pytest.fixture(autouse=True)
def interrupts_are_heard() -> Iterator[None]:
    """Tests in the background of a shell ignore interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class Listener:
    """Keeps what is reported, and interrupts at the first report of a phase."""

    def __init__(self, phase: str | None = None) -> None:
        self.seen: list[Milestone] = []
        self.phase = phase

    def __call__(self, report: Milestone) -> None:
        self.seen.append(report)
        if report.phase == self.phase:
            self.phase = None
            signal.raise_signal(signal.SIGINT)


@pytest.mark.slow
def test_paths_that_ended_are_used() -> None:
    listener = Listener("paths")
    method = Pathfinder(TARGET, num_paths=3)
    found = method.fit(DATA, 1, progress=listener)
    assert found.status & Outcome.INTERRUPTED
    assert [(r.done, r.total) for r in listener.seen] == [(1, 3)]
    assert "ELBO" in listener.seen[0].note
    assert len(found.details.ends) == 1 and np.isfinite(found.elbo)
    whole = method.fit(DATA, 1, progress=(told := Listener()))
    assert not whole.status & Outcome.INTERRUPTED and len(whole.details.ends) == 3
    assert (told.seen[-1].done, told.seen[-1].total) == (3, 3)
    np.testing.assert_array_equal(found.details.ends[0], whole.details.ends[0])


def test_climbs_that_ended_are_used() -> None:
    listener = Listener("climbs")
    found = Laplace(TARGET, num_starts=3).fit(DATA, 1, progress=listener)
    assert found.status & Outcome.INTERRUPTED
    assert len(found.details.modes) == 1 and found.details.decrement < 1e-6
    assert "log density" in listener.seen[0].note


@pytest.mark.parametrize("phase", ["paths", "vi"])
def test_a_guide_is_what_it_was_when_stopped(phase: str) -> None:
    listener = Listener(phase)
    found = Variational(TARGET, MeanField(10), window=5, max_windows=4).fit(
        DATA, 1, progress=listener
    )
    assert found.status & Outcome.INTERRUPTED and found.status & Outcome.NOT_CONVERGED
    assert np.isfinite(found.elbo) and np.isfinite(found.params.mean).all()
    assert [r.phase for r in listener.seen][-1] == phase
    if phase == "vi":
        last = listener.seen[-1]
        assert 0 < last.done < last.total and last.note.startswith("ELBO")
        assert len(found.trace) == 1


def test_particles_before_temperature_one_are_no_draws() -> None:
    method = smc(TARGET, RandomWalk, num_moves=2)
    positions = np.random.default_rng(1).standard_normal((64, 10))
    options = {"seed": 1, "prior_positions": positions, "num_islands": 2}
    told, precise = Listener(), (DATA[0], 0.1 * DATA[1])
    run_smc(method, precise, progress=told, **options)
    assert told.seen[-1].done == told.seen[-1].total > 1
    for word in ("at 1,", "ESS", "acceptance", "log evidence"):
        assert word in told.seen[-1].note
    with pytest.raises(StoppedError, match="at temperature 0") as caught:
        run_smc(method, precise, progress=Listener("temperature"), **options)
    assert caught.value.num_steps == 1 and 0 < caught.value.temperature < 1


def test_an_interrupt_after_the_last_part_stops_nothing() -> None:
    watch = Watch("parts", 2, should_stop=lambda: True)
    assert not watch.tell(2) and not watch.is_stopped and watch.is_asked
    assert watch.tell(1)


def test_an_interrupt_in_a_report_asks_to_stop() -> None:
    def raising(report: Milestone) -> None:
        raise KeyboardInterrupt

    assert Watch("parts", 2, raising).tell(1)
