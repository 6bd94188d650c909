// A hidden Markov chain, by Stan's own marginal; priors in units of the data's spread.
data {
  int T, K;
  vector[T] y;
}
parameters {
  simplex[K] pi1;
  array[K] simplex[K] A;
  ordered[K] centre;
  vector<lower=0>[K] spread;
}
model {
  matrix[K, T] emission;
  matrix[K, K] change;
  for (k in 1 : K) {
    change[k] = A[k]';
    for (t in 1 : T) {
      emission[k, t] = normal_lpdf(y[t] | mean(y) + sd(y) * centre[k], sd(y) * spread[k]);
    }
  }
  centre ~ std_normal();
  spread ~ normal(0, 0.5);
  target += hmm_marginal(emission, change, pi1);
}
