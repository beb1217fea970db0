// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include "pictures/svg.h"

#include <cctype>

namespace soundfold::report {
namespace {

constexpr const char* kStyle = R"(
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--faint:#5d6570;--line:#d5d9df;--card:#f6f7f9;--link:#0a58b5}
@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--paper:#14171b;--faint:#a3abb6;--line:#363c44;--card:#1c2026;--link:#7db4f5}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1400px;padding:1rem clamp(.8rem,3vw,2.5rem) 4rem;color:var(--ink);background:var(--paper);
font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .3rem}p{margin:.4rem 0;max-width:75ch}a{color:var(--link)}
nav a{display:inline-block;margin-right:1rem}
.big{font-size:2.4rem;font-weight:650;line-height:1.1}.faint{color:var(--faint)}
svg{max-width:100%;height:auto;display:block}svg a{outline-offset:2px}
.wide{overflow-x:auto}
.cards{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr))}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem;min-width:0}
.card:target{outline:3px solid var(--link)}
audio{width:100%;height:36px;margin:.3rem 0}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .7rem .2rem 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:middle}
td.n,th{white-space:nowrap}td.n{text-align:right}td{min-width:3.5rem}
th button{all:unset;cursor:pointer;text-decoration:underline dotted}th button:focus-visible{outline:2px solid var(--link)}
.bar{width:110px;height:8px}
pre{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem;overflow-x:auto;white-space:pre-wrap;font-size:.85rem}
@media print{body{max-width:none;font-size:11px}.card{break-inside:avoid}audio,nav{display:none}details{display:block}}
)";

// Sorting, and one sound at a time. The page is read without it.
constexpr const char* kScript = R"(
for(const t of document.querySelectorAll('table.sortable'))t.querySelectorAll('th').forEach((th,c)=>{
if(!th.textContent)return;
const b=document.createElement('button');b.append(...th.childNodes);th.append(b);
b.onclick=()=>{const up=th.getAttribute('aria-sort')!=='ascending';
for(const o of t.querySelectorAll('th'))o.removeAttribute('aria-sort');
th.setAttribute('aria-sort',up?'ascending':'descending');
const v=r=>{const s=r.cells[c].textContent.trim(),n=parseFloat(s);return isNaN(n)?s:n};
const a=(x,y)=>typeof x===typeof y?(x<y?-1:x>y?1:0):typeof x==='number'?-1:1;
t.tBodies[0].append(...[...t.tBodies[0].rows].sort((x,y)=>(up?1:-1)*a(v(x),v(y))))}});
document.addEventListener('play',e=>{for(const a of document.querySelectorAll('audio'))if(a!==e.target)a.pause()},true);
)";

}  // namespace

std::string page(const std::string& title, const std::string& body, bool files) {
  const std::string media = files ? "data: file:" : "data:";
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
         "script-src 'unsafe-inline'; img-src data:; media-src " +
         media +
         "\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<link rel=\"icon\" "
         "href=\"data:,\">\n<title>" +
         pictures::escaped(pictures::shortened(title, 200)) + "</title>\n<style>" + kStyle +
         "</style>\n</head>\n<body>\n" + body + "\n<script>" + kScript + "</script>\n</body>\n</html>\n";
}

std::string section(const std::string& id, const std::string& heading, const std::string& content) {
  if (content.empty()) return "";
  return "<section id=\"" + id + "\">\n<h2>" + pictures::escaped(heading) + "</h2>\n" + content + "\n</section>\n";
}

std::string name_html(const std::string& name) {
  const auto cut = pictures::shortened(name, 120), whole = pictures::shortened(name, 10'000);
  return (cut == whole ? "<bdi>" : "<bdi title=\"" + pictures::escaped(whole) + "\">") + pictures::escaped(cut) +
         "</bdi>";
}

std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                  bool sortable) {
  std::string html = sortable ? "<div class=\"wide\" tabindex=\"0\"><table class=\"sortable\"><thead><tr>"
                              : "<div class=\"wide\" tabindex=\"0\"><table><thead><tr>";
  for (const auto& cell : header) html += "<th scope=\"col\">" + cell + "</th>";
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    html += "<tr>";
    for (const auto& cell : row) {
      const bool is_number = !cell.empty() && std::isdigit(static_cast<unsigned char>(cell.front())) != 0;
      html += (is_number ? "<td class=\"n\">" : "<td>") + cell + "</td>";
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace soundfold::report
