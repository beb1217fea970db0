// SPDX-License-Identifier: Apache-2.0
#include "pictures/png.h"

#include "pictures/svg.h"
#include "support/errors.h"

#include <png.h>

#include <array>

namespace soundfold::pictures {

std::string base64(const std::string& bytes) {
  constexpr const char* kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    }
    for (std::size_t j = 0; j < 4; ++j) text += i + j > bytes.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63];
  }
  return text;
}

std::string png_of_levels(const std::vector<std::uint8_t>& levels, int width, int height) {
  std::array<std::uint8_t, 3 * kLevels> colours{};
  for (std::size_t i = 0; i < kLevels; ++i) {
    const auto colour = viridis(static_cast<double>(i) / (kLevels - 1));
    colours[3 * i] = colour.red;
    colours[3 * i + 1] = colour.green;
    colours[3 * i + 2] = colour.blue;
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = PNG_FORMAT_RGB_COLORMAP;
  image.colormap_entries = kLevels;
  std::string bytes(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 2 + 4096, '\0');
  png_alloc_size_t size = bytes.size();
  if (png_image_write_to_memory(&image, bytes.data(), &size, 0, levels.data(), width, colours.data()) == 0) {
    throw DataError(std::string("a picture could not be written as PNG: ") + image.message);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace soundfold::pictures
