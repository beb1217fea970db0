// SPDX-License-Identifier: Apache-2.0
#include "text/internal/csv_text.h"

#include "support/errors.h"
#include "text/csv.h"
#include "text/text.h"

#include <utf8proc.h>

#include <cstdint>

namespace soundfold {
namespace {

void append_utf8(std::string& text, std::uint32_t character) {
  utf8proc_uint8_t bytes[4];
  const auto size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

/// UTF-16 after its mark. Characters beyond 0xFFFF are pairs of a high (0xD800-0xDBFF) and a low surrogate
/// (0xDC00-0xDFFF).
std::string from_utf16(const std::string& bytes, bool big_endian, const std::string& name) {
  if (bytes.size() % 2 != 0) throw DataError(name + ": UTF-16 text of an odd number of bytes; it was truncated");
  const auto unit_at = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]), second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<std::uint32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  std::string text;
  text.reserve(bytes.size() / 2);
  for (std::size_t at = 2; at < bytes.size(); at += 2) {
    std::uint32_t character = unit_at(at);
    if (character >= 0xD800 && character < 0xE000) {
      const std::uint32_t low = at + 3 < bytes.size() ? unit_at(at + 2) : 0;
      if (character >= 0xDC00 || low < 0xDC00 || low >= 0xE000) {
        throw DataError(name + ": damaged UTF-16 text at byte " + std::to_string(at) + "; save it as UTF-8");
      }
      character = 0x10000 + ((character - 0xD800) << 10) + (low - 0xDC00);
      at += 2;
    }
    append_utf8(text, character);
  }
  return text;
}

std::string separator_text(char separator) {
  return separator == '\t' ? "tab" : std::string("'") + separator + "'";
}

}  // namespace

std::string csv_as_utf8(const std::string& bytes, const std::string& name) {
  if (begins_with(bytes, "\xef\xbb\xbf")) return bytes.substr(3);
  const bool little_endian = begins_with(bytes, "\xff\xfe");
  if (little_endian || begins_with(bytes, "\xfe\xff")) return from_utf16(bytes, !little_endian, name);
  if (bytes.size() > 1 && (bytes[0] == '\0') != (bytes[1] == '\0')) {
    throw DataError(name + ": looks like UTF-16 without a byte-order mark; convert it: iconv -f UTF-16" +
                    (bytes[0] == '\0' ? "BE" : "LE") + " -t UTF-8 OLD.csv > NEW.csv");
  }
  return bytes;
}

char csv_separator(const std::string& text, const std::string& name) {
  char separator = '\0';
  bool quoted = false;
  for (std::size_t at = text.find_first_not_of("\r\n"); at < text.size(); ++at) {
    const char letter = text[at];
    if (letter == '"') quoted = !quoted;
    if (quoted) continue;
    if (letter == '\n' || letter == '\r') break;
    if ((letter != ',' && letter != ';' && letter != '\t') || letter == separator) continue;
    if (separator != '\0') {
      throw DataError(name + ": the header holds both " + separator_text(separator) + " and " + separator_text(letter) +
                      "; separate the columns by one of them, or quote the names");
    }
    separator = letter;
  }
  return separator == '\0' ? ',' : separator;
}

}  // namespace soundfold
