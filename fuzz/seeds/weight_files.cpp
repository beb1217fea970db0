// SPDX-License-Identifier: Apache-2.0
#include "assets/zip_writer.h"
#include "packing.h"
#include "runtime/model_file.h"
#include "seeds.h"
#include "support/errors.h"
#include "support/files.h"
#include "testing/ced_file.h"
#include "testing/state_dict_file.h"
#include "weights/keras_file.h"
#include "weights/safetensors.h"
#include "weights/tflite_subset_generated.h"
#include "weights/weights.h"

#include <hdf5.h>

#include <cstring>
#include <string>
#include <vector>

namespace soundfold::fuzz {
namespace fs = std::filesystem;
namespace tflite = weights::tflite;
namespace {

constexpr std::size_t kSmallBytes = 256;

std::string label_list() {
  std::string labels;
  for (int i = 0; i < network::kYamnetClasses; ++i) labels += "class\n";
  return labels;
}

std::string zip_of(const Places& places, const std::vector<soundfold::testing::ZipEntry>& entries) {
  const fs::path path = places.out / "archive";
  soundfold::testing::write_zip(path, entries);
  std::string bytes = read_file(path);
  fs::remove(path);
  return bytes;
}

/// YAMNet's own file with all large weights set to 0.
void add_real_tflite(const Places& places, const fs::path& file) {
  std::string bytes = read_file(file);
  const auto* model = tflite::GetModel(bytes.data());
  if (model->buffers() == nullptr) throw DataError(file.string() + ": not YAMNet's TFLite file");
  for (const auto* buffer : *model->buffers()) {
    if (buffer->data() == nullptr || buffer->data()->size() < kSmallBytes) continue;
    const auto at = reinterpret_cast<const char*>(buffer->data()->data()) - bytes.data();
    std::memset(bytes.data() + at, 0, buffer->data()->size());
  }
  places.add("tflite", "yamnet", packed(bytes));
}

/// A graph of one operator, followed by an archive of labels.
void add_small_tflite(const Places& places) {
  flatbuffers::FlatBufferBuilder builder;
  const std::vector<std::int32_t> shape{1, 521}, inputs{0}, outputs{1};
  const std::vector<float> scale{1};
  const std::vector<std::int64_t> zero_point{0};
  const auto quantization = tflite::CreateQuantizationParametersDirect(builder, &scale, &zero_point);
  std::vector<flatbuffers::Offset<tflite::Tensor>> tensors;
  for (const char* name : {"in", "out"}) {
    tensors.push_back(tflite::CreateTensorDirect(builder, &shape, tflite::ElementType_INT8, 0, name, quantization));
  }
  const std::vector operators{tflite::CreateOperatorDirect(builder, 0, &inputs, &outputs)};
  const std::vector codes{tflite::CreateOperatorCodeDirect(builder, 6, nullptr, tflite::OperatorKind_DEQUANTIZE)};
  const std::vector graphs{tflite::CreateSubGraphDirect(builder, &tensors, &inputs, &outputs, &operators)};
  const std::vector buffers{tflite::CreateBufferDirect(builder)};
  tflite::FinishModelBuffer(builder, tflite::CreateModelDirect(builder, 3, &codes, &graphs, &buffers));
  const std::string model(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  places.add("tflite", "small", packed(model + zip_of(places, {{"yamnet_label_list.txt", label_list(), ""}})));
}

herr_t set_to_one(hid_t, const char* name, const H5O_info_t* info, void* file) {
  if (info->type != H5O_TYPE_DATASET) return 0;
  const hid_t dataset = H5Dopen2(*static_cast<hid_t*>(file), name, H5P_DEFAULT);
  const hid_t space = H5Dget_space(dataset);
  const std::vector<float> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)), 1.0F);
  const herr_t written = H5Dwrite(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  H5Sclose(space);
  H5Dclose(dataset);
  return written;
}

/// The Keras file with all values set to 1, which packs well.
void add_real_keras(const Places& places, const fs::path& original) {
  const fs::path copy = places.out / "copy.h5";
  write_file_atomically(copy, read_file(original));
  hid_t file = H5Fopen(copy.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  const bool done = file >= 0 && H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, set_to_one, &file) >= 0;
  if (file >= 0) H5Fclose(file);
  if (!done) throw DataError(original.string() + ": HDF5 cannot write to a copy of it");
  places.add("keras_h5", "yamnet", packed(read_file(copy)));
  fs::remove(copy);
}

/// All values of the layers 1.
void set_to_one(weights::Weights& weights) {
  weights.layers.clear();
  for (const auto& layer : weights.network.layers) {
    network::LayerValues values;
    values.kernel.assign(static_cast<std::size_t>(layer.kernel_size()), 1);
    values.beta = values.mean = values.variance = std::vector<float>(static_cast<std::size_t>(layer.out_channels), 1);
    weights.layers.push_back(std::move(values));
  }
}

/// YAMNet with all values 1.
weights::Weights plain_weights() {
  weights::Weights weights;
  weights.network = network::yamnet_description();
  set_to_one(weights);
  const auto classes = std::size_t{network::kYamnetClasses};
  weights.classifier_bias.assign(classes, 1);
  weights.classifier_kernel.assign(classes * static_cast<std::size_t>(weights.embedding_size()), 1);
  weights.class_names.assign(classes, "class");
  return weights;
}

/// The network of the target, all values 1.
void add_small_ced(const Places& places) {
  weights::Weights weights;
  weights.network = network::ced_description(network::CedSize::tiny);
  weights.network.transformer->embedding_size = weights.network.transformer->mlp_size = 48;
  weights.network.transformer->depth = 1;
  weights.network.class_count = 2;
  for (const auto& tensor : network::transformer_tensors(*weights.network.transformer, 64)) {
    weights.tensors[tensor.name].assign(static_cast<std::size_t>(tensor.size()), 1);
  }
  weights.classifier_kernel.assign(96, 1);
  weights.classifier_bias.assign(2, 1);
  places.add("ced", "small", packed(soundfold::testing::ced_file(weights).bytes()));
}

/// An archive, and a pickle that fits the values which the target has.
void add_state_dicts(const Places& places) {
  const std::vector<soundfold::testing::TensorFile> tensors{{"kernel", {2, 3}, true, std::string(24, '\1')},
                                                            {"count", {}, false, std::string(8, '\2')}};
  places.add("state_dict", "pickle", soundfold::testing::pickled_state_dict(tensors));
  places.add("state_dict", "archive", soundfold::testing::state_dict_bytes(tensors));
  const fs::path saved = places.source / "tests/efficientat/small.pt";
  places.add("state_dict", "torch", read_file(saved));
}

void add_whole_keras(const Places& places) {
  const auto datasets = weights::testing::keras_datasets(plain_weights());
  const fs::path path = places.out / "made.h5";
  for (const bool full_model : {false, true}) {
    weights::testing::write_keras_file(path, datasets, full_model);
    places.add("keras_h5", full_model ? "full_model" : "weights_only", packed(read_file(path)));
  }
  fs::remove(path);
}

void add_first_layer_of_keras(const Places& places) {
  auto datasets = weights::testing::keras_datasets(plain_weights());
  const fs::path path = places.out / "made.h5";
  for (auto entry = datasets.begin(); entry != datasets.end();) {
    entry = entry->first.rfind("layer1/", 0) == 0 ? std::next(entry) : datasets.erase(entry);
  }
  weights::testing::write_keras_file(path, datasets);
  places.add("keras_h5", "layer1", packed(read_file(path)));
  fs::remove(path);
}

void add_safetensors(const Places& places) {
  weights::Weights weights = plain_weights();
  weights.network = network::with_channels(std::move(weights.network), std::vector<std::int64_t>(14, 2));
  weights.network.class_count = 3;
  set_to_one(weights);
  weights.classifier_bias = {0, 1, 2};
  weights.classifier_kernel = {0, 1, 2, 3, 4, 5};
  weights.class_names = {"dog", "cat", "cow"};
  places.add("safetensors", "small", packed(weights::safetensors_bytes(weights)));
  weights.network.layers.resize(3);  // another network, which the file describes
  weights.network.input.sample_rate_hz = 32'000;
  set_to_one(weights);
  places.add("safetensors", "described", packed(weights::safetensors_bytes(weights)));
}

void add_models(const Places& places) {
  runtime::ModelFile model;
  model.backbone = plain_weights();
  model.backbone.network = network::with_channels(std::move(model.backbone.network), std::vector<std::int64_t>(14, 2));
  model.backbone.network.class_count = 3;
  set_to_one(model.backbone);
  model.backbone.classifier_bias = {0, 1, 2};
  model.backbone.classifier_kernel = {0, 1, 2, 3, 4, 5};
  model.backbone.class_names = {"dog", "cat", "cow"};
  model.class_names = {"a", "b"};
  model.head.spec.input_size = 2;
  model.head.spec.hidden = {};
  const auto add = [&](const std::string& name) {
    model.head.tensors.clear();
    for (const auto& [tensor, sizes] : head_spec::tensor_shapes(model.head.spec)) {
      std::int64_t count = 1;
      for (const auto size : sizes) count *= size;
      model.head.tensors[tensor] = {sizes, std::vector<float>(static_cast<std::size_t>(count), 1)};
    }
    places.add("model", name, packed(runtime::model_file_bytes(model)));
  };
  add("linear");
  model.head.spec.hidden = {3};
  model.head.spec.normalization = head_spec::Normalization::batch;
  model.head.spec.pooling = head_spec::Pooling::attention;
  model.head.spec.standardize = true;
  model.head.spec.known_inputs = 1;
  add("attention");
}

void add_zips(const Places& places) {
  places.add("zip", "two", zip_of(places, {{"one", "some text some text some text", ""}, {"three", "more", ""}}));
  places.add("zip", "folders", zip_of(places, {{"a/", "", ""}, {"a/bcd", std::string(3000, 'x'), ""}}));
  places.add("zip", "after_other_bytes", "other bytes" + zip_of(places, {{"yamnet_label_list.txt", label_list(), ""}}));
  places.add("zip", "link", zip_of(places, {{"abc", "", "../../etc/passwd"}, {"../up", "text", ""}}));
  places.add("zip", "empty", zip_of(places, {}));
}

}  // namespace

void make_weight_files(const Places& places) {
  add_small_tflite(places);
  add_first_layer_of_keras(places);
  add_safetensors(places);
  add_small_ced(places);
  add_state_dicts(places);
  add_models(places);
  add_zips(places);
}

void make_large_weight_files(const Places& places) {
  add_whole_keras(places);
  places.add("safetensors", "yamnet", packed(weights::safetensors_bytes(plain_weights())));
  const fs::path folder = places.mirror / "yamnet";
  if (const fs::path file = folder / "yamnet_classification_int8.tflite"; fs::exists(file)) {
    add_real_tflite(places, file);
  }
  for (const char* name : {"yamnet_keras_layout.h5", "yamnet.h5"}) {
    if (fs::exists(folder / name)) add_real_keras(places, folder / name);
  }
}

}  // namespace soundfold::fuzz
