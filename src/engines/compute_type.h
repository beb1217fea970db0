// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace soundfold::engines {

/// Arithmetic of the oneDNN engine. int8 is the published TFLite file's own integer arithmetic.
enum class Precision { float32, bfloat16, int8 };

/// "float32", "bfloat16", "int8".
std::string precision_name(Precision precision);

/// The precision that `name` means; "auto" is float32, so that the same configuration gives the same values on every
/// machine. Throws UsageError for any other name.
Precision precision_from_name(const std::string& name);

/// What decides the last bits of computed values; part of the store's key, of results and of exports.
struct ComputeType {
  std::string device_kind = "cpu";    ///< cpu or cuda
  std::string engine;                 ///< onednn, torchscript, torch (the blocks before those that are trained)
  std::string precision = "float32";  ///< float32, bfloat16, int8
  bool tf32 = false;                  ///< CUDA may round the factors of products to TF32

  bool operator==(const ComputeType& other) const {
    return device_kind == other.device_kind && engine == other.engine && precision == other.precision &&
           tf32 == other.tf32;
  }
  /// One that gives what an exported file gives on a CPU, but for the order of additions.
  bool is_cpu_float32() const { return device_kind == "cpu" && precision == "float32"; }
  /// "onednn float32", "torchscript float32 on cuda", "torchscript float32 on cuda with TF32".
  std::string text() const {
    return engine + " " + precision + (device_kind == "cpu" ? "" : " on " + device_kind) + (tf32 ? " with TF32" : "");
  }
};

}  // namespace soundfold::engines
