// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "frontend/recipe.h"
#include "network/mobilenet.h"
#include "network/transformer.h"
#include "text/choice.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The one description of a backbone. The TorchScript source, the oneDNN engine, the trainable blocks and the readers
/// of weight files are all made from it.
namespace soundfold::network {

enum class Activation { relu, relu6 };

/// "relu" or "relu6".
std::string activation_name(Activation activation);
/// The activation of that name; nothing for any other.
std::optional<Activation> activation_from_name(const std::string& name);

/// full: every output channel sees all input channels; depthwise: only its own; pointwise: all, one position of each.
enum class LayerKind { full, depthwise, pointwise };

/// Their names, for text/choice.h.
constexpr ChoiceNames<LayerKind> choice_names_of(LayerKind) {
  return {{"full", "depthwise", "pointwise"}};
}

/// One convolution. A batch norm without gamma and the network's activation follow it.
struct Layer {
  std::string name;  ///< "layer1"; "layer2.depthwise", "layer2.pointwise": two layers of the block "layer2"
  LayerKind kind = LayerKind::full;
  int side = 3;  ///< rows and columns of the kernel
  int stride = 1;
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;

  /// [out, in, side, side]; depthwise [channels, 1, side, side].
  std::vector<std::int64_t> kernel_shape() const;
  /// Values of one output channel's kernel.
  std::int64_t taps() const;
  std::int64_t kernel_size() const { return out_channels * taps(); }
  std::int64_t groups() const { return kind == LayerKind::depthwise ? out_channels : 1; }
  /// Zeros before and after each row and column: TensorFlow's SAME for sizes that the stride divides. With stride 2
  /// and a kernel of 3 that is one zero after the end and none before; symmetric padding would sample a grid shifted
  /// by one.
  int padding_before() const { return padding() / 2; }
  int padding_after() const { return padding() - padding_before(); }
  /// Rows or columns of the output for `size` of the input.
  std::int64_t convolved(std::int64_t size) const {
    const std::int64_t room = size + padding() - side;
    return room < 0 ? 0 : room / stride + 1;
  }

 private:
  int padding() const { return side > stride ? side - stride : 0; }
};

/// A network from log-mel patches to an embedding, the mean of the last layer's map, and to the scores of classes by a
/// sigmoid classifier on the embedding. Either layers or a transformer or a MobileNet.
struct Description {
  std::vector<Layer> layers;
  std::optional<Transformer> transformer;  ///< then without layers, activation and batch_norm_epsilon
  std::optional<MobileNet> mobilenet;      ///< likewise
  Activation activation = Activation::relu;
  double batch_norm_epsilon = 1e-4;  ///< YAMNet's, which is neither PyTorch's nor Keras' default
  std::int64_t class_count = 0;
  frontend::InputRecipe input;

  /// Whether it is of layers, whose maps and blocks others can work with; transformers and MobileNets are wholes.
  bool has_layers() const { return !transformer && !mobilenet; }
  /// E; 0 without any of these.
  std::int64_t embedding_size() const {
    if (transformer) return transformer->embedding_size;
    if (mobilenet) return mobilenet->last_channels;
    return layers.empty() ? 0 : layers.back().out_channels;
  }
  /// Values that the classifier takes: the embedding, of a MobileNet what is made of it.
  std::int64_t classifier_inputs() const { return mobilenet ? mobilenet->hidden_size : embedding_size(); }
};

/// The tensors of a network that is not of layers, by name and in order, all but the classifier's two; none of others.
std::vector<NamedShape> named_tensors(const Description& network);

/// Layers that belong together: a convolution alone, or a depthwise one and a pointwise one.
struct Block {
  std::string name;  ///< "layer2"
  std::size_t first_layer = 0;
  std::size_t layer_count = 0;
  std::size_t last_layer() const { return first_layer + layer_count - 1; }
};

/// The blocks in order, by the names of their layers.
std::vector<Block> blocks(const Description& network);

/// A map inside the network, of one patch.
struct MapShape {
  std::int64_t channels = 1, frames = 0, bands = 0;
  std::int64_t positions() const { return frames * bands; }
  std::int64_t values() const { return channels * positions(); }
};

/// The patch, then the output of each layer: one more than there are layers.
std::vector<MapShape> maps(const Description& network);

/// Throws UsageError ("weights: ...") unless the layers follow each other in blocks as above, the first of them takes
/// one channel, strides are 1 or 2, kernels odd, every map has values, and names are as Layer::name says: identifiers
/// (they become names in TorchScript), each once; of a transformer, unless its heads divide the embedding, tokens
/// divide the bands, there are positions for a whole patch, and all of it fits in memory; of a MobileNet, as
/// check_mobilenet(). Also when frontend::check_recipe() refuses the input.
void check(const Description& network);

/// Classes of AudioSet that YAMNet knows.
inline constexpr int kYamnetClasses = 521;

/// YAMNet (MobileNet v1, width 1.0): 27 layers, an embedding of 1024 values, 521 classes.
Description yamnet_description();

/// Classes of AudioSet that CED knows: all of them.
inline constexpr int kCedClasses = 527;

/// CED's sizes: an embedding of 192, 256, 384 or 768 values.
enum class CedSize { tiny, mini, small, base };

/// Their names, for text/choice.h.
constexpr ChoiceNames<CedSize> choice_names_of(CedSize) {
  return {{"tiny", "mini", "small", "base"}};
}

/// What CED takes: 10.12 s at most; the last of the patches of a longer waveform lies at its end.
frontend::InputRecipe ced_input();

/// CED: 12 blocks of a transformer, 527 classes, ced_input().
Description ced_description(CedSize size);

/// EfficientAT's front end: 32 kHz, frames of 800 samples every 320, the difference of neighbouring samples, 128 bands
/// up to 15 kHz. A waveform of up to 10 s is one patch.
frontend::InputRecipe efficientat_input();

/// EfficientAT's mnXX for a width of XX / 10 (mn04: 0.4, mn10: 1): mobilenet_v3(width), 527 classes.
Description efficientat_description(double width);

/// `network` with other widths: `channels` of each block, first to last.
Description with_channels(Description network, const std::vector<std::int64_t>& channels);

}  // namespace soundfold::network
