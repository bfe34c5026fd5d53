/* Numbers as people read them, and axes with ticks at round numbers.
 * SPDX-License-Identifier: MIT */
#include <seimai/report.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- numbers ------------------------------------------------------------------------------- */

static const char *with_commas(sm_arena *arena, double value)
{
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%.0f", fabs(value));
    const size_t n = strlen(digits);
    char *text = sm_arena_alloc(arena, 2 * n + 2), *at = text;
    if (value <= -.5) *at++ = '-';
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return text;
}

/* Three digits and a unit: `units` begins with the one of 1000^0. */
static const char *scaled(sm_arena *arena, double value, const char *const units[5])
{
    size_t unit = 0;
    while (unit < 4 && fabs(value) >= 999.5) {
        value /= 1000;
        unit++;
    }
    const double size = fabs(value);
    const int decimals = unit == 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    return sm_arena_printf(arena, "%.*f%s", decimals, value, units[unit]);
}

static const char *real(sm_arena *arena, double value)
{
    const double size = fabs(value);
    if (size == 0) return "0";
    if (size >= 1e6 || size < 1e-2) return sm_arena_printf(arena, "%.3g", value);
    const int before = (int)floor(log10(size)) + 1; /* digits before the point */
    return sm_arena_printf(arena, "%.*f", before >= 4 ? 0 : 4 - (before < 1 ? 1 : before),
                           value);
}

static const char *seconds(sm_arena *arena, double value)
{
    if (value < 10) return sm_arena_printf(arena, "%.2f s", value);
    if (value < 99.95) return sm_arena_printf(arena, "%.1f s", value);
    const double whole = floor(value + .5), minutes = floor(whole / 60);
    if (minutes < 60 && whole <= 60 * minutes)
        return sm_arena_printf(arena, "%.0f min", minutes);
    if (minutes < 60)
        return sm_arena_printf(arena, "%.0f min %.0f s", minutes, whole - 60 * minutes);
    return sm_arena_printf(arena, "%.0f h %.0f min", floor(minutes / 60), fmod(minutes, 60));
}

const char *sm_number_text(sm_arena *arena, sm_number as, double value)
{
    static const char *const short_units[5] = {"", "k", "M", "G", "T"};
    static const char *const byte_units[5] = {" B", " kB", " MB", " GB", " TB"};
    if (!isfinite(value)) return "–";
    switch (as) {
    case SM_AS_COUNT: return with_commas(arena, value);
    case SM_AS_SHORT: return scaled(arena, value, short_units);
    case SM_AS_BYTES: return scaled(arena, value, byte_units);
    case SM_AS_SHARE: return sm_arena_printf(arena, "%.1f %%", 100 * value);
    case SM_AS_REAL: return real(arena, value);
    case SM_AS_SECONDS: return seconds(arena, value);
    }
    return "–";
}

/* ---- axes ---------------------------------------------------------------------------------- */

/* The least of 1, 2, 2.5, 5, 10 times a power of ten that is at least `least`. */
static double round_step(double least)
{
    static const double nice[] = {1, 2, 2.5, 5, 10};
    const double power = pow(10, floor(log10(least)));
    for (size_t i = 0; i < 5; i++) {
        if (nice[i] * power >= least * (1 - 1e-9)) return nice[i] * power;
    }
    return 10 * power;
}

sm_axis sm_axis_make(double min, double max, size_t ticks, bool widen)
{
    const double slack = 1e-9;
    if (!isfinite(min) || !isfinite(max) || min > max) min = 0, max = 1;
    if (max - min <= 1e-12 * fmax(fabs(min), fabs(max))) {
        const double around = min != 0 ? fabs(min) / 10 : .5;
        min -= around, max += around;
    }
    sm_axis axis = {.low = min, .high = max};
    axis.step = round_step((max - min) / (double)(ticks > 1 ? ticks - 1 : 1));
    if (widen) {
        axis.low = floor(min / axis.step + slack) * axis.step;
        axis.high = ceil(max / axis.step - slack) * axis.step;
    }
    axis.first = ceil(axis.low / axis.step - slack) * axis.step;
    axis.n = (size_t)floor((axis.high - axis.first) / axis.step + slack) + 1;
    return axis;
}

void sm_axis_text(const sm_axis *axis, size_t i, char text[24])
{
    static const char *const units[] = {"", "k", "M", "G", "T"};
    const double value = axis->first + (double)i * axis->step;
    const double largest = fmax(fabs(axis->low), fabs(axis->high));
    double scale = 1;
    size_t unit = 0;
    for (; largest / scale >= (unit ? 1e3 : 1e4) && unit < 4; unit++) {
        scale *= 1000;
    }
    if (fabs(value) < axis->step / 2) {
        (void)snprintf(text, 24, "0");
        return;
    }
    if (largest < 1e-3) {
        (void)snprintf(text, 24, "%.3g", value);
        return;
    }
    int decimals = 0; /* as many as a step needs */
    for (double step = axis->step / scale; decimals < 6; decimals++, step *= 10) {
        if (fabs(step - floor(step + .5)) < 1e-6 * step) break;
    }
    (void)snprintf(text, 24, "%.*f%s", decimals, value / scale, units[unit]);
}
