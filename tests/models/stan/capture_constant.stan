// Capture and recapture, augmented with animals that may not exist.
data {
  int M, T;
  array[M, T] int y;
}
parameters {
  real<lower=0, upper=1> omega, p;
}
model {
  for (i in 1 : M) {
    real here = log(omega) + bernoulli_lpmf(y[i] | p);
    target += sum(y[i]) > 0 ? here : log_sum_exp(here, log1m(omega));
  }
}
