// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device/torch.h"
#include "weights/weights.h"

#include <filesystem>
#include <optional>
#include <string>

namespace soundfold::yamnet {

/// What importer is asked for.
struct ImportRequest {
  /// yamnet.h5, a TFLite file, CED's model.safetensors, EfficientAT's state dict, a safetensors or a .pt of ours
  std::filesystem::path from;
  /// .safetensors: a small file in float16, of CED and EfficientAT float32; any other: a TorchScript file. Empty: where
  /// the programs look for it (data/yamnet.pt, data/ced-tiny.pt, data/efficientat.pt).
  std::filesystem::path out;
  /// Of files that do not name their classes, HDF5, CED's and EfficientAT's; empty: where fetcher puts it.
  std::filesystem::path class_map;
  /// Of HDF5 files, which do not say it; nothing: as read_weights() finds it.
  std::optional<network::Activation> activation;
  bool column_rows = false;                         ///< of CED alone: each of its time columns is a row
  int patch_frames = 0;                             ///< of CED's windows, of EfficientAT's at most; 0: their own
  int patch_hop_frames = 0;                         ///< 0: the network's own (YAMNet: 48)
  bool check_only = false;                          ///< compares CED with its published logits, and writes nothing
  std::filesystem::path check_folder = "data/ced";  ///< where the published logits of CED are
  torch::Device device = torch::kCPU;               ///< where the official checks are computed
  bool force = false;                               ///< write even when the output is up to date
};

/// Reads weights of any kind by the file's content. Throws UsageError for an activation given for a .pt, which has its
/// own; DataError as the readers do.
weights::Weights read_network(const ImportRequest& request);

/// Warns when `weights`, read from `file`, are Google's by their format and not by their content: neither format has a
/// checksum of its own. Of Keras files it logs how many tensors are the published ones.
void warn_unless_published(const weights::Weights& weights, const std::filesystem::path& file);

/// Runs YAMNet's three official checks on `device` and logs them; `module` is on the CPU afterwards. When one fails,
/// throws DataError unless `from` is a file of ours: those carry digests, and students need not recognise a sine wave.
void check_network(torch::jit::Module& module, const std::filesystem::path& from, const torch::Device& device);

/// All of it: reads, checks (CED: against the published logits, where fetcher got them or check_only wants them) and
/// writes atomically, and says in one line what became of the output ("wrote
/// data/yamnet.pt (15.1 MB, digest ...)", "data/yamnet.pt is up to date"). Nothing is written when the output would be
/// the same, or when an official check fails. Throws as above, DataError too when the disk does not take the file.
std::string import_network(const ImportRequest& request);

}  // namespace soundfold::yamnet
