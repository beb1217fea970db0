// SPDX-License-Identifier: Apache-2.0
#include "report_data/internal/data_faults.h"

#include "audit/findings.h"
#include "report/audit_section.h"
#include "text/text.h"

#include <memory>
#include <utility>

namespace soundfold::report_data {
namespace {

constexpr std::size_t kMostClips = 4000;

std::vector<std::string> parts_of(const config::Experiment& experiment, const splits::SplitData& data) {
  std::vector<std::string> parts(data.dataset->clips.size());
  if (experiment.protocol.cross_validates()) {
    for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = "fold " + std::to_string(data.dataset->clips[i].fold);
    return parts;
  }
  for (const auto which : {dataset::Split::train, dataset::Split::validation, dataset::Split::test}) {
    for (const auto i : data.splits.of(which)) parts[i] = dataset::split_name(which);
  }
  return parts;
}

}  // namespace

void add_data_faults(const config::Experiment& experiment, const features::PreparedFeatures& prepared,
                     const baselines::ClipVectors& vectors, run_report::ReportInput& input) {
  const auto& data = *prepared.data.dataset;
  const std::string rest = " <code>trainer --audit</code> looks for ";
  if (data.clips.size() > kMostClips) {
    input.audit = [text = "<p>More than " + grouped(static_cast<std::int64_t>(kMostClips)) + " clips:" + rest +
                          "faults of the data.</p>\n"](const run_report::HearLink&) { return text; };
    return;
  }
  audit::Material material;
  material.data = data;
  material.parts = parts_of(experiment, prepared.data);
  const auto& records = prepared.origin->embedded.records;
  for (std::size_t i = 0; i < records.size(); ++i) {
    material.embedded.push_back({vectors.known[i] ? records[i].key : "", records[i].problem});
  }
  const auto* means = vectors.embeddings.data_ptr<float>();
  material.means.size = static_cast<std::size_t>(vectors.embeddings.size(1));
  material.means.values.assign(means, means + vectors.embeddings.numel());
  auto found = std::make_shared<const audit::Findings>(audit::find_all(material));
  input.audit = [found, rest](const run_report::HearLink& hear) {
    return "<p class=\"faint\">From the embeddings alone;" + rest +
           "faults of the sound files too (docs/audit.md).</p>\n" + report::stored_findings(*found, hear);
  };
}

}  // namespace soundfold::report_data
