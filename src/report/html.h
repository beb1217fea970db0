// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace soundfold::report {

/// A whole page around `body`, with our style and script in it. Its policy forbids browsers every request; sounds of
/// `file:` may be played when `files` is set. `numbers`, unless null, becomes the page's JSON block, with the id
/// "numbers"; text in it that is not UTF-8 is replaced.
std::string page(const std::string& title, const std::string& body, bool files = false,
                 const nlohmann::json& numbers = nullptr);

/// <h2> and what follows it, as a section with an `id` of letters; "" when `content` is empty.
std::string section(const std::string& id, const std::string& heading, const std::string& content);

/// A name as given by users: text, cut to 120 characters with the rest in its tip, and set apart from the direction of
/// the text around it.
std::string name_html(const std::string& name);

/// A table whose columns can be sorted (by a script) when `sortable`. Cells are HTML; short ones that begin with a
/// digit are set to the right and sorted as numbers.
std::string table(const std::vector<std::string>& header, const std::vector<std::vector<std::string>>& rows,
                  bool sortable = false);

/// "93.75 %", of a share of 1.
std::string percent(double share);

/// A picture that has links in it: screen readers then read what is inside, too.
std::string with_links(std::string picture);

}  // namespace soundfold::report
