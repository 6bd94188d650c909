// Children's test scores by whether the mother finished school (Gelman & Hill 2007, sec. 3.1).
data {
  int<lower=0> N;
  vector[N] kid_score;
  vector[N] mom_hs;
}
parameters {
  real intercept;
  real b_hs;
  real<lower=0> sigma;
}
model {
  sigma ~ cauchy(0, 2.5);
  kid_score ~ normal(intercept + b_hs * mom_hs, sigma);
}
