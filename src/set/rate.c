#include "rate.h"

#define Z 1.959963984540054

/* Newton's; libm is not linked for one root. */
static double
root(double x)
{
	double r = x > 1 ? x : 1;

	for (int i = 0; i < 60 && x > 0; i++)
		r = (r + x / r) / 2;
	return x > 0 ? r : 0;
}

void
rate_interval(unsigned failed, unsigned n, double *low, double *high)
{
	double p = (double)failed / n, zz = Z * Z / n, middle = p + zz / 2;
	double half = Z * root(p * (1 - p) / n + zz / (4 * n));

	*low = failed == 0 ? 0 : (middle - half) / (1 + zz);
	*high = failed == n ? 1 : (middle + half) / (1 + zz);
}
