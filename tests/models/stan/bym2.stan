// Smoothing over neighbours, the intrinsic part by its pairs.
data {
  int N, N_edges;
  array[N_edges] int node1, node2;
  array[N] int y;
  vector[N] E;
  real scaling_factor;
}
parameters {
  real beta0;
  real<lower=0> sigma;
  real<lower=0, upper=1> rho;
  vector[N] theta, phi;
}
model {
  vector[N] effect = sqrt(1 - rho) * theta + sqrt(rho / scaling_factor) * phi;
  beta0 ~ std_normal();
  sigma ~ std_normal();
  rho ~ beta(0.5, 0.5);
  theta ~ std_normal();
  target += -0.5 * squared_distance(phi[node1], phi[node2]);
  mean(phi) ~ normal(0, 0.001);
  y ~ poisson(E .* exp(beta0 + sigma * effect));
}
