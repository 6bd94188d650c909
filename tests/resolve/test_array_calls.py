"""Functions of whole arrays: which axes they work on, and what they leave."""

import pytest

CALLS = [
    ("r[row, peer] = cholesky[row, peer](D)", "r[row, peer] : real = cholesky[row, peer](D)"),
    ("r[peer, row] = cholesky[row, peer](D)", "r[peer, row] : real = cholesky[row, peer](D)"),
    ("r[row] = solve[row, peer](D, y)", "r[row] : real = solve[row, peer](D, y)"),
    ("r[col, row] = solve[row, peer](D, X)", "r[col, row] : real = solve[row, peer](D, X)"),
    ("r[peer] = eigenvalues[row, peer](D)", "r[peer] : real = eigenvalues[row, peer](D)"),
    ("r = log_det[row, peer](D)", "r : real = log_det[row, peer](D)"),
    ("r = trace[peer, row](D)", "r : real = trace[peer, row](D)"),
    ("r = matrix_power[row, peer](D, 2)[row = 0, peer = 1]", None),
    ("r = dot[row](x, y)", "r : real = sum[row]((x * y))"),
    ("r[col] = dot[row](X, y)", "r[col] : real = sum[row]((X * y))"),
    ("r = quad_form[row, peer](D, y)", "r : real = sum[row]((y * matmul[row, peer](D, y)))"),
    ("r = inv_quad_form[row, peer](D, y)", "r : real = sum[row]((y * solve[row, peer](D, y)))"),
    (
        "r[row, peer] = diag[row, peer](y)",
        "r[row, peer] : real = if((pos(row) == pos(peer)), y, 0.0)",
    ),
    (
        "r[row, peer] = if(row == peer, sigma, 0)",
        "r[row, peer] : real = if((row as row == peer as peer), sigma, 0)",
    ),
    ("r[row, peer] = twin_of == peer", "r[row, peer] : bool = (twin_of == peer as peer)"),
]


@pytest.mark.parametrize(("statement", "expected"), CALLS, ids=[s for s, _ in CALLS])
def test_calls(line, statement, expected):
    found = line(statement)
    assert expected is None or found == f"saved {expected}"


WRONG = [
    ("r[row, peer] = cholesky[row](D)", "G0240"),
    ("r[row, peer] = cholesky[row, row](D)", "G0240"),
    ("r[row, col] = cholesky[row, col](X)", "G0241"),
    ("r[row] = solve[row, peer](D, z)", "G0240"),
    ("r[row] = solve[row, peer](X, y)", "G0240"),
    ("r[row] = solve[row, peer](D)", "G0212"),
    ("r[row] = solve[row, peer](D, b = y)", "G0212"),
    ("r[row] = solve[row, nope](D, y)", "G0202"),
    ("r[row, peer] = matrix_power[row, peer](D, n)", "G0240"),
    ("r[row, peer] = matrix_power[row, peer](D, -1)", "G0240"),
    ("r[row] = log_det[row, peer](D)", None),
    ("r = solve[row, peer](D, y)", "G0203"),
    ("r = dot[row](x, z)", "G0240"),
    ("r = dot[row, peer](x, y)", "G0240"),
    ("r[row, peer] = cholesky(D)", "G0211"),
    ("r[row] = row == 1", "G0216"),
    ("r[row] = row == col", "G0303"),
    ("r[time] = solve[time, row](D, y)", "G0241"),
]


@pytest.mark.parametrize(("statement", "code"), WRONG, ids=[s for s, _ in WRONG])
def test_wrong_calls(codes, program, statement, code):
    if code is None:
        program(statement)
    else:
        assert code in codes(statement)


def test_a_twin_is_offered_as_the_axis_to_rename(errors):
    (found,) = errors("data w[peer] : real\nr[row] = solve[row, peer](D, w)")
    assert found.help is not None and "`w[peer = row]`" in found.help
    assert "`solve[peer, row](...)`" in found.help


def test_a_series_is_not_an_array_at_each_of_its_own_steps(codes):
    text = """dim now like time
    s[time = first] = 0
    s[time] = s[time - 1] + log_det[time, now](s * z[now])
    """
    assert codes(text)
