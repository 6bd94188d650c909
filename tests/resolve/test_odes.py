"""Differential equations: states, starts, jumps, solvers, and the times at which they are read."""

import pytest

from gendsl.ir.ode import Adjoint, OdeSystem, Stiffness
from gendsl.ir.printer import print_expr

HEADER = """\
dim time, subject, dose, obs
data ts[time] : real
data t[obs] : real
data subject_of[obs] : subject
data dose_time[dose] : real
data dose_of[dose] : subject
data amount[dose] : real
data y[time] : real
k ~ LogNormal(0, 1)
s[subject] ~ LogNormal(0, 1)
"""

DECAY = "ode decay {\nd/dt(x) = -k * x\nx(0) = 2\n"


@pytest.fixture
def ode(program):
    """The equations of some statements."""

    def make(statements, **options):
        found = program(statements, header=HEADER, **options).nodes
        return next(n for n in found if isinstance(n, OdeSystem))

    return make


def test_a_state_is_a_function_of_time(program):
    found = program(DECAY + "}\nr[time] = x(ts)", header=HEADER)
    node = next(n for n in found.nodes if isinstance(n, OdeSystem))
    (solution,) = node.solutions
    assert (solution.name, solution.state, solution.dims) == ("x(ts)", "x", ("time",))
    assert print_expr(node.start_time) == "0"
    assert [n.name for n in found.nodes] == ["k", "s", "decay", "r"]


def test_the_same_times_are_solved_for_once(ode):
    node = ode(DECAY + "}\nr[time] = x(ts) + x(ts)\nq = x(3)")
    assert [print_expr(times) for times in node.times] == ["ts", "3"]
    assert [s.at for s in node.solutions] == [0, 1]


def test_the_time_may_be_called_like_data(ode):
    """Inside, `t` is the time; outside, data `t` are data."""
    node = ode("ode p {\nd/dt(x) = t\nx(0) = 0\n}\nr[obs] = x(t)")
    assert print_expr(node.states[0].derivative) == "p.t"
    assert print_expr(node.times[0]) == "t"


def test_members_of_a_state_are_indexed(program, line):
    text = "ode p {\nd/dt(x[subject]) = -s * x\nx(0) = 1\n}\nr[obs] = x[subject_of](t)"
    assert line(text, header=HEADER).endswith("x(t)[subject = subject_of]")
    assert line(text.replace("r[obs] = x[subject_of]", "r[obs, subject] = x"), header=HEADER)


def test_times_of_each_member_are_its_own(ode):
    node = ode(
        "dim visit\ndata when[subject, visit] : real\n"
        "ode p {\nd/dt(x[subject]) = -s * x\nx(0) = 1\n}\nr[subject, visit] = x(when)"
    )
    assert node.solutions[0].dims == ("subject", "visit")


def test_jumps(ode):
    node = ode(
        "ode p {\nd/dt(x[subject]) = -s * x\nx(0) = 1\nx[dose_of](dose_time) += k * amount\n"
        "x(3) += 1\n}\nr[obs] = x[subject_of](t)"
    )
    first, second = node.jumps
    assert first.indices[0][0] == "subject"
    assert (print_expr(first.amount), second.indices) == ("(k * amount)", ())


def test_names_for_parts_stand_in_any_order(ode):
    node = ode("ode p {\nd/dt(x) = b\nlet b = 2 * a\nlet a = k * x\nx(0) = 1\n}\nr = x(1)")
    assert [local.name for local in node.locals] == ["a", "b"]


def test_what_only_predictions_want_is_solved_with_them(program):
    text = DECAY + "}\ny[time] ~ Normal(x(ts), 1)\npredict later = x(100)"
    nodes = [n for n in program(text, header=HEADER).nodes if isinstance(n, OdeSystem)]
    found = {n.is_prediction: [s.name for s in n.solutions] for n in nodes}
    assert found == {False: ["x(ts)"], True: ["x(100)"]}


def test_equations_may_start_where_others_end(program):
    text = DECAY + "}\node next {\nd/dt(z) = -z\nz(10) = x(10)\n}\nr[time] = z(ts + 10)"
    names = [n.name for n in program(text, header=HEADER).nodes if isinstance(n, OdeSystem)]
    assert names == ["decay", "next"]


