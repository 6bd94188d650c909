// An autoregression of order K, given its first K values.
data {
  int<lower=0> K;
  int<lower=0> T;
  vector[T] y;
}
transformed data {
  matrix[T - K, K] past;
  for (k in 1 : K) {
    past[ : , k] = y[(K + 1 - k) : (T - k)];
  }
}
parameters {
  real alpha;
  vector[K] beta;
  real<lower=0> sigma;
}
model {
  alpha ~ normal(0, 10);
  beta ~ normal(0, 10);
  sigma ~ cauchy(0, 2.5);
  y[(K + 1) : T] ~ normal(alpha + past * beta, sigma);
}
