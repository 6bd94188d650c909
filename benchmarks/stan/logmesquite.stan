// Leaf weight of mesquite bushes by their measures (Gelman & Hill 2007, sec. 4.6).
data {
  int<lower=0> N;
  vector<lower=0>[N] weight;
  vector<lower=0>[N] diam1;
  vector<lower=0>[N] diam2;
  vector<lower=0>[N] canopy_height;
  vector<lower=0>[N] total_height;
  vector<lower=0>[N] density;
  vector[N] group;
}
transformed data {
  vector[N] log_weight = log(weight);
  vector[N] x_diam1 = log(diam1);
  vector[N] x_diam2 = log(diam2);
  vector[N] x_canopy = log(canopy_height);
  vector[N] x_total = log(total_height);
  vector[N] x_density = log(density);
  vector[N] x_group = group;
}
parameters {
  real intercept;
  real b_diam1;
  real b_diam2;
  real b_canopy;
  real b_total;
  real b_density;
  real b_group;
  real<lower=0> sigma;
}
model {
  log_weight ~ normal(intercept + b_diam1 * x_diam1 + b_diam2 * x_diam2 + b_canopy * x_canopy
                       + b_total * x_total + b_density * x_density + b_group * x_group, sigma);
}
