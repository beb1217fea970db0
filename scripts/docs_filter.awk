# SPDX-License-Identifier: Apache-2.0
# A page of Markdown for Doxygen: its title gets a name, links to other pages become references to those names, links to
# files that are not part of the site become plain text, pictures keep their file's name, and the picture of rooms (mermaid)
# becomes one for dot where dot=YES. Usage: awk -f docs_filter.awk -v dot=YES|NO -v root=FOLDER PAGE

BEGIN { RS = "\001" }

# The name of a page: page_docs_architecture.
function label(path) {
  if (path == "README.md") return "index"
  sub(/\.md$/, "", path)
  gsub(/[^A-Za-z0-9]/, "_", path)
  return "page_" path
}

# A path as a link in the folder of this page gives it, from the root on.
function resolved(target,    folder) {
  folder = page
  if (!sub(/\/[^\/]*$/, "", folder)) folder = ""
  while (sub(/^\.\.\//, "", target)) if (!sub(/\/[^\/]*$/, "", folder)) folder = ""
  return folder == "" ? target : folder "/" target
}

# Pages of the site, as docs/Doxyfile lists them.
function is_page(path) {
  return path ~ /^(README|CONTRIBUTING|CHANGELOG)\.md$/ || path ~ /^docs\/[^\/]*\.md$/ ||
         path ~ /^(data|experiments|models\/soundfold-small)\/README\.md$/
}

function with_links(text,    out, link, words, target) {
  out = ""
  while (match(text, /!?\[[^][]*\]\([^()]*\)/)) {
    out = out substr(text, 1, RSTART - 1)
    link = substr(text, RSTART, RLENGTH)
    text = substr(text, RSTART + RLENGTH)
    words = link
    sub(/^!?\[/, "", words)
    sub(/\]\([^()]*\)$/, "", words)
    target = link
    sub(/^!?\[[^][]*\]\(/, "", target)
    sub(/\)$/, "", target)
    if (target ~ /^[a-z]+:/) {
      out = out link
      continue
    }
    sub(/#.*/, "", target)
    target = target == "" ? "" : resolved(target)
    if (link ~ /^!/ && target ~ /^docs\/pictures\//) {  # found by IMAGE_PATH
      sub(/.*\//, "", target)
      out = out "![" words "](" target ")"
      continue
    }
    out = out (is_page(target) ? "[" words "](@ref " label(target) ")" : words)
  }
  return out text
}

# A "<" that is no comment or address, outside `code`, is text.
function with_signs(text,    piece, count, i, out) {
  count = split(text, piece, "`")
  for (i = 1; i <= count; ++i) {
    if (i % 2 == 1) {
      gsub(/<!/, "\002", piece[i])
      gsub(/<http/, "\003", piece[i])
      gsub(/</, "\\&lt;", piece[i])
      gsub(/\002/, "<!", piece[i])
      gsub(/\003/, "<http", piece[i])
    }
    out = out (i == 1 ? "" : "`") piece[i]
  }
  return out
}

# "a --> b" lines of a mermaid graph for dot.
function graph(text,    lines, count, i, out, ends) {
  out = "\n@dot\ndigraph rooms { rankdir=BT; node [shape=box, fontname=Helvetica, height=0.3];\n"
  count = split(text, lines, "\n")
  for (i = 1; i <= count; ++i) if (split(lines[i], ends, " *--> *") == 2) {
    gsub(/ /, "", ends[1])
    out = out ends[1] " -> " ends[2] ";\n"
  }
  return out "}\n@enddot\n"
}

{
  page = FILENAME
  if (index(page, root "/") == 1) page = substr(page, length(root) + 2)
  sub(/\n# [^\n]*|^# [^\n]*/, "& {#" (page == "README.md" ? "mainpage" : label(page)) "}")
  count = split($0, part, "```")
  for (i = 1; i <= count; ++i) {
    if (i % 2 == 1) printf "%s", with_signs(with_links(part[i]))
    else if (dot == "YES" && part[i] ~ /^mermaid/) printf "%s", graph(part[i])
    else printf "```%s```", part[i]
  }
}
