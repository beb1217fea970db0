// SPDX-License-Identifier: Apache-2.0
#include "weights/keras_h5.h"

#include "support/errors.h"
#include "text/text.h"
#include "weights/importing.h"
#include "weights/published.h"

#include <H5public.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <fstream>
#include <map>
#include <set>

namespace soundfold::weights {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kDatasetCount = 110;
/// A hostile file may hold any number of objects; Keras' own have a few hundred.
constexpr std::size_t kMaxObjects = 5000;

/// An HDF5 identifier that closes itself.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  explicit operator bool() const { return id_ >= 0; }
  hid_t get() const { return id_; }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

/// HDF5 prints its error stack to stderr unless disabled; our messages say what is wrong in one line.
class QuietHdf5 {
 public:
  QuietHdf5() {
    H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  ~QuietHdf5() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
  QuietHdf5(const QuietHdf5&) = delete;
  QuietHdf5& operator=(const QuietHdf5&) = delete;

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// Refuses a file whose superblock names a driver information block: it says how a file is spread over several, which
/// Keras never does, and HDF5 1.10 allocates what the block claims to take, up to 4 GB. Versions 0 and 1 have its
/// address as the last of four, all ones for none (HDF5 File Format Specification 3.0, II.A).
void refuse_driver_block(const fs::path& path) {
  constexpr std::size_t kVersionAt = 8, kAddressBytesAt = 13, kAddressBytes = 8;
  std::array<unsigned char, 60> start{};
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(start.data()), start.size());
  const unsigned version = start[kVersionAt];
  if (!file || version > 1) return;  // too short for HDF5, which will say so; later versions have no such address
  const std::size_t addresses = version == 0 ? 24 : 28;
  const auto* driver_block = start.data() + addresses + 3 * kAddressBytes;
  const bool none = std::all_of(driver_block, driver_block + kAddressBytes, [](unsigned byte) { return byte == 0xFF; });
  if (none && start[kAddressBytesAt] == kAddressBytes) return;
  throw DataError(path.string() +
                  ": its first bytes are not those of a file that Keras wrote (damaged?); fetch it again");
}

/// The layer-relative name of a dataset path, for both nestings: the part from the last "layerN" or "logits" on.
/// "layer1/conv/layer1/conv/kernel:0" and "model_weights/m/layer1/conv/kernel:0" both give "layer1/conv/kernel:0".
std::string layer_relative_name(const std::string& path) {
  std::size_t start = std::string::npos;
  std::size_t part = 0;
  while (part < path.size()) {
    const std::size_t end = std::min(path.find('/', part), path.size());
    const std::string name = path.substr(part, end - part);
    const bool layer =
        name.rfind("layer", 0) == 0 && name.size() > 5 && name.find_first_not_of("0123456789", 5) == std::string::npos;
    if (layer || name == "logits") start = part;
    part = end + 1;
  }
  return start == std::string::npos ? path : path.substr(start);
}

struct Listing {
  std::vector<std::string> datasets;
  std::size_t objects = 0;
  std::exception_ptr failure;  ///< exceptions must not cross C code
};

/// Called by H5Ovisit for every object; it does not follow soft or external links.
herr_t note_object(hid_t, const char* name, const H5O_info_t* info, void* data) noexcept {
  auto& listing = *static_cast<Listing*>(data);
  if (++listing.objects > kMaxObjects) return 1;
  try {
    if (info->type == H5O_TYPE_DATASET) listing.datasets.emplace_back(name);
    return 0;
  } catch (...) {
    listing.failure = std::current_exception();
    return -1;
  }
}

/// One open weights file: its datasets by layer-relative name, taken one by one.
class KerasFile {
 public:
  explicit KerasFile(const fs::path& path);
  /// The values of one dataset, whose shape must be `shape`.
  std::vector<float> take(const std::string& name, const std::vector<std::int64_t>& shape);
  /// Throws when a dataset was not taken.
  void finish() const;

