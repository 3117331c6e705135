#include "cli/flags.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/diagnostic.h"

namespace cli {
namespace {

tl::unexpected<base::Error> bad(std::string text, std::string hint = {}) {
  return base::fail(base::Code::kInvalid, std::move(text), {}, std::move(hint));
}

bool is_word(std::string_view words, std::string_view value) {
  while (!words.empty()) {
    const size_t end = std::min(words.find('|'), words.size());
    if (words.substr(0, end) == value) return true;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return false;
}

}  // namespace

const Flag* Flags::find(std::string_view name) const {
  for (const std::span<const Flag> rows : {own_, shared_})
    for (const Flag& row : rows)
      if (row.name == name) return &row;
  return nullptr;
}

const Flag* Flags::find(char letter) const {
  for (const std::span<const Flag> rows : {own_, shared_})
    for (const Flag& row : rows)
      if (row.letter == letter) return &row;
  return nullptr;
}

base::Status Flags::set(const Flag& flag, std::string value) {
  if (flag.value.empty() && value != "true" && value != "false")
    return bad(fmt::format("--{} is true or false, not \"{}\"", flag.name, value));
  if (!flag.words.empty() && !is_word(flag.words, value))
    return bad(
        fmt::format("invalid value \"{}\" for --{}: one of {}", value, flag.name, flag.words));
  values_[std::string(flag.name)].push_back(std::move(value));
  return {};
}

base::Status Flags::read_long(std::span<const std::string> args, size_t& at) {
  const std::string_view text = std::string_view(args[at]).substr(2);
  const size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  const Flag* flag = find(name);
  if (!flag) {
    std::vector<std::string_view> names;
    for (const Flag& row : own_) names.push_back(row.name);
    for (const Flag& row : shared_) names.push_back(row.name);
    const std::string near = base::nearest(name, names);
    return bad(fmt::format("unknown flag: --{}", name),
               near.empty() ? "" : fmt::format("did you mean --{}?", near));
  }
  if (equals != std::string_view::npos) return set(*flag, std::string(text.substr(equals + 1)));
  if (flag->value.empty()) return set(*flag, "true");
  if (++at == args.size()) return bad(fmt::format("--{} needs a value", name));
  return set(*flag, args[at]);
}

base::Status Flags::read_letters(std::span<const std::string> args, size_t& at) {
  std::string_view letters = std::string_view(args[at]).substr(1);
  while (!letters.empty()) {
    const Flag* flag = find(letters[0]);
    if (!flag) return bad(fmt::format("unknown flag: -{}", letters[0]));
    const char letter = letters[0];
    letters.remove_prefix(1);
    if (flag->value.empty() && !letters.starts_with('=')) {
      if (base::Status done = set(*flag, "true"); !done) return done;
      continue;
    }
    if (letters.starts_with('='))
      letters.remove_prefix(1);
    else if (letters.empty()) {
      if (++at == args.size()) return bad(fmt::format("-{} needs a value", letter));
      letters = args[at];
    }
    return set(*flag, std::string(letters));
  }
  return {};
}

base::Result<Flags> Flags::parse(std::span<const std::string> args, std::span<const Flag> own,
                                 std::span<const Flag> shared) {
  Flags out;
  out.own_ = own;
  out.shared_ = shared;
  for (size_t at = 0; at < args.size(); ++at) {
    const std::string_view text = args[at];
    if (text == "--") {
      out.arguments.insert(out.arguments.end(), args.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                           args.end());
      break;
    }
    base::Status done;
    if (text.starts_with("--"))
      done = out.read_long(args, at);
    else if (text.size() > 1 && text[0] == '-')
      done = out.read_letters(args, at);
    else
      out.arguments.emplace_back(text);
    if (!done) return base::fail(done.error());
  }
  return out;
}

bool Flags::on(std::string_view name, bool without) const {
  const auto found = values_.find(name);
  return found == values_.end() ? without : found->second.back() == "true";
}

std::string Flags::get(std::string_view name, std::string_view without) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string(without) : found->second.back();
}

std::vector<std::string> Flags::all(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::vector<std::string> Flags::list(std::string_view name) const {
  std::vector<std::string> out;
  for (const std::string& value : all(name)) {
    std::string_view left = value;
    while (!left.empty()) {
      const size_t end = std::min(left.find(','), left.size());
      if (end > 0) out.emplace_back(left.substr(0, end));
      left.remove_prefix(std::min(end + 1, left.size()));
    }
  }
  return out;
}

base::Result<int64_t> Flags::whole(std::string_view name, int64_t without) const {
  if (!has(name)) return without;
  const std::string text = get(name);
  int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || text.empty())
    return bad(fmt::format("--{} needs a whole number, not \"{}\"", name, text));
  return value;
}

std::string describe(std::span<const Flag> flags) {
  std::vector<std::string> left;
  size_t widest = 0;
  for (const Flag& flag : flags) {
    std::string text = flag.letter ? fmt::format("  -{}, --{}", flag.letter, flag.name)
                                   : fmt::format("      --{}", flag.name);
    if (!flag.value.empty()) text += fmt::format(" {}", flag.value);
    widest = std::max(widest, text.size());
    left.push_back(std::move(text));
  }
  std::string out;
  for (size_t i = 0; i < flags.size(); ++i) {
    out += fmt::format("{:{}}   {}", left[i], widest, flags[i].help);
    if (!flags[i].words.empty()) out += fmt::format(" (one of {})", flags[i].words);
    out += '\n';
  }
  return out;
}

}  // namespace cli
