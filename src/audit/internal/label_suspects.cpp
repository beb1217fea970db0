// SPDX-License-Identifier: Apache-2.0
#include "audit/internal/rules.h"
#include "text/text.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace soundfold::audit {
namespace {

constexpr double kTemperature = 0.1;  // of the cosine
constexpr double kMostVotes = 0.5;    // more than its own label has: a warning

/// Whether each clip has the same bytes as one with another label: one of the two is wrong, nobody knows which. Not so
/// of stretches of one recording.
std::vector<bool> contradicted(const Material& material) {
  std::map<std::string, std::set<std::vector<std::int64_t>>> labels;
  for (std::size_t i = 0; i < material.embedded.size(); ++i) {
    if (has_embedding(material, i) && !material.data.clips[i].stretch) {
      labels[digest_of(material.embedded[i])].insert(material.data.clips[i].labels);
    }
  }
  std::vector<bool> result;
  for (const auto& clip : material.embedded) result.push_back(!clip.key.empty() && labels[digest_of(clip)].size() > 1);
  return result;
}

/// Shares of the classes [K] among a clip's neighbours, the nearer ones counting more.
std::vector<double> votes(const Material& material, const std::vector<search::Neighbour>& neighbours,
                          const std::vector<bool>& without_vote) {
  std::vector<double> shares(material.data.class_names.size());
  double whole = 0;
  for (const auto& [index, cosine] : neighbours) {
    if (!has_embedding(material, index) || without_vote[index]) continue;
    const double weight = std::exp(static_cast<double>(cosine - neighbours.front().cosine) / kTemperature);
    shares[static_cast<std::size_t>(material.data.clips[index].labels.front())] += weight;
    whole += weight;
  }
  for (auto& share : shares) share /= std::max(whole, 1e-30);
  return shares;
}

std::size_t most_voted(const std::vector<double>& shares) {
  return static_cast<std::size_t>(std::max_element(shares.begin(), shares.end()) - shares.begin());
}

/// Of two files of the same bytes with two labels the one with the label of the neighbours is kept.
void choose_copies(const Material& material, const Neighbours& nearest, const std::vector<bool>& without_vote,
                   Findings& found) {
  for (auto& finding : found.list) {
    if (finding.kind != Kind::equal_bytes || !without_vote[finding.clips[0]]) continue;
    const auto shares = votes(material, nearest[finding.clips[0]], without_vote);
    const auto share = [&](std::size_t k) {
      return shares[static_cast<std::size_t>(material.data.clips[finding.clips[k]].labels.front())];
    };
    if (share(1) > share(0)) finding.fix = copy_fix(material, finding.clips[1], finding.clips[0]);
  }
}

}  // namespace

void find_label_suspects(const Material& material, const Neighbours& nearest, Findings& found) {
  const auto& data = material.data;
  const auto one_label = [](const dataset::Clip& clip) { return clip.labels.size() == 1; };
  if (data.multi_label || !std::all_of(data.clips.begin(), data.clips.end(), one_label)) {
    found.notes.emplace_back("wrong labels are looked for only where each clip has one");
    return;
  }
  const auto without_vote = contradicted(material);
  choose_copies(material, nearest, without_vote, found);
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    if (!has_embedding(material, i) || nearest[i].empty() || without_vote[i]) continue;  // a copy has its fix already
    const auto shares = votes(material, nearest[i], without_vote);
    const auto own = static_cast<std::size_t>(data.clips[i].labels.front());
    const auto best = most_voted(shares);
    const double score = shares[best] - shares[own];
    if (best == own || score <= 0) continue;
    Finding finding{Kind::label_suspect, score < kMostVotes ? Severity::note : Severity::warning, {i}, score, "", ""};
    // To hear beside it: the nearest of the other class, and of its own.
    for (const auto wanted : {best, own}) {
      const auto of_class = [&](const search::Neighbour& near) {
        return !without_vote[near.index] && has_embedding(material, near.index) &&
               static_cast<std::size_t>(data.clips[near.index].labels.front()) == wanted;
      };
      const auto at = std::find_if(nearest[i].begin(), nearest[i].end(), of_class);
      if (at != nearest[i].end()) finding.clips.push_back(at->index);
    }
    finding.sentence = clip_text(material, i) + " is more like " + data.class_names[best] + ", with a share of " +
                       fixed(shares[best], 2) + " of its " + std::to_string(nearest[i].size()) +
                       " neighbours' votes; its own label has " + fixed(shares[own], 2);
    finding.fix = label_fix(material, i, finding.clips[1]);  // the best class has a neighbour: it has votes
    found.list.push_back(std::move(finding));
  }
}

}  // namespace soundfold::audit
