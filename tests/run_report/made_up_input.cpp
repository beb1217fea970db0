// SPDX-License-Identifier: Apache-2.0
#include "run_report/made_up_input.h"

#include "evaluation/report.h"
#include "testing/markup.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <regex>
#include <set>

namespace soundfold::testing {
namespace {

std::vector<float> made_up_sound(std::size_t index) {
  std::vector<float> samples(80'000);
  unsigned noise = 1;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    noise = noise * 1'664'525u + 1'013'904'223u;
    const float beat = i % 16'000 < 6'000 ? 1.0F : 0.05F;
    samples[i] = beat * (0.3F * std::sin(static_cast<float>(i) * 0.05F * static_cast<float>(index % 5 + 1)) +
                         0.1F * (static_cast<float>(noise >> 8) / 8'388'608.0F - 1));
  }
  return samples;
}

}  // namespace

run_report::ReportInput made_up_input(std::size_t clips, const std::vector<std::string>& classes,
                                      std::size_t wrong_every) {
  run_report::ReportInput input;
  input.title = "made up";
  input.protocol = "Made-up clips.";
  input.class_names = classes;
  input.window_hop_seconds = 0.48;
  evaluation::Predictions predictions;
  predictions.class_count = static_cast<std::int64_t>(classes.size());
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < clips; ++i) {
    const auto truth = static_cast<std::int64_t>(i % classes.size());
    const bool wrong = wrong_every > 0 && i % wrong_every == 0;
    const auto given = wrong ? (truth + 1) % predictions.class_count : truth;
    for (std::int64_t k = 0; k < predictions.class_count; ++k) {
      predictions.logits.push_back(k == given ? 2.0F + 0.001F * static_cast<float>(i) : 0.0F);
    }
    predictions.labels.push_back({truth});
    const auto* row = predictions.row(static_cast<std::int64_t>(i));
    run_report::ReportClip clip;
    clip.sound = i;
    clip.truth = {truth};
    clip.predicted = {given};
    clip.probabilities = evaluation::probabilities(row, predictions.class_count, false);
    clip.windows.assign(10, clip.probabilities);
    input.clips.push_back(std::move(clip));
    ids.push_back("clip " + std::to_string(i) + ".wav");
    input.sounds.push_back(
        {ids.back(), "/sounds/" + ids.back(), "", classes[static_cast<std::size_t>(truth)], truth, {}});
  }
  const auto evaluation = evaluation::evaluate(predictions, predictions, ids, classes);
  input.metrics = evaluation.clips;
  input.evaluation = evaluation::json_report(evaluation);
  input.samples = made_up_sound;
  return input;
}

std::vector<std::string> numbered_classes(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < count; ++k) names.push_back("class " + std::to_string(k));
  return names;
}

void add_background(run_report::ReportInput& input) {
  const auto count = input.sounds.size();
  for (std::size_t i = 0; i < count; ++i) {
    auto& sound = input.sounds[i];
    sound.backbone_classes = {{"Vehicle", 0.5}, {"Engine", 0.25}};
    sound.x = std::sin(static_cast<double>(i));
    sound.y = std::cos(static_cast<double>(3 * i));
  }
  for (auto& clip : input.clips) clip.neighbours = {{(clip.sound + 1) % count, 0.97}, {(clip.sound + 2) % count, 0.9}};
  for (std::size_t k = 0; k < input.class_names.size(); ++k) {
    run_report::BackboneView view;
    view.by_name = k % 2 == 0;
    if (view.by_name) view.matched = {"Their " + input.class_names[k]};
    view.top_scores = {{"Vehicle", 0.5}};
    input.backbone_views.push_back(std::move(view));
  }
  input.baselines.push_back({"the nearest training clip's label", 1, static_cast<std::int64_t>(count), "cosine"});
}

nlohmann::json numbers_of(const std::string& html) {
  const std::string start = "<script type=\"application/json\" id=\"numbers\">";
  const auto at = html.find(start);
  REQUIRE(at != std::string::npos);
  const auto from = at + start.size();
  return nlohmann::json::parse(html.substr(from, html.find("</script>", from) - from));
}

void check_page(const std::string& html) {
  for (auto at = html.find("<svg"); at != std::string::npos; at = html.find("<svg", at + 1)) {
    const auto end = html.find("</svg>", at);
    REQUIRE(end != std::string::npos);
    CHECK(xml_fault(html.substr(at, end + 6 - at)) == "");
  }
  for (const auto* address : {"src=\"http", "href=\"http", "url(", "@import", "src=\"//"}) {
    CHECK(html.find(address) == std::string::npos);
  }
  CHECK(occurrences(html, "<script") == 2);
  for (const std::string name : {"section", "article", "bdi", "details", "table", "figure", "a", "p"}) {
    INFO(name);
    CHECK(occurrences(html, "<" + name + " ") + occurrences(html, "<" + name + ">") ==
          occurrences(html, "</" + name + ">"));
  }
  std::set<std::string> ids;
  const std::regex id(" id=\"([^\"]*)\""), link("href=\"#([^\"]*)\"");
  for (std::sregex_iterator at(html.begin(), html.end(), id), end; at != end; ++at) {
    CHECK(ids.insert((*at)[1]).second);
  }
  for (std::sregex_iterator at(html.begin(), html.end(), link), end; at != end; ++at) CHECK(ids.count((*at)[1]) == 1);
}

}  // namespace soundfold::testing
