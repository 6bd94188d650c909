// Log earnings by height, with a slope for each sex (Gelman & Hill 2007, sec. 4.4).
data {
  int<lower=0> N;
  vector[N] earn;
  vector[N] height;
  vector[N] male;
}
transformed data {
  vector[N] log_earn = log(earn);
}
parameters {
  real intercept;
  real b_height;
  real b_male;
  real b_both;
  real<lower=0> sigma;
}
model {
  log_earn ~ normal(intercept + b_height * height + b_male * male + b_both * (height .* male), sigma);
}
