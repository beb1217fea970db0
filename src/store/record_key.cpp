// SPDX-License-Identifier: Apache-2.0
#include "store/record_key.h"

#include "support/errors.h"

#include <charconv>

namespace soundfold::store {
namespace {

constexpr std::size_t kWordDigits = 16;
constexpr std::size_t kKeyDigits = 65;
/// Where in the text each word starts.
constexpr std::array<std::size_t, 4> kStarts = {0, 16, 33, 49};

}  // namespace

RecordKey::RecordKey(std::string_view text) {
  bool sound = text.size() == kKeyDigits && text[32] == '-';
  for (std::size_t word = 0; sound && word < words_.size(); ++word) {
    const char* const start = text.data() + kStarts[word];
    const auto [end, error] = std::from_chars(start, start + kWordDigits, words_[word], 16);
    sound = error == std::errc{} && end == start + kWordDigits;
  }
  if (!sound || this->text() != text) {
    throw UsageError("'" + std::string(text) + "' is not a valid embedding key; expected <32 digits>-<32 digits>");
  }
}

std::string RecordKey::text() const {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(kKeyDigits, '-');
  for (std::size_t word = 0; word < words_.size(); ++word) {
    for (std::size_t digit = 0; digit < kWordDigits; ++digit) {
      text[kStarts[word] + digit] = kDigits[words_[word] >> (60 - 4 * digit) & 15];
    }
  }
  return text;
}

}  // namespace soundfold::store
