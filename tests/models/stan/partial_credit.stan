// Generalised partial credit with a regression of the abilities.
data {
  int N, I, J, K;
  array[N] int ii, jj, y;
  matrix[J, K] W;
}
transformed data {
  array[I] int top = rep_array(0, I), start;
  matrix[J, K] X = W;
  for (n in 1 : N) {
    top[ii[n]] = max(top[ii[n]], y[n]);
  }
  for (i in 1 : I) {
    start[i] = sum(top[1 : i]) - top[i];
  }
  for (k in 2 : K) {
    X[ : , k] = (W[ : , k] - mean(W[ : , k])) / (2 * sd(W[ : , k]));
  }
}
parameters {
  vector<lower=0>[I] alpha;
  vector[sum(top) - 1] beta_free;
  vector[J] theta;
  vector[K] lambda_adj;
}
transformed parameters {
  vector[sum(top)] beta = append_row(beta_free, -sum(beta_free));
}
model {
  alpha ~ lognormal(1, 1);
  beta ~ normal(0, 3);
  lambda_adj ~ student_t(3, 0, 1);
  theta ~ normal(X * lambda_adj, 1);
  for (n in 1 : N) {
    int i = ii[n];
    vector[top[i] + 1] score = rep_vector(0, top[i] + 1);
    for (h in 1 : top[i]) {
      score[h + 1] = score[h] + alpha[i] * theta[jj[n]] - beta[start[i] + h];
    }
    y[n] + 1 ~ categorical_logit(score);
  }
}
