// SPDX-License-Identifier: Apache-2.0
#include "store/recipe.h"

#include "support/errors.h"
#include "support/hashing.h"

#include <sstream>

namespace soundfold::store {
namespace {

void add_line(std::string& text, const std::string& name, const std::string& value) {
  if (value.find('\n') != std::string::npos) {
    throw UsageError("embedding recipe: " + name + " must be one line of text, but holds a line break");
  }
  text += name + "=" + value + "\n";
}

constexpr std::size_t kDigestDigits = 32;

bool is_record_key(std::string_view key) {
  return key.size() == 2 * kDigestDigits + 1 && key[kDigestDigits] == '-';
}

std::string value_or_none(const std::string& value) {
  return value.empty() ? "none" : value;
}

}  // namespace

std::string Recipe::text() const {
  std::string text;
  add_line(text, "weights_digest", weights_digest);
  add_line(text, "arithmetic", arithmetic);
  add_line(text, "conformance_number", std::to_string(conformance_number));
  if (!front_end.empty()) add_line(text, "front_end", front_end);
  add_line(text, "decode_recipe", decode_recipe);
  add_line(text, "patch_hop_frames", std::to_string(patch_hop_frames));
  add_line(text, "dtype", dtype);
  add_line(text, "variant", variant);
  return text;
}

std::string Recipe::digest() const {
  return hash_bytes(HashKind::xxh3_128, text());
}

std::string record_key(const std::string& audio_digest, const Recipe& recipe) {
  return audio_digest + "-" + recipe.digest();
}

std::string recipe_digest_of(std::string_view key) {
  return is_record_key(key) ? std::string(key.substr(kDigestDigits + 1)) : std::string();
}

std::string audio_digest_of(std::string_view key) {
  return is_record_key(key) ? std::string(key.substr(0, kDigestDigits)) : std::string();
}

std::filesystem::path means_file(const std::filesystem::path& folder, const std::string& recipe_digest) {
  return folder / ("means-" + recipe_digest + ".bin");
}

std::map<std::string, std::string> recipe_fields(const std::string& text) {
  std::map<std::string, std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto equals = line.find('=');
    lines[line.substr(0, equals)] = equals == std::string::npos ? "" : line.substr(equals + 1);
  }
  return lines;
}

std::string describe_difference(const std::string& here, const std::string& there) {
  auto ours = recipe_fields(here);
  auto theirs = recipe_fields(there);
  for (const auto& [name, value] : theirs) ours.try_emplace(name);
  std::string difference;
  for (const auto& [name, value] : ours) {
    const std::string other = theirs[name];
    if (value == other) continue;
    if (!difference.empty()) difference += ", ";
    difference += name + " (" + value_or_none(value) + " here, " + value_or_none(other) + " there)";
  }
  return difference;
}

}  // namespace soundfold::store
