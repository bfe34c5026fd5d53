/* Values that stand out of a curve: see seimai/optim.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>

#include <seimai/optim.h>

double sm_spike_score(sm_spike *s, double x)
{
    const double off = x - s->mean;
    const bool known = s->n >= SM_SPIKE_WINDOW && s->variance > 0.0;
    const double score = known ? off / sqrt(s->variance) : 0.0;
    if (s->n < SM_SPIKE_WINDOW) s->n++;
    const double share = 1.0 / (double)s->n;
    s->mean += share * off;
    s->variance = (1.0 - share) * (s->variance + share * off * off);
    return score;
}
