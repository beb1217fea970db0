// SPDX-License-Identifier: Apache-2.0
#include "features/model_summary.h"

#include "features/internal/extraction_backbone.h"
#include "features/prepare.h"
#include "finetuning/transformer_blocks.h"
#include "network/transformer_cut.h"
#include "text/table.h"
#include "text/text.h"
#include "yamnet/module_file.h"

namespace soundfold::features {
namespace {

std::string shape(const char* rows, const std::vector<std::int64_t>& sizes) {
  std::string text = std::string("[") + rows;
  for (const auto size : sizes) text += ", " + std::to_string(size);
  return text + "]";
}

std::string map_shape(const network::MapShape& map) {
  return shape("P", {map.channels, map.frames, map.bands});
}

/// The blocks from index `begin` up to `end`, as one row.
SummaryRow blocks_row(const network::Description& network, std::size_t begin, std::size_t end, bool trained) {
  const auto blocks = network::blocks(network);
  SummaryRow row;
  row.layer = "backbone, " + blocks_text(static_cast<std::int64_t>(begin) + 1, static_cast<std::int64_t>(end));
  for (std::size_t i = blocks[begin].first_layer; i <= blocks[end - 1].last_layer(); ++i) {
    const auto& layer = network.layers[i];
    (trained ? row.trained : row.frozen) += layer.kernel_size() + layer.out_channels;
    row.frozen += 2 * layer.out_channels;
  }
  row.output = end == blocks.size() ? shape("P", {network.embedding_size()})
                                    : map_shape(network::maps(network)[blocks[end - 1].last_layer() + 1]);
  return row;
}

/// What is frozen and what is trained of a transformer, one row each.
void add_transformer_rows(const network::Description& network, std::int64_t first_trained,
                          std::vector<SummaryRow>& rows) {
  const auto depth = network.transformer->depth;
  const auto frozen = first_trained > 0 ? first_trained - 1 : depth;
  const auto embedding = shape("P", {network.embedding_size()});
  const auto add = [&](std::int64_t begin, std::int64_t end) {
    rows.push_back({"backbone, " + blocks_text(begin + 1, end) + " of a transformer", embedding, 0, 0});
  };
  if (frozen > 0) add(0, frozen);
  if (frozen > 0 && frozen < depth) {
    const auto tokens = network::token_count(*network.transformer, network.input.patch_frames, network.input.mel_bands);
    rows.back().output = shape("P", {tokens, network.embedding_size()});
  }
  const auto early = rows.size() - 1;
  if (frozen < depth) add(frozen, depth);
  for (const auto& tensor : network::transformer_tensors(*network.transformer, network.input.mel_bands)) {
    const auto block = finetuning::block_of_tensor(tensor.name, depth);
    auto& row = block > 0 && block <= frozen ? rows[early] : rows.back();
    (block > frozen && finetuning::is_trainable(tensor.name) ? row.trained : row.frozen) += tensor.size();
  }
}

std::int64_t values_of(const torch::nn::Module& layer) {
  std::int64_t count = 0;
  for (const auto& parameter : layer.parameters()) count += parameter.numel();
  return count;
}

std::int64_t statistics_of(const torch::nn::Module& layer) {
  std::int64_t count = 0;
  for (const auto& buffer : layer.named_buffers()) count += buffer.value().dim() > 0 ? buffer.value().numel() : 0;
  return count;
}

/// What happens to a window, or to a clip's windows, before the layers.
std::vector<SummaryRow> input_rows(heads::Head& head, const char* rows) {
  const auto& spec = head->spec();
  std::vector<SummaryRow> all;
  if (spec.standardize) all.push_back({"standardisation", shape("P", {spec.input_size}), 0, 2 * spec.input_size});
  const auto size = head->linears().front()->weight.size(1);
  if (head->pools_clips()) {
    const auto attention = head->attention() ? values_of(*head->attention()) : 0;
    all.push_back({"pooling: " + name_of(spec.pooling), shape(rows, {size}), attention, 0});
  }
  if (spec.scaling != config::Scaling::none) {
    all.push_back({"scaling: " + name_of(spec.scaling), shape(rows, {size}), 0, 0});
  }
  return all;
}

std::string tapped_blocks(const std::vector<std::int64_t>& taps) {
  std::vector<std::string> names;
  names.reserve(taps.size());
  for (const auto tap : taps) names.push_back(std::to_string(tap));
  return "taps after " + std::string(taps.size() == 1 ? "block " : "blocks ") + join(names) + ": mean, maximum";
}

std::string table_text(const std::vector<SummaryRow>& rows) {
  using Align = TextTable::Align;
  TextTable table({{"layer"}, {"output"}, {"parameters", Align::right}, {"trained", Align::right}});
  std::int64_t trained = 0, frozen = 0;
  for (const auto& row : rows) {
    const auto all = row.trained + row.frozen;
    table.add({row.layer, row.output, all == 0 ? "-" : grouped(all), all == 0 ? "-" : grouped(row.trained)});
    trained += row.trained;
    frozen += row.frozen;
  }
  table.add({"together", "", grouped(trained + frozen), grouped(trained)});
  auto text = table.text();
  text.pop_back();  // the logger ends lines
  return text;
}

}  // namespace

std::vector<SummaryRow> backbone_rows(const network::Description& network, std::int64_t first_trained) {
  const auto count = network::blocks(network).size();
  std::vector<SummaryRow> rows = {
      {"log-mel patches", shape("P", {network.input.patch_frames, network.input.mel_bands}), 0, 0}};
  if (network.transformer) {
    add_transformer_rows(network, first_trained, rows);
    return rows;
  }
  if (network.mobilenet) {
    rows.push_back({"backbone, " + std::to_string(network.mobilenet->blocks.size()) + " inverted residuals",
                    shape("P", {network.embedding_size()}), 0, 0});
    for (const auto& tensor : network::named_tensors(network)) rows.back().frozen += tensor.size();
    return rows;
  }
  const auto frozen = first_trained > 0 ? static_cast<std::size_t>(first_trained) - 1 : count;
  if (frozen > 0) rows.push_back(blocks_row(network, 0, frozen, false));
  if (frozen < count) rows.push_back(blocks_row(network, frozen, count, true));
  return rows;
}

std::vector<SummaryRow> head_rows(const heads::HeadSpec& spec) {
  heads::Head head(spec);
  const char* rows = head->pools_clips() ? "C" : "P";
  auto all = input_rows(head, rows);
  for (std::size_t i = 0; i < spec.hidden.size(); ++i) {
    SummaryRow row{"dense, " + name_of(spec.activation), shape(rows, {spec.hidden[i]}), values_of(*head->linears()[i]),
                   0};
    if (!head->layer_norms().empty()) {
      row.layer = "dense, layer norm, " + name_of(spec.activation);
      row.trained += values_of(*head->layer_norms()[i]);
    } else if (!head->batch_norms().empty()) {
      row.layer = "dense, batch norm, " + name_of(spec.activation);
      row.trained += values_of(*head->batch_norms()[i]);
      row.frozen += statistics_of(*head->batch_norms()[i]);
    }
    all.push_back(std::move(row));
  }
  all.push_back({"dense", shape(rows, {spec.class_count}), values_of(*head->linears().back()), 0});
  if (!head->pools_clips()) all.push_back({"mean over the patches of a clip", shape("C", {spec.class_count}), 0, 0});
  if (spec.known_inputs > 0) {
    all.push_back(
        {"known classes, added", shape("C", {spec.class_count}), 0, spec.class_count * (spec.known_inputs + 3)});
  }
  return all;
}

std::string model_summary(const config::Experiment& experiment, const PreparedFeatures& prepared) {
  const auto network = yamnet::weights_from_file(experiment.backbone.weights).network;
  const auto& backbone = prepared.origin->backbone;
  auto rows = backbone_rows(network, backbone.tail ? backbone.tail->first_block : 0);
  const auto classes = network.class_count;
  if (experiment.head.input != config::HeadInput::embeddings) {
    rows.push_back({"backbone, its own classes", shape("P", {classes}), 0, classes * (network.embedding_size() + 1)});
  }
  const auto input_size = backbone.tail ? heads::input_size(experiment.head.input, network.embedding_size(), classes)
                                        : prepared.sets.train.width();
  if (!experiment.backbone.taps.empty()) {
    rows.push_back({tapped_blocks(experiment.backbone.taps), shape("P", {input_size}), 0, 0});
  }
  const auto* known = backbone.known_classes ? &*backbone.known_classes : nullptr;
  const auto class_count = static_cast<std::int64_t>(prepared.data.dataset->class_names.size());
  for (auto& row :
       head_rows(heads::make_head_spec(experiment.head, input_size, class_count, known, backbone.input_parts))) {
    rows.push_back(std::move(row));
  }
  return table_text(rows);
}

}  // namespace soundfold::features