 private:
  void check_layout(const Handle& dataset, const std::string& where, const std::vector<std::int64_t>& shape) const;

  std::string name_;
  Handle file_;
  std::map<std::string, std::string> paths_;
  std::set<std::string> left_;
};

KerasFile::KerasFile(const fs::path& path)
    : name_(path.string()), file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose) {
  if (!file_) throw DataError(name_ + ": HDF5 cannot open it (damaged or truncated?); fetch it again");
  Listing listing;
  const herr_t visited = H5Ovisit(file_.get(), H5_INDEX_NAME, H5_ITER_NATIVE, note_object, &listing);
  if (listing.failure) std::rethrow_exception(listing.failure);
  if (visited < 0) throw DataError(name_ + ": HDF5 cannot list what is in it (damaged or truncated?); fetch it again");
  if (visited > 0) {
    throw DataError(name_ + ": more than " + std::to_string(kMaxObjects) +
                    " objects; this is not YAMNet's weights file");
  }
  for (const auto& dataset : listing.datasets) {
    const std::string relative = layer_relative_name(dataset);
    if (!paths_.emplace(relative, dataset).second) {
      throw DataError(name_ + ": dataset '" + shown(dataset) + "' appears twice (also as '" + shown(paths_[relative]) +
                      "')");
    }
    left_.insert(relative);
  }
}

void KerasFile::check_layout(const Handle& dataset, const std::string& where,
                             const std::vector<std::int64_t>& shape) const {
  const Handle type(H5Dget_type(dataset.get()), H5Tclose);
  if (!type || H5Tget_class(type.get()) != H5T_FLOAT || H5Tget_size(type.get()) != sizeof(float)) {
    throw DataError(where + ": its values are not float32");
  }
  const Handle space(H5Dget_space(dataset.get()), H5Sclose);
  const int rank = space ? H5Sget_simple_extent_ndims(space.get()) : -1;
  std::vector<hsize_t> found(rank > 0 ? static_cast<std::size_t>(rank) : 0);
  if (!found.empty()) H5Sget_simple_extent_dims(space.get(), found.data(), nullptr);
  const std::vector<std::int64_t> found_shape(found.begin(), found.end());
  if (found_shape != shape) {
    throw DataError(where + ": shape " + shape_text(found_shape) + ", expected " + shape_text(shape));
  }
  // External and virtual storage would read other files of the machine.
  const Handle creation(H5Dget_create_plist(dataset.get()), H5Pclose);
  const bool contained = creation && H5Pget_external_count(creation.get()) == 0 &&
                         H5Pget_layout(creation.get()) != H5D_VIRTUAL && H5Pget_layout(creation.get()) >= 0;
  if (!contained) throw DataError(where + ": its values are stored outside the file, which is not allowed");
}

std::vector<float> KerasFile::take(const std::string& name, const std::vector<std::int64_t>& shape) {
  const auto found = paths_.find(name);
  if (found == paths_.end()) {
    throw DataError(name_ + ": dataset '" + name + "' is missing (the file has " + std::to_string(paths_.size()) +
                    " datasets, YAMNet's has " + std::to_string(kDatasetCount) + ")");
  }
  const std::string where = name_ + ", dataset '" + shown(found->second) + "'";
  const Handle dataset(H5Dopen2(file_.get(), found->second.c_str(), H5P_DEFAULT), H5Dclose);
  if (!dataset) throw DataError(where + ": HDF5 cannot open it (damaged?)");
  check_layout(dataset, where, shape);
  std::size_t count = 1;
  for (const auto extent : shape) count *= static_cast<std::size_t>(extent);
  std::vector<float> values(count);
  if (H5Dread(dataset.get(), H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
    throw DataError(where + ": HDF5 cannot read its values (damaged or truncated?); fetch the file again");
  }
  check_finite(values, where);
  left_.erase(name);
  return values;
}

void KerasFile::finish() const {
  if (left_.empty()) return;
  throw DataError(name_ + ": dataset '" + shown(paths_.at(*left_.begin())) +
                  "' is not part of YAMNet, whose weights are exactly " + std::to_string(kDatasetCount) +
                  " datasets (the file has " + std::to_string(paths_.size()) + ")");
}

/// Swaps the two halves of an index: [rows, columns] -> [columns, rows].
std::vector<float> transposed(const std::vector<float>& values, std::int64_t rows, std::int64_t columns) {
  std::vector<float> swapped(values.size());
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      swapped[static_cast<std::size_t>(c * rows + r)] = values[static_cast<std::size_t>(r * columns + c)];
    }
  }
  return swapped;
}

