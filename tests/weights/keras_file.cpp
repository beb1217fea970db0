// SPDX-License-Identifier: Apache-2.0
#include "weights/keras_file.h"

#include <hdf5.h>

#include <stdexcept>

namespace soundfold::weights::testing {
namespace {

/// [rows, columns] -> [columns, rows].
std::vector<float> transposed(const std::vector<float>& values, std::size_t rows) {
  const std::size_t columns = values.size() / rows;
  std::vector<float> swapped(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) swapped[(i % columns) * rows + i / columns] = values[i];
  return swapped;
}

void write_dataset(hid_t file, const std::string& path, const Dataset& dataset) {
  const std::vector<hsize_t> shape(dataset.shape.begin(), dataset.shape.end());
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t type = dataset.as_float64 ? H5T_IEEE_F64LE : H5T_IEEE_F32LE;
  const hid_t made = H5Dcreate2(file, path.c_str(), type, space, links, H5P_DEFAULT, H5P_DEFAULT);
  const herr_t written = H5Dwrite(made, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, dataset.values.data());
  H5Dclose(made);
  H5Pclose(links);
  H5Sclose(space);
  if (written < 0) throw std::runtime_error("cannot write " + path);
}

}  // namespace

std::map<std::string, Dataset> keras_datasets(const Weights& weights) {
  std::map<std::string, Dataset> datasets;
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    const network::Layer& layer = weights.network.layers[i];
    const network::LayerValues& values = weights.layers[i];
    const auto in = static_cast<std::uint64_t>(layer.in_channels);
    const auto out = static_cast<std::uint64_t>(layer.out_channels);
    std::string name = layer.name + "/conv";
    if (layer.kind != network::LayerKind::full) {
      name = layer.name;
      name.replace(name.find('.'), 1, "/") += "_conv";
    }
    const bool depthwise = layer.kind == network::LayerKind::depthwise;
    const std::uint64_t side = layer.kind == network::LayerKind::pointwise ? 1 : 3;
    datasets[name + (depthwise ? "/depthwise_kernel:0" : "/kernel:0")] = {{side, side, in, depthwise ? 1 : out},
                                                                          transposed(values.kernel, out)};
    datasets[name + "/bn/beta:0"] = {{out}, values.beta};
    datasets[name + "/bn/moving_mean:0"] = {{out}, values.mean};
    datasets[name + "/bn/moving_variance:0"] = {{out}, values.variance};
  }
  const auto classes = static_cast<std::uint64_t>(weights.class_count());
  const auto embedding = static_cast<std::uint64_t>(weights.embedding_size());
  datasets["logits/kernel:0"] = {{embedding, classes}, transposed(weights.classifier_kernel, classes)};
  datasets["logits/bias:0"] = {{classes}, weights.classifier_bias};
  return datasets;
}

void write_keras_file(const std::filesystem::path& path, const std::map<std::string, Dataset>& datasets,
                      bool full_model) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  if (file < 0) throw std::runtime_error("cannot create " + path.string());
  for (const auto& [name, dataset] : datasets) {
    const std::string layer = name.substr(0, name.rfind('/'));
    write_dataset(file, (full_model ? "model_weights/model_2/" : layer + "/") + name, dataset);
  }
  H5Fclose(file);
}

}  // namespace soundfold::weights::testing
