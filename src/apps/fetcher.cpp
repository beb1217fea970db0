// SPDX-License-Identifier: Apache-2.0
#include "assets/fetch.h"
#include "command_line/program.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/logging.h"
#include "text/table.h"
#include "text/text.h"

#include <unistd.h>

#include <iostream>
#include <sstream>

namespace {
using namespace soundfold;
using namespace soundfold::assets;

struct Arguments {
  std::string manifest = "data/assets.yaml";
  std::string data = "data";
  std::string mirror;
  std::vector<std::string> any_of;
  std::vector<std::string> names;
  bool list = false;
  bool verify = false;
  bool if_possible = false;
  command_line::CommonOptions common;
};

constexpr int kExitUnavailable = 3;  ///< exit code

constexpr const char* kExamples = R"(Examples:
  fetcher --list
  fetcher miaow_16k yamnet_class_map
  fetcher --any-of yamnet_h5,yamnet_tflite
  SOUNDFOLD_MIRROR=/media/usb/soundfold fetcher esc50
  fetcher --verify esc50
  fetcher --if-possible esc50 || echo "continuing without it"

Exit codes: 0 everything is there; 1 something could not be fetched; 2 wrong usage; 3 with --if-possible, something is
available neither from the mirror nor from the network, and nothing else is wrong; 130 interrupted (run it again to
resume).)";

void declare(CLI::App& app, Arguments& arguments) {
  app.add_option("NAME", arguments.names, "Assets to fetch, by their names in the manifest");
  app.add_option("--any-of", arguments.any_of, "Names joined by commas, best first: fetch the first that is available")
      ->allow_extra_args(false);
  app.add_option("--manifest", arguments.manifest, "The list of assets")->capture_default_str();
  app.add_option("--data", arguments.data, "The folder to fetch into")->capture_default_str();
  app.add_option("--mirror", arguments.mirror, "A folder to look in before the network is tried")
      ->envname("SOUNDFOLD_MIRROR");
  app.add_flag("--list", arguments.list, "Show every asset with its size, licence and state; fetch nothing");
  app.add_flag("--verify", arguments.verify, "Read what is there again, instead of trusting size, times and inode");
  app.add_flag("--if-possible", arguments.if_possible,
               "Accept assets that neither the mirror nor the network has: exit code 3 and no error. A damaged copy on "
               "the mirror is still an error");
  command_line::add_common_options(app, arguments.common, false);
  app.footer(kExamples);
}

std::string describe(const AssetState& state) {
  const std::string content = std::to_string(state.files) + " files";
  switch (state.kind) {
    case AssetState::Kind::missing:
      return "missing";
    case AssetState::Kind::damaged:
      return "damaged: " + state.problem;
    case AssetState::Kind::part:
      return "a part of it is here (" + content + ")";
    case AssetState::Kind::whole:
      return state.files == 1 ? "here" : "here (" + content + ")";
  }
  return "";
}

void print_list(Fetcher& fetcher) {
  using Align = TextTable::Align;
  TextTable table({{"NAME"}, {"SIZE", Align::right}, {"LICENCE"}, {"STATE"}});
  for (const auto& asset : fetcher.manifest().assets) {
    const AssetState state = fetcher.inspect(asset.name);
    const std::uintmax_t size = state.usable() ? state.bytes : asset.expected.size_bytes;
    table.add({asset.name, size == 0 ? "not known" : human_size(size), asset.licence_name + ", " + asset.licence_holder,
               describe(state)});
  }
  std::cout << table.text(Colours(colours_wanted(STDOUT_FILENO)));
}

std::string summary(const FetchResult& result) {
  const char* origin = result.origin == Origin::already_there ? "already there"
                       : result.origin == Origin::mirror      ? "from the mirror"
                                                              : "from the network";
  std::string text = result.name + ": " + origin + ", " + result.path.string() + " (" + human_size(result.state.bytes);
  if (result.state.files > 1) text += ", " + std::to_string(result.state.files) + " files";
  text += ")";
  if (result.state.kind == AssetState::Kind::part) {
    text += ", a part of the set; for all of it remove this folder and fetch without that mirror";
  }
  return text;
}

std::vector<std::string> split(const std::string& names) {
  std::vector<std::string> parts;
  std::istringstream words(names);
  for (std::string word; std::getline(words, word, ',');) parts.push_back(word);
  return parts;
}

/// Fetches everything, continuing after a failure, and ends with one line per asset.
int fetch_all(Fetcher& fetcher, const Arguments& arguments) {
  std::vector<std::vector<std::string>> requests;
  requests.reserve(arguments.any_of.size() + arguments.names.size());
  for (const auto& names : arguments.any_of) requests.push_back(split(names));
  for (const auto& name : arguments.names) requests.push_back({name});
  for (const auto& request : requests) {
    for (const auto& name : request) fetcher.manifest().find(name);
  }
  std::vector<std::string> lines;
  int failed = 0;
  int unavailable = 0;
  for (const auto& request : requests) {
    try {
      lines.push_back(summary(fetcher.fetch_any(request)));
    } catch (const Unavailable& error) {
      logger().debug("{}", error.what());
      ++(arguments.if_possible ? unavailable : failed);
      lines.push_back(arguments.if_possible ? join(request, " or ") + ": unavailable"
                                            : std::string("FAILED ") + error.what());
    } catch (const DataError& error) {
      ++failed;
      lines.push_back(std::string("FAILED ") + error.what());
    }
  }
  flush_logs();
  for (const auto& line : lines) std::cout << line << '\n';
  std::cout.flush();
  if (failed == 0) return unavailable == 0 ? 0 : kExitUnavailable;
  throw DataError(std::to_string(failed) + " of " + std::to_string(requests.size()) +
                  " could not be fetched; see the lines above that start with FAILED");
}

int run(const Arguments& arguments) {
  FetchOptions options;
  options.data_folder = arguments.data;
  options.mirror = arguments.mirror;
  options.verify = arguments.verify;
  Fetcher fetcher(read_manifest(arguments.manifest), options);
  if (arguments.list) {
    print_list(fetcher);
    return 0;
  }
  if (arguments.names.empty() && arguments.any_of.empty()) {
    throw UsageError("name at least one asset, or give --list to see them (see fetcher --help)");
  }
  return fetch_all(fetcher, arguments);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Fetches the weights, recordings and data sets of the manifest into the data folder.", "fetcher");
  Arguments arguments;
  declare(app, arguments);
  return command_line::run_app(app, argc, argv, arguments.common, [&] { return run(arguments); });
}
