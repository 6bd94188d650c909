// Children's test scores by the mother's (Gelman & Hill 2007, sec. 3.1).
data {
  int<lower=0> N;
  vector[N] kid_score;
  vector[N] mom_iq;
}
parameters {
  real intercept;
  real b_iq;
  real<lower=0> sigma;
}
model {
  sigma ~ cauchy(0, 2.5);
  kid_score ~ normal(intercept + b_iq * mom_iq, sigma);
}
