/* What the reading page adds to the style of all pages.
 * SPDX-License-Identifier: MIT */
#include "reading_internal.h"

#include <stddef.h>

const char *const reading_style[] = {
    "section>p{color:var(--soft);max-width:58em}u{text-decoration:none;color:var(--soft)}\n",
    /* the sentence */
    ".reading{display:flex;flex-wrap:wrap;gap:6px 2px;font-size:20px;line-height:1.4}\n",
    ".reading span{display:flex;flex-direction:column;align-items:center;padding:3px 5px 2px;"
    "border-radius:4px;background:color-mix(in srgb,var(--c2) calc(var(--v)*75%),transparent)}"
    "\n",
    ".reading b{font-weight:500;white-space:pre-wrap}\n",
    ".reading small{font-size:11px;color:var(--soft);font-variant-numeric:tabular-nums}\n",
    /* cards */
    ".cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(236px,1fr));gap:14px}\n",
    ".cards figure{margin:0;padding:12px 14px 10px}\n",
    ".cards h3{color:var(--soft);font-weight:400;white-space:nowrap;overflow:hidden;"
    "direction:rtl;text-align:left;unicode-bidi:plaintext}.cards h3 b{color:var(--ink)}\n",
    ".cards ol{margin:0;padding-left:2.6em;font-size:14px;color:var(--soft)}\n",
    ".cards ol+ol{margin-top:4px;padding-top:4px;border-top:1px dotted var(--rule)}\n",
    ".cards li{position:relative}.cards li span{color:var(--ink);white-space:pre;"
    "display:inline-block;vertical-align:bottom;max-width:calc(78% - 4.4em);overflow:hidden;"
    "text-overflow:ellipsis}\n",
    ".cards li i{position:absolute;right:4.4em;top:.45em;height:.7em;width:20%;"
    "border-radius:2px;background:linear-gradient(to right,var(--c1) var(--w),transparent "
    "var(--w))}\n",
    ".cards li em{float:right;font-style:normal;font-variant-numeric:tabular-nums}\n",
    ".cards li.came{font-weight:600}.cards li.came span,.cards li.came::marker{color:var(--c2)}"
    ".cards li.came i{background:linear-gradient(to right,var(--c2) "
    "var(--w),transparent var(--w))}\n",
    /* maps */
    ".none{display:none}\n",
    ".maps{display:grid;grid-template-columns:repeat(var(--heads),minmax(72px,1fr));gap:10px;"
    "overflow-x:auto}\n",
    ".maps a{color:var(--soft);text-decoration:none;text-align:center}\n",
    ".maps small{font-size:11px;line-height:1.3;display:block}\n",
    ".maps svg{background:var(--panel);border:1px solid var(--rule);border-radius:4px}\n",
    ".maps a:hover svg{border-color:var(--c1)}\n",
    "symbol path{fill:var(--c1);stroke:none;shape-rendering:crispEdges}\n",
    ".a1{opacity:.1}.a2{opacity:.2}.a3{opacity:.32}.a4{opacity:.45}.a5{opacity:.58}"
    ".a6{opacity:.72}.a7{opacity:.86}\n",
    ".large{display:none}.large:target{display:block}\n",
    ".large svg{max-width:none}.large text{fill:var(--ink)}.large tspan{fill:var(--soft)}\n",
    "@media(max-width:640px){.reading{font-size:18px}.cards{grid-template-columns:1fr}}\n",
    NULL,
};
