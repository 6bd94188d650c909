// Log earnings by height (Gelman & Hill 2007, sec. 4.4).
data {
  int<lower=0> N;
  vector[N] earn;
  vector[N] height;
}
transformed data {
  vector[N] log_earn = log(earn);
}
parameters {
  real intercept;
  real b_height;
  real<lower=0> sigma;
}
model {
  log_earn ~ normal(intercept + b_height * height, sigma);
}
