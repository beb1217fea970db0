// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "finetuning/block_network.h"
#include "ranks/group.h"
#include "weights/weights.h"

#include <cstdint>
#include <vector>

namespace soundfold::distillation {

/// How large a student is.
struct StudentShape {
  double width = 0.5;                  ///< channels as a share of the widest, rounded to eights, 8 to the widest
  std::vector<std::int64_t> channels;  ///< of each block, first to last, instead; empty: by the width
  std::int64_t embedding_size = 0;     ///< channels of the last block; 0: as the others are given
};

/// The widest network of a student's family: the teacher, or where that is a transformer YAMNet with the teacher's
/// classes.
network::Description student_network(const weights::Weights& teacher);

/// The channels of each block of a student with that shape. Throws UsageError for a list that does not fit the
/// family's blocks, or a block wider than that of student_network() (the last one aside).
std::vector<std::int64_t> student_channels(const weights::Weights& teacher, const StudentShape& shape);

/// Layers of student_network()'s kinds and strides with those channels and no values; all else is the teacher's.
weights::Weights student_layers(const weights::Weights& teacher, const std::vector<std::int64_t>& channels);

/// What training starts from.
struct StudentStart {
  weights::Weights weights;
  /// [E of the teacher, E] and [E of the teacher]; undefined when the student's embedding is compared as it is.
  torch::Tensor projection, projection_bias;
  bool signed_target = false;      ///< the teacher's embeddings have values below 0: no ReLU follows the projection
  bool learns_statistics = false;  ///< batch norms use each batch's statistics while training (momentum 0.05)
};

/// An untrained student: He-uniform kernels, batch norms that learn their statistics, Glorot-uniform classifier
/// kernel and projection, the teacher's classifier bias. Equal seeds give equal values.
StudentStart untrained_student(const weights::Weights& teacher, const std::vector<std::int64_t>& channels,
                               std::uint64_t seed);

/// A student in training. Its embedding is compared with the teacher's as it is when the sizes are equal, otherwise
/// through relu(projection * embedding + bias), which is trained along and is no part of the network that is kept. With
/// a transformer for a teacher, whose embeddings have both signs, always through projection * embedding + bias.
class StudentImpl : public torch::nn::Module {
 public:
  /// `group`: the ranks that each have a part of a batch, for batch norms that learn their statistics.
  explicit StudentImpl(const StudentStart& start, ranks::Group* group = nullptr);

  struct Output {
    torch::Tensor embeddings;  ///< [P, E of the teacher], projected when sizes differ
    torch::Tensor logits;      ///< [P, S], before the sigmoid
  };
  /// patches [P, frames * bands].
  Output forward(const torch::Tensor& patches);

  /// The network as it is now: what yamnet::build_module takes. `start` gives all that is no tensor.
  weights::Weights weights(weights::Weights start) const;

 private:
  finetuning::BlockNetwork blocks_;
  torch::Tensor classifier_kernel_, classifier_bias_;
  torch::Tensor projection_, projection_bias_;
  bool signed_target_ = false;
};
TORCH_MODULE(Student);

}  // namespace soundfold::distillation
