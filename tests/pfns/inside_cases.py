"""A model that has a trained network as a distribution."""

MODEL = """\
pfn lin from "line.pfn"

model m {
  dim seen, new
  dim col
  data X[seen, col] : real
  data y[seen] : real
  data X_new[new, col] : real
  data w[new] : real
  z[new] ~ lin(X = X_new, tau = 0.7) given X = X, y = y
  w[new] ~ Normal(z, 1)
  predict z2[new] ~ lin(0.7, X_new) given y = y, X = X
}
"""
