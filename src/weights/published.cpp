// SPDX-License-Identifier: Apache-2.0
#include "weights/published.h"

#include <algorithm>

namespace soundfold::weights {
namespace {

constexpr std::uint32_t kCrcPolynomial = 0x82F63B78;  // 0x1EDC6F41, lowest bit first

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t rest = byte;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? kCrcPolynomial : 0);
    table[byte] = rest;
  }
  return table;
}

constexpr auto kCrcTable = make_crc_table();

/// From the index of the float YAMNet's SavedModel, in which TensorFlow keeps shape and CRC-32C of every variable.
constexpr std::array<PublishedTensor, 110> kTensors = {{
    {"layer1/conv/kernel:0", {3, 3, 1, 32}, 0xd44a9dd1},
    {"layer1/conv/bn/beta:0", {32}, 0xaa54703e},
    {"layer1/conv/bn/moving_mean:0", {32}, 0xcf6b538c},
    {"layer1/conv/bn/moving_variance:0", {32}, 0xab21fbcf},
    {"layer2/depthwise_conv/depthwise_kernel:0", {3, 3, 32, 1}, 0xbf8df046},
    {"layer2/depthwise_conv/bn/beta:0", {32}, 0xd0b88b9d},
    {"layer2/depthwise_conv/bn/moving_mean:0", {32}, 0x9317fe5b},
    {"layer2/depthwise_conv/bn/moving_variance:0", {32}, 0xd4461e65},
    {"layer2/pointwise_conv/kernel:0", {1, 1, 32, 64}, 0xf4d2fbff},
    {"layer2/pointwise_conv/bn/beta:0", {64}, 0xe291fa25},
    {"layer2/pointwise_conv/bn/moving_mean:0", {64}, 0xf0e054b7},
    {"layer2/pointwise_conv/bn/moving_variance:0", {64}, 0xc1f2a7fa},
    {"layer3/depthwise_conv/depthwise_kernel:0", {3, 3, 64, 1}, 0x23592316},
    {"layer3/depthwise_conv/bn/beta:0", {64}, 0x7091c86f},
    {"layer3/depthwise_conv/bn/moving_mean:0", {64}, 0xf69f7b21},
    {"layer3/depthwise_conv/bn/moving_variance:0", {64}, 0x9f1e09fd},
    {"layer3/pointwise_conv/kernel:0", {1, 1, 64, 128}, 0xe229b85d},
    {"layer3/pointwise_conv/bn/beta:0", {128}, 0xd125c2b9},
    {"layer3/pointwise_conv/bn/moving_mean:0", {128}, 0xf677a7bd},
    {"layer3/pointwise_conv/bn/moving_variance:0", {128}, 0x06d12b93},
    {"layer4/depthwise_conv/depthwise_kernel:0", {3, 3, 128, 1}, 0x404d689e},
    {"layer4/depthwise_conv/bn/beta:0", {128}, 0x38d7b210},
    {"layer4/depthwise_conv/bn/moving_mean:0", {128}, 0x4052d416},
    {"layer4/depthwise_conv/bn/moving_variance:0", {128}, 0xb166ac51},
    {"layer4/pointwise_conv/kernel:0", {1, 1, 128, 128}, 0x5fee7de4},
    {"layer4/pointwise_conv/bn/beta:0", {128}, 0xd131a18e},
    {"layer4/pointwise_conv/bn/moving_mean:0", {128}, 0x2274d8d5},
    {"layer4/pointwise_conv/bn/moving_variance:0", {128}, 0xf3ed40c5},
    {"layer5/depthwise_conv/depthwise_kernel:0", {3, 3, 128, 1}, 0x4cc7b8a1},
    {"layer5/depthwise_conv/bn/beta:0", {128}, 0x36da4894},
    {"layer5/depthwise_conv/bn/moving_mean:0", {128}, 0xad57301e},
    {"layer5/depthwise_conv/bn/moving_variance:0", {128}, 0xdd893e6c},
    {"layer5/pointwise_conv/kernel:0", {1, 1, 128, 256}, 0x17eaeb43},
    {"layer5/pointwise_conv/bn/beta:0", {256}, 0x671be564},
    {"layer5/pointwise_conv/bn/moving_mean:0", {256}, 0xe26d09d8},
    {"layer5/pointwise_conv/bn/moving_variance:0", {256}, 0x6f0ca7e5},
    {"layer6/depthwise_conv/depthwise_kernel:0", {3, 3, 256, 1}, 0xb1aea5a2},
    {"layer6/depthwise_conv/bn/beta:0", {256}, 0xbbf4d950},
    {"layer6/depthwise_conv/bn/moving_mean:0", {256}, 0xe03b5eb7},
    {"layer6/depthwise_conv/bn/moving_variance:0", {256}, 0x3b028120},
    {"layer6/pointwise_conv/kernel:0", {1, 1, 256, 256}, 0x3a9d8da3},
    {"layer6/pointwise_conv/bn/beta:0", {256}, 0x425bacbc},
    {"layer6/pointwise_conv/bn/moving_mean:0", {256}, 0x9fc0baf0},
    {"layer6/pointwise_conv/bn/moving_variance:0", {256}, 0x5c0850ec},
    {"layer7/depthwise_conv/depthwise_kernel:0", {3, 3, 256, 1}, 0x48541963},
    {"layer7/depthwise_conv/bn/beta:0", {256}, 0x649cebb3},
    {"layer7/depthwise_conv/bn/moving_mean:0", {256}, 0x7652e9f9},
    {"layer7/depthwise_conv/bn/moving_variance:0", {256}, 0x9b4b7ab2},
    {"layer7/pointwise_conv/kernel:0", {1, 1, 256, 512}, 0x7301a312},
    {"layer7/pointwise_conv/bn/beta:0", {512}, 0xd2256756},
    {"layer7/pointwise_conv/bn/moving_mean:0", {512}, 0x35b2858e},
    {"layer7/pointwise_conv/bn/moving_variance:0", {512}, 0xc576a8d7},
    {"layer8/depthwise_conv/depthwise_kernel:0", {3, 3, 512, 1}, 0xee69a7d5},
    {"layer8/depthwise_conv/bn/beta:0", {512}, 0x822059f3},
    {"layer8/depthwise_conv/bn/moving_mean:0", {512}, 0xa589f0f7},
    {"layer8/depthwise_conv/bn/moving_variance:0", {512}, 0x48d61ba7},
    {"layer8/pointwise_conv/kernel:0", {1, 1, 512, 512}, 0x2800d044},
    {"layer8/pointwise_conv/bn/beta:0", {512}, 0x4582140b},
    {"layer8/pointwise_conv/bn/moving_mean:0", {512}, 0x79287af9},
    {"layer8/pointwise_conv/bn/moving_variance:0", {512}, 0x3c4b5458},
    {"layer9/depthwise_conv/depthwise_kernel:0", {3, 3, 512, 1}, 0x4292a1d6},
    {"layer9/depthwise_conv/bn/beta:0", {512}, 0x8d5d9d9b},
    {"layer9/depthwise_conv/bn/moving_mean:0", {512}, 0xee9b3140},
    {"layer9/depthwise_conv/bn/moving_variance:0", {512}, 0x7642d45a},
    {"layer9/pointwise_conv/kernel:0", {1, 1, 512, 512}, 0x1a93e715},
    {"layer9/pointwise_conv/bn/beta:0", {512}, 0x59338cd2},
    {"layer9/pointwise_conv/bn/moving_mean:0", {512}, 0x9268331d},
    {"layer9/pointwise_conv/bn/moving_variance:0", {512}, 0x379d1b6c},
    {"layer10/depthwise_conv/depthwise_kernel:0", {3, 3, 512, 1}, 0x53f23504},
    {"layer10/depthwise_conv/bn/beta:0", {512}, 0x1f1bbff0},
    {"layer10/depthwise_conv/bn/moving_mean:0", {512}, 0x790bbc8e},
    {"layer10/depthwise_conv/bn/moving_variance:0", {512}, 0xbcd3752c},
    {"layer10/pointwise_conv/kernel:0", {1, 1, 512, 512}, 0xad9526a2},
    {"layer10/pointwise_conv/bn/beta:0", {512}, 0x5325f8de},
    {"layer10/pointwise_conv/bn/moving_mean:0", {512}, 0xb17876f8},
    {"layer10/pointwise_conv/bn/moving_variance:0", {512}, 0xb607713d},
    {"layer11/depthwise_conv/depthwise_kernel:0", {3, 3, 512, 1}, 0x2af6f296},
    {"layer11/depthwise_conv/bn/beta:0", {512}, 0x260ba579},
    {"layer11/depthwise_conv/bn/moving_mean:0", {512}, 0x5e424bd0},
    {"layer11/depthwise_conv/bn/moving_variance:0", {512}, 0xa8cd0e3c},
    {"layer11/pointwise_conv/kernel:0", {1, 1, 512, 512}, 0xa7caf811},
    {"layer11/pointwise_conv/bn/beta:0", {512}, 0xd3edc3fa},
    {"layer11/pointwise_conv/bn/moving_mean:0", {512}, 0x9b9eb3e4},
    {"layer11/pointwise_conv/bn/moving_variance:0", {512}, 0x0cf09be0},
    {"layer12/depthwise_conv/depthwise_kernel:0", {3, 3, 512, 1}, 0xe9b70fad},
    {"layer12/depthwise_conv/bn/beta:0", {512}, 0x2c8cc599},
    {"layer12/depthwise_conv/bn/moving_mean:0", {512}, 0x091eda57},
    {"layer12/depthwise_conv/bn/moving_variance:0", {512}, 0xf775e702},
    {"layer12/pointwise_conv/kernel:0", {1, 1, 512, 512}, 0x93c9e7b5},
    {"layer12/pointwise_conv/bn/beta:0", {512}, 0xa538cc50},
    {"layer12/pointwise_conv/bn/moving_mean:0", {512}, 0xfa3a5bca},
    {"layer12/pointwise_conv/bn/moving_variance:0", {512}, 0x71af4d87},
    {"layer13/depthwise_conv/depthwise_kernel:0", {3, 3, 512, 1}, 0x57a15149},
    {"layer13/depthwise_conv/bn/beta:0", {512}, 0x6563ed85},
    {"layer13/depthwise_conv/bn/moving_mean:0", {512}, 0x312faef8},
    {"layer13/depthwise_conv/bn/moving_variance:0", {512}, 0x0aa10d12},
    {"layer13/pointwise_conv/kernel:0", {1, 1, 512, 1024}, 0xae851b88},
    {"layer13/pointwise_conv/bn/beta:0", {1024}, 0x13753918},
    {"layer13/pointwise_conv/bn/moving_mean:0", {1024}, 0xb9e291ab},
    {"layer13/pointwise_conv/bn/moving_variance:0", {1024}, 0x0a05a487},
    {"layer14/depthwise_conv/depthwise_kernel:0", {3, 3, 1024, 1}, 0x4f16050d},
    {"layer14/depthwise_conv/bn/beta:0", {1024}, 0xb121b24f},
    {"layer14/depthwise_conv/bn/moving_mean:0", {1024}, 0x2d889314},
    {"layer14/depthwise_conv/bn/moving_variance:0", {1024}, 0x55c6e512},
    {"layer14/pointwise_conv/kernel:0", {1, 1, 1024, 1024}, 0xd8426e17},
    {"layer14/pointwise_conv/bn/beta:0", {1024}, 0x04e6130f},
    {"layer14/pointwise_conv/bn/moving_mean:0", {1024}, 0xd75b4be0},
    {"layer14/pointwise_conv/bn/moving_variance:0", {1024}, 0x3308c2f7},
    {"logits/bias:0", {521}, 0xbe2b367c},
    {"logits/kernel:0", {1024, 521}, 0x7fc1bca4},
}};

}  // namespace

bool is_published(const std::string& source) {
  return std::any_of(kPublishedFiles.begin(), kPublishedFiles.end(), [&](const PublishedFile& file) {
    return source.find(std::string("sha256 ") + file.sha256) != std::string::npos;
  });
}

const std::array<PublishedTensor, 110>& published_float_tensors() {
  return kTensors;
}

std::uint32_t crc32c(const void* bytes, std::size_t count) {
  const auto* const start = static_cast<const unsigned char*>(bytes);
  std::uint32_t crc = ~std::uint32_t{0};
  for (std::size_t i = 0; i < count; ++i) crc = (crc >> 8) ^ kCrcTable[(crc ^ start[i]) & 0xFF];
  return ~crc;
}

}  // namespace soundfold::weights
