"""The generated programs of models with discrete latents, as a reader would see them."""

from pathlib import Path

import pytest
from backend_cases.compiled import resolved

from gendsl.backends.numpyro import source_of
from gendsl.transforms.sum_out import sum_out

FOLDER = Path(__file__).with_name("golden")
MARK = "# --- distributions that NumPyro lacks ---"

MODELS = {
    "mixture": """\
model mix {
  dim row
  dim k = 3
  data y[row] : real
  w[k] ~ Dirichlet(1)
  mu[k] : ordered ~ Normal(0, 5)
  sigma ~ HalfNormal(2)
  z[row] ~ Categorical(w)
  y[row] ~ Normal(mu[z], sigma)
}
""",
    "hidden_markov": """\
model hmm {
  dim time : ordered
  dim state = 3
  dim next like state
  data y[time] : real
  P[state, next] ~ Dirichlet(1)
  p[state] ~ Dirichlet(1)
  mu[state] : ordered ~ Normal(0, 5)
  z[time = first] ~ Categorical(p)
  z[time] ~ Categorical(P[z[time - 1]])
  y[time] ~ Normal(mu[z], 1)
}
""",
    "dawid_skene": """\
model dawid_skene {
  dim item, rater, rating
  dim k = 3
  dim answer like k
  data item_of[rating] : item
  data rater_of[rating] : rater
  data y[rating] : answer
  pi[k] ~ Dirichlet(3)
  theta[rater, k, answer] ~ Dirichlet(1)
  z[item] ~ Categorical(pi)
  y[rating] ~ Categorical(theta[rater_of, z[item_of]])
}
""",
    "capture_recapture": """\
model capture {
  dim i, t
  data y[i, t] : int
  omega ~ Beta(1, 1)
  p ~ Beta(1, 1)
  w[i] ~ Bernoulli(omega)
  y[i, t] ~ Bernoulli(w * p)
}
""",
    "lda": """\
model lda {
  dim doc, token
  dim topic = 3
  dim vocab
  data doc_of[token] : doc
  data word[token] : vocab
  theta[doc, topic] ~ Dirichlet(1)
  phi[topic, vocab] ~ Dirichlet(1)
  z[token] ~ Categorical(theta[doc_of])
  word[token] ~ Categorical(phi[z])
}
""",
}


def shown(name: str) -> str:
    """The program without the text of our own classes, which have tests of their own."""
    return source_of(sum_out(resolved(MODELS[name], f"{name}.gen"))).partition(MARK)[0]


@pytest.mark.parametrize("name", MODELS)
def test_source_is_the_golden_one(name: str, update_golden: bool) -> None:
    source = shown(name)
    path = FOLDER / f"{name}.py"
    if update_golden:
        path.write_text(source, encoding="utf-8")
    assert source == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", MODELS)
def test_lines_fit(name: str) -> None:
    assert max(map(len, shown(name).splitlines())) <= 100
