/* How often something fails, from so many tries. Pure. */
#ifndef SET_RATE_H
#define SET_RATE_H

/* Wilson's interval for failed of n (n > 0) at 95 %: between which rates the true one lies. */
void rate_interval(unsigned failed, unsigned n, double *low, double *high);

#endif
