void momentum_step(int n, double *w, double *velocity, const double *g, double rate,
                   double momentum)
{
    for (int i = 0; i < n; ++i) {
        velocity[i] = momentum * velocity[i] + g[i];
        w[i] -= rate * velocity[i];
    }
}
