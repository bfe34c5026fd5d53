/* The style sheet: one column of text, two of figures, six colours, light and dark.
 * SPDX-License-Identifier: MIT */
#include "page_internal.h"

#include <stddef.h>

const char *const page_style[] = {
    ":root{color-scheme:light dark;--paper:#faf9f6;--panel:#fff;--ink:#20242a;--soft:#646e79;"
    "--rule:#e3dfd6;--grid:#ece9e2;--c1:#2a628f;--c2:#c4652f;--c3:#b58a22;--c4:#8468a8;"
    "--c5:#4d8b66;--c6:#8b929a;--warn:#fbeee6;--warnrule:#dfa37f}\n",
    "@media(prefers-color-scheme:dark){:root{--paper:#14171a;--panel:#1b1f23;--ink:#e6e4df;"
    "--soft:#9aa3ad;--rule:#31373d;--grid:#282d33;--c1:#79aedd;--c2:#e59a6e;--c3:#d8b75d;"
    "--c4:#b7a0da;--c5:#85c09a;--c6:#7d858e;--warn:#33261f;--warnrule:#8a5a3d}}\n",
    "*{box-sizing:border-box}\n",
    "body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.6 system-ui,"
    "-apple-system,'Segoe UI','Hiragino Sans','Yu Gothic UI','Noto Sans JP',"
    "'Noto Sans CJK JP',sans-serif;-webkit-text-size-adjust:100%}\n",
    "main,header,footer{max-width:1064px;margin:0 auto;padding:0 32px}\n",
    "header{padding-top:48px;padding-bottom:8px}\n",
    "h1{font-size:28px;line-height:1.25;font-weight:650;letter-spacing:-.01em;margin:0}\n",
    "header p{margin:6px 0 0;color:var(--soft)}\n",
    "h2{font-size:19px;font-weight:650;line-height:1.3;margin:0;padding-top:16px;"
    "border-top:1px solid var(--rule)}\n",
    "h3{font-size:14px;font-weight:600;line-height:1.4;margin:0 0 10px}\n",
    "section{display:flex;flex-direction:column;gap:24px;margin:36px 0 0}\n",
    "section>*{min-width:0;margin:0}\n",
    "section>.halves{columns:2;column-gap:24px;orphans:1;widows:1;margin-bottom:-24px}\n",
    ".halves figure{display:inline-block;width:100%;margin:0 0 24px}\n",
    "section>p{max-width:46em}\n",
    "figure{background:var(--panel);border:1px solid var(--rule);border-radius:8px;"
    "padding:16px 18px 14px}\n",
    "p.warning{background:var(--warn);border-left:3px solid var(--warnrule);max-width:none;"
    "padding:10px 16px;border-radius:4px;overflow-wrap:anywhere}\n",
    "footer{padding-top:40px;padding-bottom:48px;color:var(--soft);font-size:13px}\n",
    /* facts */
    "dl.facts{display:grid;grid-template-columns:repeat(var(--n),minmax(0,1fr));gap:1px;"
    "background:var(--rule);border:1px solid var(--rule);border-radius:8px;overflow:hidden}\n",
    "dl.facts div{background:var(--panel);padding:14px 18px}\n",
    "dl.facts dt{color:var(--soft);font-size:13px}\n",
    "dl.facts dd{margin:0;font-size:24px;line-height:1.3;font-weight:600;letter-spacing:-.01em;"
    "font-variant-numeric:tabular-nums;white-space:nowrap}\n",
    "dl.facts dd+dd{font-size:13px;font-weight:400;letter-spacing:0;color:var(--soft);"
    "white-space:normal}\n",
    /* tables */
    ".scroll{overflow-x:auto}\n",
    "table{border-collapse:collapse;width:100%;font-size:14px;"
    "font-variant-numeric:tabular-nums}\n",
    "th,td{padding:6px 0 6px 16px;text-align:right;white-space:nowrap;vertical-align:top}\n",
    "th{color:var(--soft);font-weight:500;font-size:13px;line-height:1.35;white-space:normal;"
    "border-bottom:1px solid var(--rule);"
    "vertical-align:bottom}\n",
    "th:first-child,td:first-child{padding-left:0}\n",
    "td{border-bottom:1px solid var(--grid)}\n",
    "tr:last-child td{border-bottom:0}\n",
    ".l{text-align:left}\n",
    "td.w{white-space:normal}td.l{min-width:9em}td.l{white-space:normal;overflow-wrap:break-"
    "word}\n",
    "td:first-child{font-weight:500}\n",
    ".scroll th:first-child,.scroll td:first-child{position:sticky;left:0;"
    "background:var(--panel)}\n",
    /* bars */
    ".legend{display:flex;flex-wrap:wrap;gap:4px 18px;color:var(--soft);font-size:13px;"
    "margin:-4px 0 10px}\n",
    ".legend i{display:inline-block;width:10px;height:10px;border-radius:2px;"
    "margin-right:6px}\n",
    ".bars{display:grid;grid-template-columns:fit-content(34%) minmax(0,1fr) max-content;"
    "gap:9px 14px;align-items:center;font-size:14px;font-variant-numeric:tabular-nums}\n",
    ".bars>div{display:contents}\n",
    ".bars span{overflow-wrap:anywhere;line-height:1.35}\n",
    ".bars b{display:flex;height:16px;gap:1px}\n",
    ".bars b i{display:block;min-width:2px;border-radius:2px}\n",
    ".bars em{font-style:normal;color:var(--soft);text-align:right;white-space:nowrap}\n",
    ".k1{background:var(--c1)}.k2{background:var(--c2)}.k3{background:var(--c3)}"
    ".k4{background:var(--c4)}.k5{background:var(--c5)}.k6{background:var(--c6)}\n",
    /* curves */
    "svg{display:block;width:100%;height:auto}\n",
    "svg text{font-size:12px;fill:var(--soft);font-variant-numeric:tabular-nums}\n",
    "svg .grid{stroke:var(--grid);stroke-width:1}\n",
    "svg .axis{stroke:var(--rule);stroke-width:1}\n",
    "svg path{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}\n",
    "svg path.faint{stroke-width:1;opacity:.35}\n",
    ".s1{stroke:var(--c1)}.s2{stroke:var(--c2)}.s3{stroke:var(--c3)}.s4{stroke:var(--c4)}"
    ".s5{stroke:var(--c5)}.s6{stroke:var(--c6)}\n",
    "svg .f1{fill:var(--c1)}svg .f2{fill:var(--c2)}svg .f3{fill:var(--c3)}"
    "svg .f4{fill:var(--c4)}svg .f5{fill:var(--c5)}svg .f6{fill:var(--c6)}\n",
    "svg .name{font-weight:600}\n",
    ".narrow{display:none}\n",
    /* samples */
    "blockquote{background:var(--panel);border:1px solid var(--rule);border-radius:8px;"
    "padding:14px 18px;white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.75}\n",
    "blockquote strong{color:var(--c1);font-weight:600}\n",
    "@media(max-width:640px){main,header,footer{padding-left:16px;padding-right:16px}"
    "header{padding-top:28px}h1{font-size:23px}section{"
    "gap:16px;margin-top:28px}section>.halves{columns:1;margin-bottom:-16px}.halves "
    "figure{margin-bottom:16px}figure{padding:14px 14px 12px}dl.facts{"
    "grid-template-columns:repeat(2,minmax(0,1fr))}dl.facts div{padding:10px 14px}dl.facts "
    "div:last-child:nth-child(odd){grid-column:1/-1}"
    "dl.facts dd{font-size:20px}.wide{display:none}.narrow{display:block}"
    ".bars{display:block}.bars>div{display:grid;grid-template-columns:minmax(0,1fr) "
    "max-content;"
    "gap:2px 12px;margin-bottom:10px}.bars b{order:3;grid-column:1/-1;height:12px}"
    "th,td{padding-left:14px}}\n",
    "@media print{body{background:#fff}figure,blockquote{break-inside:avoid}}\n",
    NULL,
};
