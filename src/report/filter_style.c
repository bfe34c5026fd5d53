/* What the filter's page adds to the style of all pages.
 * SPDX-License-Identifier: MIT */
#include "filter_view.h"

#include <stddef.h>

const char *const filter_style[] = {
    ":root{--shade:196,101,47}@media(prefers-color-scheme:dark){:root{--shade:229,154,110}}\n",
    ":lang(ja){line-break:strict}section>p{color:var(--soft);max-width:58em}\n",
    "p.warning{color:var(--ink)}p.warning code,h3 code,summary "
    "code{font:inherit;font-weight:600}\n",
    "p.note{color:var(--soft);font-size:13px;line-height:1.5;margin:-8px 0 10px}\n",
    "h3{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 14px;font-size:15px}\n",
    "h3 small{font-weight:400;font-size:13px;color:var(--soft);"
    "font-variant-numeric:tabular-nums}h3 small b{color:var(--c2);font-weight:600}\n",
    /* histograms */
    "svg path.passed{fill:var(--c1);stroke:none;opacity:.8}svg path.refused{fill:var(--c2);"
    "stroke:none}\n",
    "svg line.cut{stroke:var(--c2);stroke-width:1.5}svg "
    "text.cut{fill:var(--c2);font-weight:600}"
    "\n",
    /* overlap */
    "table.overlap{width:auto}\n",
    "table.overlap td{text-align:center;padding:4px 6px;min-width:2.7em;border:1px solid "
    "var(--panel);background:rgba(var(--shade),calc(var(--v,0)*.55))}\n",
    "table.overlap td.n{background:none;text-align:right;color:var(--soft);font-weight:400}\n",
    "table.overlap td.same{background:var(--grid)}\n",
    "table.overlap th.down{writing-mode:vertical-rl;text-align:left;padding:0 0 "
    "8px;line-height:2.7;"
    "white-space:nowrap;border-bottom:0;transform:rotate(180deg)}\n",
    "table.overlap th{border-bottom:0}table.overlap td:first-child{position:static}\n",
    "table.overlap tbody th{color:var(--ink);font-size:14px;text-align:left;padding:4px 14px "
    "4px "
    "0;position:sticky;left:0;background:var(--panel);white-space:nowrap;vertical-align:middle}"
    "\n",
    /* samples */
    "details{background:var(--panel);border:1px solid "
    "var(--rule);border-radius:8px;padding:10px "
    "18px}summary{cursor:pointer;font-size:15px}summary small{color:var(--soft);font-size:13px;"
    "margin-left:.8em}\n",
    "details blockquote{margin:12px 0 4px;padding:0 0 0 14px;border:0;border-left:3px solid "
    "var(--rule);border-radius:0;background:none;font-size:14px;line-height:1.7;max-height:"
    "13em;"
    "overflow:hidden}\n",
    "details p{margin:14px 0 0;font-size:13px;color:var(--soft);overflow-wrap:anywhere}details "
    "p "
    "b{color:var(--c2)}\n",
    "@media(max-width:640px){details{padding:10px 14px}table.overlap tbody th{font-size:12px;"
    "padding-right:8px;white-space:normal;min-width:8.5em;max-width:8.5em;overflow-wrap:break-"
    "word}"
    "table.overlap th.down{font-size:12px}table.overlap td{font-size:13px;min-width:2.3em;"
    "padding:4px 3px}}\n",
    NULL,
};
