// SPDX-License-Identifier: Apache-2.0
#include "option_pages/option_pages.h"

#include <algorithm>
#include <stdexcept>

namespace soundfold::option_pages {
namespace {

using Words = std::vector<std::string>;

std::string joined_by(const Words& words, const std::string& separator) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

/// The first sentence, for a menu.
std::string short_description(const OptionRow& row) {
  return row.description.substr(0, std::min(row.description.find(". "), row.description.find("; ")));
}

/// "KEY=" of each word, once, and the values of each key that has some.
struct Keys {
  Words keys;
  std::map<std::string, Words> values;
};

Keys keys_of(const Words& words) {
  Keys all;
  for (const auto& word : words) {
    const auto end = word.find('=');
    if (end == std::string::npos) continue;
    const auto key = word.substr(0, end);
    if (all.keys.empty() || all.keys.back() != key + "=") all.keys.push_back(key + "=");
    if (end + 1 < word.size()) all.values[key].push_back(word.substr(end + 1));
  }
  return all;
}

/// What completes the value of an option.
Words value_words(const OptionRow& row, const ValueWords& words) {
  for (const auto& name : row.names) {
    if (const auto found = words.find(name); found != words.end()) return found->second;
  }
  return row.choices;
}

/// Whether the value of an option can be the name of a file.
bool takes_file(const OptionRow& row) {
  return row.value == "TEXT";
}

std::string bash_cases(const OptionRow& row, const Words& words) {
  const auto keys = keys_of(words);
  std::string text = "    " + joined_by(row.names, "|") + ")\n";
  if (!keys.keys.empty()) {
    text += "      case $key in\n        '') words='" + joined_by(keys.keys, " ") + "'\n" +
            "          compopt -o nospace 2>/dev/null ;;\n";
    for (const auto& [key, values] : keys.values) {
      text += "        " + key + ") words='" + joined_by(values, " ") + "' ;;\n";
    }
    text += "      esac";
  } else if (!words.empty()) {
    text += "      words='" + joined_by(words, " ") + "'";
  } else {
    text += takes_file(row) ? "      files=yes" : "      :";
  }
  return text + " ;;\n";
}

std::string bash_script(const std::string& program, const std::vector<OptionRow>& rows, const ValueWords& words) {
  Words names;
  std::string cases;
  bool files = false;
  for (const auto& row : rows) {
    files = files || row.positional;
    if (row.positional) continue;
    names.insert(names.end(), row.names.begin(), row.names.end());
    if (!row.value.empty()) cases += bash_cases(row, value_words(row, words));
  }
  // The '=' of --set KEY=VALUE and of --option=VALUE is a word of its own to bash.
  return "# bash completion for " + program + ", made by: " + program + " --completion bash\n_soundfold_" + program +
         "() {\n" + R"(  local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]} key='' words='' files=''
  if [[ $cur == '=' ]]; then
    cur='' key=$option option=${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $option == '=' ]]; then
    key=${COMP_WORDS[COMP_CWORD-2]} option=${COMP_WORDS[COMP_CWORD-3]}
  fi
  if [[ $key == --* ]]; then
    option=$key key=''
  fi
  case $option in
)" + cases +
         "    *)\n      " +
         (files ? "if [[ $cur == -* ]]; then words='" + joined_by(names, " ") + "'; else files=yes; fi"
                : "words='" + joined_by(names, " ") + "'") +
         R"( ;;
  esac
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  fi
}
complete -F _soundfold_)" +
         program + " " + program + "\n";
}

/// In single quotes for zsh, inside the brackets of a description.
std::string zsh_text(std::string text) {
  text = replaced(replaced(text, "\\", "\\\\"), "[", "\\[");
  return replaced(replaced(replaced(text, "]", "\\]"), ":", "\\:"), "'", "'\\''");
}

/// A function that completes KEY=VALUE.
std::string zsh_keys(const std::string& name, const Keys& keys) {
  Words bare = keys.keys;
  for (auto& key : bare) key.pop_back();
  std::string text = name + "() {\n  if compset -P 1 '*='; then\n    case ${IPREFIX%=} in\n";
  for (const auto& [key, values] : keys.values) {
    text += "      (*" + key + ") compadd -- " + joined_by(values, " ") + " ;;\n";
  }
  return text + "    esac\n  else\n    compadd -q -S = -- " + joined_by(bare, " ") + "\n  fi\n}\n";
}

std::string zsh_script(const std::string& program, const std::vector<OptionRow>& rows, const ValueWords& words) {
  std::string functions, specs;
  for (const auto& row : rows) {
    const auto known = value_words(row, words);
    const auto keys = keys_of(known);
    std::string action = known.empty() ? (takes_file(row) ? "_files" : " ") : "(" + joined_by(known, " ") + ")";
    if (!keys.keys.empty()) {
      action = "_soundfold_" + program + "_keys";
      functions += zsh_keys(action, keys);
    }
    if (row.positional) {
      specs += " \\\n  '*:" + zsh_text(row.names.front()) + ":" + action + "'";
      continue;
    }
    for (const auto& name : row.names) {
      specs += std::string(" \\\n  '") + (row.repeated ? "*" : "") + name + "[" + zsh_text(short_description(row)) +
               "]" + (row.value.empty() ? "" : ":" + zsh_text(row.value) + ":" + action) + "'";
    }
  }
  return "#compdef " + program + "\n# zsh completion, made by: " + program + " --completion zsh\n" + functions +
         "_arguments" + specs + "\n";
}

std::string fish_text(const std::string& text) {
  return "'" + replaced(replaced(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string fish_script(const std::string& program, const std::vector<OptionRow>& rows, const ValueWords& words) {
  const bool files = std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.positional; });
  std::string text = "# fish completion, made by: " + program + " --completion fish\n";
  if (!files) text += "complete -c " + program + " -f\n";
  for (const auto& row : rows) {
    if (row.positional) continue;
    text += "complete -c " + program;
    for (const auto& name : row.names) text += name[1] == '-' ? " -l " + name.substr(2) : " -s " + name.substr(1);
    const auto known = value_words(row, words);
    if (!known.empty()) {
      text += " -x -a " + fish_text(joined_by(known, " "));
    } else if (!row.value.empty()) {
      text += takes_file(row) ? " -r -F" : " -x";
    }
    text += " -d " + fish_text(short_description(row)) + "\n";
  }
  return text;
}

}  // namespace

std::vector<std::string> completion_shells() {
  return {"bash", "zsh", "fish"};
}

std::string completion_script(const CLI::App& app, const std::string& shell, const ValueWords& words) {
  const auto rows = option_rows(app);
  if (shell == "bash") return bash_script(app.get_name(), rows, words);
  if (shell == "zsh") return zsh_script(app.get_name(), rows, words);
  if (shell == "fish") return fish_script(app.get_name(), rows, words);
  throw std::invalid_argument("no completion for the shell " + shell);
}

}  // namespace soundfold::option_pages
