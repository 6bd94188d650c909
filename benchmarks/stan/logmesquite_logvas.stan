// Leaf weight of mesquite bushes by volume, area and shape (Gelman & Hill 2007, sec. 4.6).
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
  vector[N] x_volume = log(diam1 .* diam2 .* canopy_height);
  vector[N] x_area = log(diam1 .* diam2);
  vector[N] x_shape = log(diam1 ./ diam2);
  vector[N] x_total = log(total_height);
  vector[N] x_density = log(density);
  vector[N] x_group = group;
}
parameters {
  real intercept;
  real b_volume;
  real b_area;
  real b_shape;
  real b_total;
  real b_density;
  real b_group;
  real<lower=0> sigma;
}
model {
  log_weight ~ normal(intercept + b_volume * x_volume + b_area * x_area + b_shape * x_shape
                       + b_total * x_total + b_density * x_density + b_group * x_group, sigma);
}
