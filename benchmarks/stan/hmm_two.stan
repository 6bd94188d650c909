// A hidden Markov chain of two states with emissions of spread 1, its states summed out.
data {
  int<lower=0> N;
  vector[N] y;
}
parameters {
  array[2] simplex[2] theta;
  positive_ordered[2] mu;
}
model {
  matrix[2, N] emission;
  matrix[2, 2] transition;
  for (k in 1 : 2) {
    theta[k] ~ dirichlet(rep_vector(1, 2));
    transition[k] = theta[k]';
    for (n in 1 : N) {
      emission[k, n] = normal_lpdf(y[n] | mu[k], 1);
    }
  }
  mu[1] ~ normal(3, 1);
  mu[2] ~ normal(10, 1);
  target += hmm_marginal(emission, transition, rep_vector(0.5, 2));
}
