// Party identification in a national election study (Gelman & Hill 2007, sec. 4.7).
data {
  int<lower=0> N;
  vector[N] partyid7;
  vector[N] real_ideo;
  vector[N] race_adj;
  array[N] int age_discrete;
  vector[N] educ1;
  vector[N] gender;
  vector[N] income;
}
transformed data {
  vector[N] is_30_44;
  vector[N] is_45_64;
  vector[N] is_65up;
  for (i in 1 : N) {
    is_30_44[i] = age_discrete[i] == 2;
    is_45_64[i] = age_discrete[i] == 3;
    is_65up[i] = age_discrete[i] == 4;
  }
}
parameters {
  real intercept;
  real b_ideology;
  real b_race;
  real b_age30_44;
  real b_age45_64;
  real b_age65up;
  real b_educ;
  real b_gender;
  real b_income;
  real<lower=0> sigma;
}
model {
  partyid7 ~ normal(intercept + b_ideology * real_ideo + b_race * race_adj
                    + b_age30_44 * is_30_44 + b_age45_64 * is_45_64 + b_age65up * is_65up
                    + b_educ * educ1 + b_gender * gender + b_income * income, sigma);
}
