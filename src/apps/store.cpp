// SPDX-License-Identifier: Apache-2.0
// store: looks into embedding stores, verifies, prunes and merges them.

#include "command_line/program.h"
#include "shards/landed.h"
#include "support/files.h"
#include "upkeep/info.h"
#include "upkeep/merge.h"
#include "upkeep/prune.h"
#include "upkeep/verify.h"

#include <cstdio>

using namespace soundfold;

namespace {

constexpr const char* kExamples = R"(Examples:
  store info data/embeddings
  store verify data/embeddings --json
  store verify shards    # all that embedder --shard landed there, as one store; info takes such a folder too
  store prune data/embeddings --dry-run --keep-recipe patch_hop_frames=48
  store prune data/embeddings --missing-files --damaged
  store merge data/embeddings shard0 shard1 shard2
  store merge data/embeddings shards

A recipe is named by 4 or more digits of its digest, or by a line of its text, as info prints them. Exit codes: 0 done,
1 failure, or damaged or different records found, or shards missing, 2 wrong usage, 130 interrupted.)";

struct Arguments {
  command_line::CommonOptions common;
  std::string folder;
  std::vector<std::filesystem::path> inputs;
  upkeep::PruneRules rules;
  bool dry_run = false;
  bool json = false;
};

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
}

int show_info(const Arguments& arguments) {
  const auto info = upkeep::store_info(arguments.folder);
  print(arguments.json ? upkeep::info_json(info) : upkeep::info_text(info));
  return 0;
}

int verify(const Arguments& arguments) {
  const auto result = upkeep::verify_store(arguments.folder);
  print(arguments.json ? upkeep::verify_json(result) : upkeep::verify_text(result));
  return result.intact() ? 0 : 1;
}

int prune(const Arguments& arguments) {
  const auto bytes = upkeep::prune_store(arguments.folder, arguments.rules, arguments.dry_run,
                                         [](const upkeep::PruneResult& plan) { print(plan.text()); });
  print(arguments.dry_run ? "dry run: nothing was removed\n" : "the file has " + human_size(bytes) + " now\n");
  return 0;
}

/// The inputs; of a folder of shards, the store of each.
std::vector<std::filesystem::path> stores_to_merge(const Arguments& arguments) {
  std::vector<std::filesystem::path> stores;
  for (const auto& input : arguments.inputs) {
    const bool shards = shards::is_shard_folder(input);
    for (const auto& store : shards ? shards::landed_stores(input) : std::vector{input}) stores.push_back(store);
  }
  return stores;
}

int merge(const Arguments& arguments) {
  const auto result = upkeep::merge_stores(arguments.folder, stores_to_merge(arguments),
                                           [](const std::string& line) { print(line + "\n"); });
  print(arguments.folder + ": " + result.summary() + "\n");
  return result.different + result.damaged == 0 ? 0 : 1;
}

CLI::App* add_command(CLI::App& app, Arguments& arguments, const char* name, const char* help,
                      const char* folder = "Folder of the store") {
  CLI::App* const command = app.add_subcommand(name, help);
  command->add_option("STORE", arguments.folder, folder)->required();
  return command;
}

constexpr const char* kOrShards = "Folder of the store, or of shards (embedder --shard)";

void declare(CLI::App& app, Arguments& arguments) {
  command_line::add_common_options(app, arguments.common, false);
  app.set_help_flag();
  app.set_help_all_flag("-h,--help", "Print this help message and exit");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(kExamples);
  auto* info =
      add_command(app, arguments, "info", "Print what a store holds: recipes, records, bytes, free room", kOrShards);
  info->add_flag("--json", arguments.json, "Print JSON");
  auto* verify = add_command(app, arguments, "verify",
                             "Read every record and list the damaged ones; others may write meanwhile", kOrShards);
  verify->add_flag("--json", arguments.json, "Print JSON");
  auto* prune = add_command(app, arguments, "prune",
                            "Remove records by the rules given, and room that is free; nobody else may use the store");
  auto* recipe = prune->add_option("--recipe", arguments.rules.recipes, "Remove the records of this recipe")
                     ->allow_extra_args(false);
  prune->add_option("--keep-recipe", arguments.rules.keep_recipes, "Remove the records of all other recipes")
      ->allow_extra_args(false)
      ->excludes(recipe);
  prune->add_flag("--missing-files", arguments.rules.missing_files,
                  "Remove the records of sound files that are gone, and forget these files");
  prune->add_flag("--damaged", arguments.rules.damaged, "Remove the records that verify lists");
  prune->add_flag("--dry-run", arguments.dry_run, "Print what would be removed, and remove nothing");
  auto* merge =
      add_command(app, arguments, "merge", "Add the records of other stores to a store, which is made when missing");
  merge
      ->add_option("INPUT", arguments.inputs,
                   "Folders of the stores to read, or of shards (embedder --shard); nothing is written there")
      ->required();
}

int run(const CLI::App& app, const Arguments& arguments) {
  if (app.got_subcommand("info")) return show_info(arguments);
  if (app.got_subcommand("verify")) return verify(arguments);
  if (app.got_subcommand("prune")) return prune(arguments);
  return merge(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Looks into embedding stores, verifies, prunes and merges them.", "store"};
  Arguments arguments;
  declare(app, arguments);
  return command_line::run_app(app, argc, argv, arguments.common, [&] { return run(app, arguments); });
}
