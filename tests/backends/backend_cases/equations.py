"""Differential equations whose solutions are known, and how close an answer has to be."""

import numpy as np
from scipy.linalg import expm

EXACT = "rtol = 1e-10, atol = 1e-12"


def close(found, wanted, tolerance):
    """Whether two arrays agree, relative to the largest entry; what every exact test judges by."""
    scale = np.max(np.abs(wanted))
    return bool(np.all(np.abs(np.asarray(found) - wanted) <= tolerance * scale))


DECAY = f"""
dim time
data ts[time] : real
k ~ LogNormal(0, 1)
a ~ Normal(0, 1)
start ~ Normal(0, 1)
ode decay {{
  d/dt(x) = -k * x
  x(start) = a
  solver = nonstiff({EXACT})
}}
r[time] = x(ts)
"""
TIMES = np.array([3.0, 0.5, 1.0, 1.0, 2.5])
"""Neither sorted nor different from each other; the second is where the equations start."""


def decay(k, a, start, ts=TIMES):
    return a * np.exp(-k * (np.maximum(ts, start) - start))


DOSES = f"""
dim subject, obs, dose
data t[obs] : real
data subject_of[obs] : subject
data dose_time[dose] : real
data dose_of[dose] : subject
data amount[dose] : real
ka[subject] ~ LogNormal(0, 1)
ke ~ LogNormal(0, 1)
share ~ Beta(1, 1)
ode body {{
  d/dt(gut[subject]) = -ka * gut
  d/dt(blood[subject]) = ka * gut - ke * blood
  gut(0) = 0
  blood(0) = 1
  gut[dose_of](dose_time) += share * amount
  blood(4) += 0.5
  solver = nonstiff({EXACT})
}}
r[obs] = blood[subject_of](t)
predict late[subject] = gut(9)
"""
DOSE_DATA = {
    "t": np.array([5.0, 1.0, 0.0, 2.0, 7.5, 4.0, 3.0]),
    "subject_of": np.array([0, 0, 1, 1, 1, 0, 1]),
    "dose_time": np.array([0.0, 2.0, 2.0, 0.0, 6.0, 2.0]),
    "dose_of": np.array([0, 0, 1, 1, 1, 1]),
    "amount": np.array([10.0, 5.0, 7.0, 3.0, 4.0, 1.0]),
}
DOSE_SIZES = {"subject": 2, "obs": 7, "dose": 6}
RATES = {"ka": np.array([1.1, 0.6]), "ke": 0.3, "share": 0.8}


def amounts(t, subject, ka, ke, share):
    """Both compartments by the matrix exponential, each dose on its own."""
    matrix = np.array([[-ka[subject], 0.0], [ka[subject], -ke]])
    state = expm(matrix * t) @ [0.0, 1.0]
    if t >= 4.0:
        state = state + expm(matrix * (t - 4.0)) @ [0.0, 0.5]
    doses = zip(*(DOSE_DATA[n] for n in ("dose_time", "dose_of", "amount")), strict=True)
    for at, whose, amount in doses:
        if whose == subject and t >= at:
            state = state + expm(matrix * (t - at)) @ [share * amount, 0.0]
    return state


def blood(**rates):
    pairs = zip(DOSE_DATA["t"], DOSE_DATA["subject_of"], strict=True)
    return np.array([amounts(t, s, **rates)[1] for t, s in pairs])


ROBERTSON = """
dim time
data t[time] : real
k ~ LogNormal(0, 1)
ode reaction {
  d/dt(a) = -k * a + 1e4 * b * c
  d/dt(b) = k * a - 1e4 * b * c - 3e7 * b^2
  d/dt(c) = 3e7 * b^2
  a(0) = 1
  b(0) = 0
  c(0) = 0
  solver = stiff(rtol = 1e-8, atol = 1e-10)
}
ra[time] = a(t)
rb[time] = b(t)
"""

STIFF_TIMES = np.array([0.4, 4.0, 40.0, 400.0])

EXPLODING = """
dim time
data ts[time] : real
data y[time] : real
k ~ Normal(0, 1)
ode growth {
  d/dt(x) = k * x^2
  x(0) = 1
  solver = nonstiff(max_steps = 200)
}
y[time] ~ Normal(x(ts), 1)
"""
EXPLODING_DATA = {"ts": np.array([0.5, 1.0]), "y": np.array([1.0, 2.0])}
