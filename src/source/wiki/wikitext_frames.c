/* Frames of wikitext: arguments, what templates and links leave, and what is never closed. See wikitext_expand.h.
 * SPDX-License-Identifier: MIT */
#include "wikitext_expand.h"

void expander_push(expander *x, frame_kind kind)
{
    if (x->depth == SM_WIKITEXT_DEPTH) {
        x->counts->unbalanced++;
        return;
    }
    x->frames[++x->depth] = (frame){kind, x->out->n, x->n_bars};
    x->braces += is_brace(kind);
}

static void pop(expander *x)
{
    const frame *f = &x->frames[x->depth--];
    x->n_bars = f->first_bar;
    x->braces -= is_brace(f->kind);
}

/* ---- arguments --------------------------------------------------------------------------------------- */

static size_t n_arguments(const expander *x, const frame *f)
{
    return x->n_bars - f->first_bar + 1;
}

/* Argument 0 is the name or the target. */
static sm_span argument(const expander *x, const frame *f, size_t i)
{
    const size_t *bars = x->bars + f->first_bar;
    const size_t from = i ? bars[i - 1] + 1 : f->start;
    const size_t to = i + 1 < n_arguments(x, f) ? bars[i] : x->out->n;
    return (sm_span){x->out->p + from, to - from};
}

/* Takes `name=` off an argument; an empty name is none. Names are short and hold no markup. */
static sm_span argument_name(sm_span *value)
{
    enum { LONGEST = 40 };
    const size_t n = value->n < LONGEST ? value->n : LONGEST;
    for (size_t i = 0; i < n; i++) {
        const char c = value->p[i];
        if (c == '<' || c == '&' || c == '/' || c == '\'') break;
        if (c != '=') continue;
        const sm_span name = wiki_trim((sm_span){value->p, i});
        *value = sm_span_from(*value, i + 1);
        return name;
    }
    return (sm_span){0};
}

/* The argument of a name, or else the n-th of those without (or the one that is called so). */
static sm_span find_argument(const expander *x, const frame *f, const char *name, size_t nth)
{
    sm_span found = {0};
    size_t position = 0;
    for (size_t i = 1; i < n_arguments(x, f); i++) {
        sm_span value = argument(x, f, i);
        const sm_span key = argument_name(&value);
        const bool numbered = key.n == 1 && (size_t)(*key.p - '0') == nth;
        if (key.n && name && sm_span_equal(key, sm_span_of(name))) return wiki_trim(value);
        if (numbered || (!key.n && ++position == nth)) found = wiki_trim(value);
    }
    return found;
}

static sm_span last_argument(const expander *x, const frame *f)
{
    sm_span found = {0};
    for (size_t i = 1; i < n_arguments(x, f); i++) {
        sm_span value = argument(x, f, i);
        if (!argument_name(&value).n) found = wiki_trim(value);
    }
    return found;
}

/* ---- templates --------------------------------------------------------------------------------------- */

static sm_span between(expander *x, const char *before, sm_span text, const char *after)
{
    if (!text.n) return text;
    sm_buffer_puts(&x->made, before);
    sm_buffer_put(&x->made, text);
    sm_buffer_puts(&x->made, after);
    return sm_buffer_span(&x->made);
}

static sm_span make_ruby(expander *x, sm_span base, sm_span reading)
{
    if (!base.n || !reading.n) return base;
    (void)between(x, "<ruby>", base, "<rt>");
    return between(x, "", reading, "</rt></ruby>");
}

static sm_span make_pair(expander *x, sm_span first, sm_span second)
{
    (void)between(x, "", first, second.n ? " " : "");
    sm_buffer_put(&x->made, second);
    return sm_buffer_span(&x->made);
}

static sm_span apply(expander *x, const frame *f, const template_policy *policy)
{
    const sm_span first = find_argument(x, f, NULL, 1);
    switch (policy->rule) {
    case TEMPLATE_GONE: break;
    case TEMPLATE_FIRST: return first;
    case TEMPLATE_SECOND: return find_argument(x, f, NULL, 2);
    case TEMPLATE_THIRD: return find_argument(x, f, NULL, 3);
    case TEMPLATE_LABEL: return find_argument(x, f, "label", 1);
    case TEMPLATE_PAIR: return make_pair(x, first, find_argument(x, f, NULL, 2));
    case TEMPLATE_LAST: return last_argument(x, f);
    case TEMPLATE_RUBY: return make_ruby(x, first, find_argument(x, f, NULL, 2));
    case TEMPLATE_QUOTE:
        return between(x, "<blockquote>", find_argument(x, f, "text", 1), "</blockquote>");
    case TEMPLATE_TEXT: return sm_span_of(policy->text);
    case TEMPLATE_AFTER: return between(x, policy->text, first, "");
    case TEMPLATE_TITLE: return x->title;
    }
    return (sm_span){0};
}

