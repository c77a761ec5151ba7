/* Exercise 9: momentum.
 *
 * One step of gradient descent with momentum, for n parameters:
 *
 *     velocity = momentum * velocity + g
 *     w = w - rate * velocity
 *
 * velocity is yours to keep from step to step; it is 0 before the first one. g is the gradient of
 * the loss at w and must not be changed. */

void momentum_step(int n, double *w, double *velocity, const double *g, double rate,
                   double momentum)
{
}
