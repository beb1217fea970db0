// SPDX-License-Identifier: Apache-2.0
#include "packing.h"

#include <algorithm>
#include <cstring>

namespace soundfold::fuzz {
namespace {

constexpr char kEscape = '\xA7';
constexpr std::size_t kWord = 4;
constexpr std::size_t kShortestRun = 4;        // words; shorter ones cost more than they save
constexpr std::size_t kLongestRun = 0xFFFFFF;  // words
constexpr std::size_t kHeadBytes = 4;          // escape and number

std::size_t number_at(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at + i])); };
  return byte(0) | byte(1) << 8 | byte(2) << 16;
}

/// How many consecutive words from `at` on are equal.
std::size_t run_at(std::string_view bytes, std::size_t at) {
  std::size_t words = 0;
  while (words < kLongestRun && at + (words + 1) * kWord <= bytes.size() &&
         bytes.compare(at + words * kWord, kWord, bytes, at, kWord) == 0) {
    ++words;
  }
  return words;
}

/// Doubles what is there: much faster than word by word.
void append_run(std::string& out, std::string_view word, std::size_t words) {
  const std::size_t start = out.size();
  const std::size_t bytes = words * kWord;
  out.resize(start + bytes);
  std::memcpy(out.data() + start, word.data(), kWord);
  for (std::size_t done = kWord; done < bytes; done *= 2) {
    std::memcpy(out.data() + start + done, out.data() + start, std::min(done, bytes - done));
  }
}

}  // namespace

std::string unpacked(std::string_view bytes, std::size_t most_bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size() && out.size() < most_bytes;) {
    const bool run = bytes[at] == kEscape && at + kHeadBytes <= bytes.size();
    const std::size_t words = run ? number_at(bytes, at + 1) : 0;
    if (words > 0 && at + kHeadBytes + kWord <= bytes.size()) {
      append_run(out, bytes.substr(at + kHeadBytes, kWord), std::min(words, (most_bytes - out.size()) / kWord + 1));
      at += kHeadBytes + kWord;
    } else {
      out += bytes[at];
      at += run && words == 0 ? kHeadBytes : 1;
    }
  }
  out.resize(std::min(out.size(), most_bytes));
  return out;
}

std::string packed(std::string_view bytes) {
  std::string out;
  const auto append_head = [&](std::size_t words) {
    out += kEscape;
    for (int shift = 0; shift < 24; shift += 8) out += static_cast<char>(words >> shift & 0xFF);
  };
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t words = run_at(bytes, at);
    if (words >= kShortestRun) {
      append_head(words);
      out.append(bytes, at, kWord);
      at += words * kWord;
    } else {
      bytes[at] == kEscape ? append_head(0) : out.push_back(bytes[at]);
      ++at;
    }
  }
  return out;
}

}  // namespace soundfold::fuzz
