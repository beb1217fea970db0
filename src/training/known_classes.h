#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace soundfold::training {

/// What the backbone's own classifier says about the classes of an experiment: people's classes often are among the
/// hundreds it was trained for. For each own class the rows of that classifier which mean the same, in logits
/// kernel * embedding + bias. K own classes, R rows for each (a class with fewer repeats one), E values of an
/// embedding.
struct KnownClasses {
  torch::Tensor kernel;  ///< [K * R, E] float32; rows of own class k are k * R to k * R + R - 1
  torch::Tensor bias;    ///< [K * R] float32
  torch::Tensor mapped;  ///< [K] float32: 1 for a class that has rows, 0 for one the backbone does not know
  double weight = 1;     ///< of the opinion, in logits per standard deviation over the training data
  std::int64_t rows_per_class() const { return mapped.defined() ? kernel.size(0) / mapped.size(0) : 0; }
};

}  // namespace soundfold::training
