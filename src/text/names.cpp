// SPDX-License-Identifier: Apache-2.0
#include "text/names.h"

#include "support/errors.h"
#include "text/text.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace soundfold {
namespace {

std::string mapped(const std::string& text, int options) {
  utf8proc_uint8_t* result = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &result, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, std::free);
  if (size < 0) throw DataError("the name '" + shown(text) + "' is not UTF-8 text");
  return {reinterpret_cast<const char*>(result), static_cast<std::size_t>(size)};
}

bool is_blank(utf8proc_int32_t character) {
  const bool control = (character >= '\t' && character <= '\r') || character == 0x85;
  if (control) return true;
  const auto category = utf8proc_category(character);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP;
}

/// `text`, which is UTF-8, with its runs of white space as single blanks and none at its ends.
std::string single_blanks(const std::string& text) {
  std::string tidy;
  bool pending = false;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t character = 0;
    const auto size = utf8proc_iterate(bytes + at, static_cast<utf8proc_ssize_t>(text.size() - at), &character);
    if (is_blank(character)) {
      pending = true;
    } else {
      if (pending && !tidy.empty()) tidy += ' ';
      pending = false;
      tidy.append(text, at, static_cast<std::size_t>(size));
    }
    at += static_cast<std::size_t>(size);
  }
  return tidy;
}

}  // namespace

std::string tidy_name(const std::string& name) {
  return single_blanks(mapped(name, 0));
}

std::string name_key(const std::string& name) {
  return mapped(tidy_name(name), UTF8PROC_CASEFOLD);
}

std::optional<std::size_t> find_name(const std::string& given, const std::vector<std::string>& names) {
  const auto exact = std::find(names.begin(), names.end(), given);
  if (exact != names.end()) return static_cast<std::size_t>(exact - names.begin());
  const auto key = name_key(given);
  const auto similar =
      std::find_if(names.begin(), names.end(), [&](const auto& name) { return name_key(name) == key; });
  if (similar == names.end()) return std::nullopt;
  return static_cast<std::size_t>(similar - names.begin());
}

}  // namespace soundfold
