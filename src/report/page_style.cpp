// SPDX-License-Identifier: Apache-2.0
#include "report/page_style.h"

namespace soundfold::report {

const char* const kPageStyle = R"(
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--faint:#5d6570;--line:#d5d9df;--card:#f6f7f9;--link:#0a58b5}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#14171b;--faint:#a3abb6;--line:#363c44;--card:#1c2026;--link:#7db4f5}}
*{box-sizing:border-box}html{scroll-padding-top:1rem}
body{margin:0 auto;max-width:1600px;padding:1rem clamp(.8rem,3vw,2.5rem) 4rem;color:var(--ink);background:var(--paper);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .3rem}p,li{max-width:85ch}p{margin:.4rem 0}a{color:var(--link)}ul{padding-left:1.2rem;margin:.4rem 0}
nav{margin:1rem 0;border:solid var(--line);border-width:1px 0;padding:.3rem 0}nav a{display:inline-block;margin:.15rem 1rem .15rem 0}
.big{font-size:2.6rem;font-weight:650;line-height:1.1}.faint{color:var(--faint)}
svg{max-width:100%;height:auto;display:block}svg a{outline-offset:2px}svg a:focus-visible{outline:2px solid var(--link)}
.wide{overflow-x:auto}.wide:focus-visible,.card:focus-visible{outline:2px solid var(--link)}
.cards{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,370px),1fr))}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem;min-width:0}
.card p{margin:.25rem 0}.card :is(.by){font-size:.9rem}
:is(.card,.player,tr,li):target{outline:3px solid var(--link)}
.players,.multiples{display:grid;gap:.6rem 1rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,250px),1fr))}
.player{min-width:0;font-size:.9rem}.side{display:flex;flex-wrap:wrap;gap:1rem 2.5rem}.side>*{min-width:0;max-width:100%}
audio{width:100%;height:36px;margin:.3rem 0}
a.hear{text-decoration-style:dotted;white-space:normal}a.hear::before{content:"\25B6\FE0E\00A0";font-size:.8em}
a.hear.playing::before{content:"\25A0\FE0E\00A0"}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem .9rem;padding:0;max-width:none;font-size:.9rem}
.legend i{display:inline-block;width:.8em;height:.8em;border-radius:50%;margin-right:.35em}
.legend button{all:unset;cursor:pointer}.legend button:focus-visible{outline:2px solid var(--link)}
.legend button[aria-pressed=true]{font-weight:650;text-decoration:underline}
.map.one g[data-class]:not(.on){opacity:.08}.map circle[data-point]{cursor:pointer}
table{border-collapse:collapse;overflow-wrap:break-word;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .7rem .2rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:middle}
td.n{white-space:nowrap}figure{margin:0}td.n{text-align:right}td{min-width:3.5rem;max-width:28rem}td bdi{overflow-wrap:break-word}
th button{all:unset;cursor:pointer;text-decoration:underline dotted}th button:focus-visible{outline:2px solid var(--link)}
.bar{width:80px;height:8px}@media(max-width:480px){.bar{width:40px}}
summary{cursor:pointer;margin:.5rem 0}code,pre{font-family:ui-monospace,monospace}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem;overflow-x:auto;white-space:pre-wrap;font-size:.85rem}
@media print{body{max-width:none;font-size:11px}.card,tr,.multiples>*{break-inside:avoid}audio,nav,.keys{display:none}a{color:inherit}
.wide{overflow:visible}.cards{grid-template-columns:repeat(3,1fr)}}
)";

}  // namespace soundfold::report