/* Closes the top frame and puts `left` (a part of the frame, or bytes elsewhere) in its place. */
static void replace(expander *x, sm_span left)
{
    sm_buffer *out = x->out;
    const size_t start = expander_top(x)->start;
    const bool inside = left.n && left.p >= out->p && left.p < out->p + out->n;
    if (inside) memmove(out->p + start, left.p, left.n);
    out->n = start + (inside ? left.n : 0);
    if (!inside) expander_put(x, left);
    pop(x);
    if (!left.n) expander_put_gone(x);
}

void expander_close_template(expander *x)
{
    const frame *f = expander_top(x);
    const sm_span name = argument(x, f, 0);
    size_t skip;
    const template_policy *policy = template_find(name, &skip);
    sm_span left = {0};
    sm_buffer_clear(&x->made);
    x->counts->templates++;
    if (policy) left = skip ? wiki_trim(sm_span_from(name, skip)) : apply(x, f, policy);
    x->counts->kept += left.n > 0;
    replace(x, left);
}

void expander_close_parameter(expander *x)
{
    const frame *f = expander_top(x);
    replace(x, n_arguments(x, f) > 1 ? wiki_trim(argument(x, f, 1)) : (sm_span){0});
}

/* ---- links ------------------------------------------------------------------------------------------- */

/* What [[A (B)|]] and [[:A]] show: A. */
static sm_span target_text(sm_span target, bool trick)
{
    sm_span s = wiki_trim(target);
    if (s.n && *s.p == ':') s = wiki_trim(sm_span_from(s, 1));
    if (!trick) return s;
    const char *colon = s.n ? memchr(s.p, ':', s.n) : NULL;
    if (colon) s = sm_span_from(s, (size_t)(colon + 1 - s.p));
    const char *paren = s.n ? memchr(s.p, '(', s.n) : NULL;
    return paren && s.p[s.n - 1] == ')' ? wiki_trim((sm_span){s.p, (size_t)(paren - s.p)}) : s;
}

/* The label is all behind the first bar, other bars among it. */
static sm_span link_text(const expander *x, const frame *f)
{
    const sm_span target = argument(x, f, 0);
    if (n_arguments(x, f) == 1) return target_text(target, false);
    const size_t from = x->bars[f->first_bar] + 1;
    const sm_span label = wiki_trim((sm_span){x->out->p + from, x->out->n - from});
    return label.n ? label : target_text(target, true);
}

void expander_close_link(expander *x)
{
    const frame *f = expander_top(x);
    const link_kind kind = link_kind_of(argument(x, f, 0));
    x->counts->files += kind == LINK_FILE;
    replace(x, kind == LINK_PAGE ? link_text(x, f) : (sm_span){0});
}

void expander_close_url(expander *x)
{
    const frame *f = expander_top(x);
    replace(x, wiki_trim((sm_span){x->out->p + f->start, x->out->n - f->start}));
}

/* ---- what is never closed ---------------------------------------------------------------------------- */

/* Drops the bytes [from, to) of the output. */
static void cut(sm_buffer *out, size_t from, size_t to)
{
    memmove(out->p + from, out->p + to, out->n - to);
    out->n -= to - from;
}

/* A template that nothing closes: its name goes, and the lines that are arguments. */
static void open_braces(sm_buffer *out, size_t start)
{
    size_t to = start;
    for (size_t from = start; from < out->n;) {
        const char *line = out->p + from;
        const char *lf = memchr(line, '\n', out->n - from);
        const size_t n = lf ? (size_t)(lf + 1 - line) : out->n - from;
        const sm_span text = wiki_trim((sm_span){line, n});
        const bool is_argument = text.n && strchr("|}!", *text.p) != NULL;
        if (!is_argument) {
            memmove(out->p + to, line, n);
            to += n;
        }
        from += n;
    }
    out->n = to;
}

void expander_give_up(expander *x)
{
    const frame f = *expander_top(x);
    const bool bars = x->n_bars > f.first_bar;
    const size_t bar = bars ? x->bars[f.first_bar] : 0;
    x->counts->unbalanced++;
    pop(x);
    if (bars) cut(x->out, f.start, bar + 1);
    if (is_brace(f.kind)) open_braces(x->out, f.start);
}

void expander_give_up_all(expander *x)
{
    while (x->depth)
        expander_give_up(x);
}
