// Infections that renew themselves, and the deaths that follow.
data {
  int M, N0, N2, P;
  array[M] int N, EpidemicStart;
  array[N2, M] int deaths;
  matrix[N2, M] f;
  vector[N2] SI;
  vector[M] pop;
  array[M] matrix[N2, P] X;
}
parameters {
  vector<lower=0>[M] mu, y, ifr_noise;
  vector<lower=0>[P] alpha_hier;
  real<lower=0> kappa, phi, tau;
}
model {
  tau ~ exponential(0.03);
  y ~ exponential(1 / tau);
  phi ~ normal(0, 5);
  kappa ~ normal(0, 0.5);
  mu ~ normal(3.28, kappa);
  alpha_hier ~ gamma(0.1667, 1);
  ifr_noise ~ normal(1, 0.1);
  for (m in 1 : M) {
    vector[N2] infected = rep_vector(y[m], N2), due;
    vector[N2] R = mu[m] * exp(-X[m] * (alpha_hier - log(1.05) / 6));
    for (t in 2 : N2) {
      if (t > N0) {
        infected[t] = (1 - sum(infected[1 : t - 1]) / pop[m]) * R[t]
                      * dot_product(infected[1 : t - 1], reverse(SI[1 : t - 1]));
      }
      due[t] = ifr_noise[m] * dot_product(infected[1 : t - 1], reverse(f[1 : t - 1, m]));
    }
    for (t in EpidemicStart[m] : N[m]) {
      deaths[t, m] ~ neg_binomial_2(due[t], phi);
    }
  }
}
