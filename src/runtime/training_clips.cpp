// SPDX-License-Identifier: Apache-2.0
#include "runtime/training_clips.h"

#include "support/errors.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace soundfold::runtime {
namespace {

constexpr std::size_t kDigits = 16;
constexpr std::size_t kWholeDigits = 32;
constexpr const char* kKind = "xxh3_128, first 16 digits";

/// Up to 16 lower-case hexadecimal digits; false for anything else.
bool read_number(std::string_view digits, std::uint64_t& number) {
  number = 0;
  for (const char digit : digits) {
    const bool decimal = digit >= '0' && digit <= '9';
    if (!decimal && !(digit >= 'a' && digit <= 'f')) return false;
    number = number << 4 | static_cast<std::uint64_t>(decimal ? digit - '0' : digit - 'a' + 10);
  }
  return digits.size() <= kDigits;
}

std::uint64_t shortened(const std::string& digest) {
  std::uint64_t number = 0;
  if (digest.size() != kWholeDigits || !read_number(std::string_view(digest).substr(0, kDigits), number)) {
    throw UsageError("'" + digest + "' is not an xxh3_128 digest of 32 hexadecimal digits");
  }
  return number;
}

std::vector<std::uint64_t> ascending(const std::vector<std::string>& digests) {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(digests.size());
  for (const auto& digest : digests) numbers.push_back(shortened(digest));
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

/// One text, 16 digits a file: a list of strings would take half as much again.
std::string joined(const std::vector<std::uint64_t>& numbers) {
  std::string text;
  text.reserve(numbers.size() * kDigits);
  for (const auto number : numbers) {
    char digits[kDigits + 1];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
    text += digits;
  }
  return text;
}

std::vector<std::uint64_t> separated(const nlohmann::json& clips, const char* key) {
  const auto found = clips.find(key);
  const bool text = found != clips.end() && found->is_string();
  const std::string digits = text ? found->get<std::string>() : "";
  std::vector<std::uint64_t> numbers(digits.size() / kDigits);
  bool fits = text && digits.size() % kDigits == 0;
  for (std::size_t i = 0; fits && i < numbers.size(); ++i) {
    fits = read_number(std::string_view(digits).substr(i * kDigits, kDigits), numbers[i]);
  }
  if (!fits || !std::is_sorted(numbers.begin(), numbers.end())) {
    throw DataError(std::string("the model's list of the clips it was made from cannot be read ('") + key +
                    "'); export it again");
  }
  return numbers;
}

bool contains(const std::vector<std::uint64_t>& numbers, const std::string& digest) {
  return std::binary_search(numbers.begin(), numbers.end(), shortened(digest));
}

}  // namespace

TrainingClips::TrainingClips(const std::vector<std::string>& train_digests,
                             const std::vector<std::string>& validation_digests)
    : train_(ascending(train_digests)), validation_(ascending(validation_digests)), known_(true) {}

TrainingClips TrainingClips::from_metadata(const nlohmann::json& metadata) {
  TrainingClips clips;
  const auto found = metadata.is_object() ? metadata.find(kMetadataKey) : metadata.end();
  if (found == metadata.end()) return clips;
  if (!found->is_object() || found->value("digest", nlohmann::json()) != kKind) {
    throw DataError("the model's list of the clips it was made from is of an unknown kind; use a newer Soundfold");
  }
  clips.train_ = separated(*found, "train");
  clips.validation_ = separated(*found, "validation");
  clips.known_ = true;
  return clips;
}

nlohmann::json TrainingClips::to_json() const {
  return {{"digest", kKind}, {"train", joined(train_)}, {"validation", joined(validation_)}};
}

bool TrainingClips::trained_on(const std::string& digest) const {
  return contains(train_, digest);
}

bool TrainingClips::validated_on(const std::string& digest) const {
  return contains(validation_, digest);
}

}  // namespace soundfold::runtime