def test_the_solver(ode):
    node = ode(DECAY + "solver = stiff(rtol = 1e-4, adjoint = direct)\n}\nr = x(1)")
    assert (node.solver.stiffness, node.solver.rtol) == (Stiffness.STIFF, 1e-4)
    assert (node.solver.atol, node.solver.adjoint) == (1e-8, Adjoint.DIRECT)


@pytest.mark.parametrize(
    ("statements", "code", "words"),
    [
        ("ode p {\nd/dt(x) = 1\n}", "G0421", "`x` has no start"),
        ("ode p {\nd/dt(x) = 1\nx(0) = 1\nz(0) = 1\n}", "G0421", "`z` has no derivative"),
        ("ode p {\nx(0) = 1\n}", "G0421", "has no equation"),
        ("ode p {}", "G0421", "has no equation"),
        (DECAY + "x(0) = 3\n}", "G0204", "starts twice"),
        ("ode p {\nd/dt(x) = 1\nd/dt(z) = 1\nx(0) = 1\nz(1) = 1\n}", "G0422", "different times"),
        ("ode p {\nd/dt(x) = 1\nd/du(z) = 1\nx(0) = 1\nz(0) = 1\n}", "G0422", "of `t` and of `u`"),
        ("ode p {\nd/dt(x) = 1\nx(ts) = 1\n}", "G0422", "several times"),
        (DECAY + "}\nr = x", "G0423", "`x` is a function of time"),
        (DECAY + "}\nr = decay", "G0423", "means nothing outside"),
        ("ode p {\nd/dt(x) = x(t - 1)\nx(0) = 1\n}", "G0423", "at another time"),
        (DECAY + "}\nr = x()", "G0212", "function of time alone"),
        (DECAY + "}\nr = x(ts, 3)", "G0212", "function of time alone"),
        (DECAY + "}\nr = x(ts)", "G0203", "`time`"),
        ("ode p {\nd/dt(x) = s\nx(0) = 1\n}", "G0203", "subject"),
        ("ode p {\nd/dt(x) = 1\nx(0) = s\n}", "G0203", "subject"),
        ("ode p {\nd/dt(k) = 1\nk(0) = 1\n}", "G0204", "`k` is a quantity already"),
        ("ode p {\nd/dt(time) = 1\ntime(0) = 1\n}", "G0204", "a dimension already"),
        (DECAY + "solver = rk45\n}", "G0424", "no solver is called `rk45`"),
        (DECAY + "solver = stiff(rtol = 2)\n}", "G0424", "must be between"),
        (DECAY + "solver = stiff(rtol = 0)\n}", "G0424", "must be between"),
        (DECAY + "solver = stiff(max_steps = 1.5)\n}", "G0424", "whole number"),
        (DECAY + "solver = stiff(adjoint = back)\n}", "G0424", "no adjoint"),
        (DECAY + "solver = stiff(rel_tol = 1e-3)\n}", "G0424", "no setting `rel_tol`"),
        (DECAY + "rtol = 1e-3\n}", "G0424", "no meaning here"),
        (DECAY + "x(t) += ts\n}", "G0203", "no dimension `obs`"),
        (DECAY + "x(ts) += 1\nsolver = stiff(adjoint = backsolve)\n}", "G0425", "backsolve"),
        ("ode p {\nd/dt(x) = r\nx(0) = 1\n}\nr = x(1)", "G0403", "need their own solution"),
        (DECAY + "}\nr[obs] = x[subject_of](t)", "G0209", "does not index"),
        (DECAY + "}\nr[obs] = x[k](t)", "G0208", "no index"),
    ],
)
def test_errors(errors, statements, code, words):
    found = errors(statements, header=HEADER)
    assert any(d.code == code and words in d.message for d in found), found


def test_a_jump_at_a_time_that_is_inferred():
    from gendsl.diagnostics.source import Source
    from gendsl.pipeline import check

    text = f"model m {{\n{HEADER}\n{DECAY}x(dose_time + k) += 1\n}}\ny[time] ~ Normal(x(ts), 1)\n}}"
    assert "G0425" in [d.code for d in check(Source("t.gen", text))]


def test_a_submodel_has_no_equations(errors):
    before = "submodel s2(a) {\node p {\nd/dt(x) = a\nx(0) = 1\n}\ns2 = 1\n}"
    found = errors("r ~ s2(1)", header=HEADER, before=before)
    assert [d.code for d in found][:1] == ["G0217"]
