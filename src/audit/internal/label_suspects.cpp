// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/rules.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>

namespace soundfold::audit {
namespace {

constexpr double kTemperature = 0.1;  // of the cosine
constexpr double kMostVotes = 0.5;    // more than its own label has: a warning

/// Shares of the classes [K] among a clip's neighbours, the nearer ones counting more.
std::vector<double> votes(const Material& material, const std::vector<search::Neighbour>& neighbours) {
  std::vector<double> shares(material.data.class_names.size());
  double whole = 0;
  for (const auto& [index, cosine] : neighbours) {
    if (!has_embedding(material, index)) continue;
    const double weight = std::exp(static_cast<double>(cosine - neighbours.front().cosine) / kTemperature);
    shares[static_cast<std::size_t>(material.data.clips[index].labels.front())] += weight;
    whole += weight;
  }
  for (auto& share : shares) share /= std::max(whole, 1e-30);
  return shares;
}

}  // namespace

void find_label_suspects(const Material& material, const Neighbours& nearest, Findings& found) {
  const auto& data = material.data;
  const auto one_label = [](const dataset::Clip& clip) { return clip.labels.size() == 1; };
  if (data.multi_label || !std::all_of(data.clips.begin(), data.clips.end(), one_label)) {
    found.notes.emplace_back("wrong labels are looked for only where each clip has one");
    return;
  }
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    if (!has_embedding(material, i) || nearest[i].empty()) continue;
    const auto shares = votes(material, nearest[i]);
    const auto own = static_cast<std::size_t>(data.clips[i].labels.front());
    const auto best = static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
    const double score = shares[best] - shares[own];
    if (best == own || score <= 0) continue;
    auto clip = data.clips[i];
    clip.labels = {static_cast<std::int64_t>(best)};
    Finding finding{Kind::label_suspect, score < kMostVotes ? Severity::note : Severity::warning, {i}, score, "", ""};
    // To hear beside it: the nearest of the other class, and of its own.
    for (const auto wanted : {best, own}) {
      const auto of_class = [&](const search::Neighbour& near) {
        return static_cast<std::size_t>(data.clips[near.index].labels.front()) == wanted;
      };
      const auto at = std::find_if(nearest[i].begin(), nearest[i].end(), of_class);
      if (at != nearest[i].end()) finding.clips.push_back(at->index);
    }
    finding.sentence = clip_text(material, i) + " is more like " + data.class_names[best] + ", with a share of " +
                       fixed(shares[best], 2) + " of its " + std::to_string(nearest[i].size()) +
                       " neighbours' votes; its own label has " + fixed(shares[own], 2);
    finding.fix = manifest_row(data, clip);
    found.list.push_back(std::move(finding));
  }
}

}  // namespace soundfold::audit
