/* What the tokenizers' page adds to the style of all pages.
 * SPDX-License-Identifier: MIT */
#include "token_internal.h"

#include <stddef.h>

const char *const token_style[] = {
    ":root{--t0:#dbe7f3;--t1:#f6e3d3;--t2:#e0ecdf;--t3:#efe3f1;--t4:#f5edc9;--heat:42,98,143;--"
    "alarm:196,101,47}"
    "\n",
    "@media(prefers-color-scheme:dark){:root{--t0:#27394b;--t1:#4a3526;--t2:#28402f;"
    "--t3:#41304a;--t4:#474024;--heat:121,174,221;--alarm:229,154,110}}\n",
    "p.note{color:var(--soft);font-size:13px;line-height:1.55;margin:-6px 0 "
    "12px;max-width:58em}\n",
    "section>p{color:var(--soft);max-width:58em}\n",
    "h3 small,dt small,th small,td small{font-weight:400;color:var(--soft);font-size:12px}\n",
    "h3 small{margin-left:.8em}\n",
    ":lang(ja){line-break:strict}\n",
    /* the headline */
    "table.head td{padding-top:5px;padding-bottom:5px;line-height:1.3}\n",
    "table.head td small{display:block;font-size:11px;letter-spacing:-.01em}\n",
    "table.head th{white-space:nowrap}table.head td.l{min-width:0;white-space:nowrap}\n",
    "td.l i{font-style:normal;color:var(--soft);font-weight:400;display:inline-block;"
    "min-width:2em;font-size:12px}\n",
    "td.best{font-weight:700}td.best small{font-weight:400}\n",
    /* heat */
    "table.heat{width:auto;min-width:60%}\n",
    "table.heat td{text-align:center;padding:5px 8px;min-width:3.6em;border:1px solid "
    "var(--panel);background:rgba(var(--heat),calc(.04 + var(--v,0)*.46))}\n",
    "table.alarm td{background:rgba(var(--alarm),calc(var(--v,0)*.5))}\n",
    "table.heat td:first-child{position:static;font-weight:400}\n",
    "table.heat td.best{font-weight:700}\n",
    "table.heat th{text-align:center;padding:4px 6px 6px;max-width:7.5em;border-bottom:0}\n",
    "table.heat th small{display:block}\n",
    "table.heat th.l{text-align:left;padding-left:0;padding-right:14px;position:sticky;left:0;"
    "background:var(--panel);white-space:nowrap}\n",
    "table.heat tbody th.l{color:var(--ink);font-size:14px;vertical-align:middle}\n",
    /* charts */
    "svg .name,svg .row{fill:var(--ink);font-weight:400}svg .best{font-weight:700}svg "
    ".name{paint-order:stroke;stroke:var(--panel);stroke-width:3px}\n",
    "svg .axis-name{font-weight:600}\n",
    "svg .frontier{stroke:var(--c1);stroke-width:1.5;stroke-dasharray:2 4;opacity:.8}\n",
    "svg .whisker{stroke:var(--soft);stroke-width:1;opacity:.55}\n",
    "svg .span{stroke:var(--c1);stroke-width:2;opacity:.35}\n",
    "svg .hollow{fill:var(--panel);stroke:var(--c1);stroke-width:2}\n",
    /* cut text */
    ".cuts h3{font-size:15px;font-weight:600}\n",
    ".cuts dl{margin:0;display:grid;grid-template-columns:max-content minmax(0,1fr);gap:7px "
    "18px;"
    "align-items:baseline}\n",
    ".cuts dl>div{display:contents}\n",
    ".cuts dt{font-size:14px;font-weight:500;white-space:nowrap;display:flex;"
    "justify-content:space-between;gap:14px;font-variant-numeric:tabular-nums}\n",
    ".cuts dd{margin:0;font-size:16px;line-height:1.75;overflow-wrap:anywhere}\n",
    ".cuts span,.chips span{padding:2px 1px;border-radius:3px;white-space:pre-wrap;"
    "-webkit-box-decoration-break:clone;box-decoration-break:clone}\n",
    ".cuts span:hover{outline:2px solid var(--c1)}\n",
    ".t0{background:var(--t0)}.t1{background:var(--t1)}.t2{background:var(--t2)}"
    ".t3{background:var(--t3)}.t4{background:var(--t4)}\n",
    ".cuts u,.chips u{text-decoration:none;color:var(--soft);opacity:.7}\n",
    ".cuts span.hex,.chips span.hex{font:600 10.5px/1 ui-monospace,Menlo,Consolas,monospace;"
    "padding:2px 3px;margin:0 1px;border:1px dashed var(--c2);background:none;color:var(--c2);"
    "vertical-align:1px}\n",
    /* tokens by themselves */
    ".chips{margin:0;display:grid;grid-template-columns:max-content minmax(0,1fr);gap:10px "
    "18px}\n",
    ".chips>div{display:contents}.chips dt{font-size:14px;font-weight:500}\n",
    ".chips dt small{display:block}\n",
    ".chips dd{margin:0;display:flex;flex-wrap:wrap;gap:5px 6px;font-size:14px;align-content:"
    "flex-start}\n",
    ".chips dd span{padding:1px "
    "6px;background:var(--t0);overflow-wrap:anywhere;line-height:1.5}\n",
    "dl.define{margin:0;display:grid;gap:8px;max-width:58em}dl.define dd{margin:0}\n",
    "@media(max-width:640px){.cuts dl,.chips{grid-template-columns:minmax(0,1fr);gap:2px}"
    ".cuts dt,.chips "
    "dt{margin-top:9px;font-size:13px;color:var(--soft);justify-content:flex-start}"
    ".chips dt small{display:inline;margin-left:.8em}.cuts dd{font-size:15px}"
    "table.heat td{min-width:3.2em;padding:5px 5px}"
    "table.heat tbody th.l,table.heat th.l{font-size:13px;padding-right:8px}"
    "table.head td.l,table.heat th.l{white-space:normal;overflow-wrap:break-word;"
    "min-width:7.4em;max-width:8.6em}td.l i{min-width:1.5em}}\n",
    NULL,
};