/// Name of a layer's convolution in the file, without its weight: "layer1/conv", "layer2/depthwise_conv".
std::string keras_name(const network::Layer& layer) {
  return layer.kind == network::LayerKind::full
             ? layer.name + "/conv"
             : layer.name.substr(0, layer.name.find('.')) + "/" + layer.name.substr(layer.name.find('.') + 1) + "_conv";
}

/// Kernels lie as [height, width, in, out] (depthwise [height, width, channel, 1]). With the two spatial axes as one,
/// both are a plain transposition away from out-in-height-width except the full convolution, which has one input.
network::LayerValues read_keras_layer(KerasFile& file, const network::Layer& layer) {
  const std::string name = keras_name(layer);
  const std::int64_t in = layer.in_channels, out = layer.out_channels, side = layer.side;
  network::LayerValues values;
  if (layer.kind == network::LayerKind::depthwise) {
    values.kernel = transposed(file.take(name + "/depthwise_kernel:0", {side, side, in, 1}), layer.taps(), in);
  } else {
    values.kernel = transposed(file.take(name + "/kernel:0", {side, side, in, out}), layer.taps(), out);
  }
  values.beta = file.take(name + "/bn/beta:0", {out});
  values.mean = file.take(name + "/bn/moving_mean:0", {out});
  values.variance = file.take(name + "/bn/moving_variance:0", {out});
  return values;
}

}  // namespace

Weights read_keras_h5(const fs::path& path, network::Activation activation, const fs::path& class_map) {
  refuse_driver_block(path);
  const QuietHdf5 quiet;
  Weights weights;
  weights.source = describe_source(path, "Keras HDF5");
  weights.network = network::yamnet_description();
  weights.network.activation = activation;
  KerasFile file(path);
  for (const auto& layer : weights.network.layers) {
    weights.layers.push_back(read_keras_layer(file, layer));
    for (const float variance : weights.layers.back().variance) {
      if (variance < 0) throw DataError(path.string() + ": a moving variance of " + layer.name + " is negative");
    }
  }
  const std::int64_t embedding = weights.embedding_size(), classes = weights.class_count();
  weights.classifier_kernel = transposed(file.take("logits/kernel:0", {embedding, classes}), embedding, classes);
  weights.classifier_bias = file.take("logits/bias:0", {classes});
  file.finish();
  weights.class_names = read_class_map(class_map);
  return weights;
}

PublishedCount count_published_tensors(const fs::path& keras_file) {
  refuse_driver_block(keras_file);
  const QuietHdf5 quiet;
  KerasFile file(keras_file);
  PublishedCount count;
  for (const auto& tensor : published_float_tensors()) {
    const auto* const end = std::find(tensor.shape.begin(), tensor.shape.end(), 0);
    const auto values = file.take(tensor.name, {tensor.shape.begin(), end});
    ++count.total;
    if (crc32c(values.data(), values.size() * sizeof(float)) == tensor.crc32c) {
      ++count.published;
    } else if (count.first_other.empty()) {
      count.first_other = tensor.name;
    }
  }
  file.finish();
  return count;
}

}  // namespace soundfold::weights
