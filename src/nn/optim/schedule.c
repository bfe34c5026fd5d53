/* Learning rates by step: see seimai/optim.h.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include <seimai/optim.h>

#define PI 3.14159265358979323846

static const char *const kind_names[] = {
    [SM_SCHEDULE_COSINE] = "cosine",
    [SM_SCHEDULE_LINEAR] = "linear",
    [SM_SCHEDULE_CONSTANT] = "constant",
    [SM_SCHEDULE_WSD] = "wsd",
};

bool sm_schedule_parse(const char *name, sm_schedule_kind *kind)
{
    for (size_t i = 0; i < sizeof kind_names / sizeof *kind_names; i++) {
        if (strcmp(name, kind_names[i]) != 0) continue;
        *kind = (sm_schedule_kind)i;
        return true;
    }
    return false;
}

static double stable_then_decay(const sm_schedule *s, uint64_t step)
{
    const double n = ceil(s->cooldown * (double)s->steps);
    const double q = ((double)(step + 1) - ((double)s->steps - n)) / n; /* of the cooldown */
    return q > 0.0 ? s->lr_min + (s->lr - s->lr_min) * (1.0 - sqrt(q)) : s->lr;
}

double sm_schedule_lr(const sm_schedule *s, uint64_t step)
{
    if (step < s->warmup) return s->lr * (double)(step + 1) / (double)s->warmup;
    if (s->kind == SM_SCHEDULE_CONSTANT) return s->lr;
    if (step + 1 >= s->steps) return s->lr_min;
    if (s->kind == SM_SCHEDULE_WSD) return stable_then_decay(s, step);
    const double p = (double)(step - s->warmup) / (double)(s->steps - 1 - s->warmup);
    if (s->kind == SM_SCHEDULE_LINEAR) return s->lr + (s->lr_min - s->lr) * p;
    return s->lr_min + 0.5 * (s->lr - s->lr_min) * (1.0 + cos(PI * p));
}
