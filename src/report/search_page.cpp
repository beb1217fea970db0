// SPDX-License-Identifier: Apache-2.0
#include "report/search_page.h"

#include "pictures/svg.h"
#include "report/html.h"
#include "report/internal/sound_card.h"
#include "support/files.h"
#include "text/text.h"

namespace soundfold::report {

std::string search_page(const SearchResult& result,
                        const std::function<std::vector<float>(const std::string& file)>& sound, ReportAudio audio) {
  const auto card_of = [&](const std::string& name, const std::string& file, const std::string& line) {
    SoundCard card{name, file.empty() ? "" : absolute_name(file), line, {}};
    if (!file.empty() && sound) card.sound = [&sound, file] { return sound(file); };
    return card;
  };
  std::vector<SoundCard> cards;
  for (const auto& hit : result.hits) {
    cards.push_back(card_of(hit.name, hit.file,
                            "cosine " + fixed(hit.cosine, 4) + ", " + fixed(hit.seconds, 1) + " s" +
                                (hit.file.empty() ? ", where its file lies is not known" : "")));
  }
  const std::string body =
      "<header>\n<h1>Clips like " + name_html(result.query) + "</h1>\n<p>The nearest " +
      std::to_string(result.hits.size()) + " of " + std::to_string(result.clips) +
      " clips of the embedding store, by the cosine of their mean embeddings</p>\n</header>\n<main>\n" +
      section("query", "Searched with", sound_cards({card_of(result.query, result.query, "the query")}, audio)) +
      section("hits", "Nearest first", sound_cards(cards, audio)) + "</main>";
  return page("Clips like " + result.query, body, audio == ReportAudio::link);
}

}  // namespace soundfold::report
