// Leaf weight of mesquite bushes by canopy volume (Gelman & Hill 2007, sec. 4.6).
data {
  int<lower=0> N;
  vector<lower=0>[N] weight;
  vector<lower=0>[N] diam1;
  vector<lower=0>[N] diam2;
  vector<lower=0>[N] canopy_height;
}
transformed data {
  vector[N] log_weight = log(weight);
  vector[N] x_volume = log(diam1 .* diam2 .* canopy_height);
}
parameters {
  real intercept;
  real b_volume;
  real<lower=0> sigma;
}
model {
  log_weight ~ normal(intercept + b_volume * x_volume, sigma);
}
