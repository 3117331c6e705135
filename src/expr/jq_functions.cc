// The functions of values: one row each.
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "expr/jq_eval.h"
#include "expr/json_numbers.h"
#include "expr/number_text.h"
#include "expr/time_text.h"
#include "text/json.h"
#include "text/utf8.h"

namespace expr {
namespace {

using Arguments = std::span<const Value>;
using Items = std::vector<Value>;

tl::unexpected<Value> wrong(std::string_view name, const Value& value) {
  return jq_error(std::string(name) + " cannot be applied to: " + jq_shown(value));
}

bool less(const Value& a, const Value& b) { return jq_compare(a, b) < 0; }

int64_t character_count(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

Items characters(const std::string& text) {
  return jq_binary(JqNode::Op::kDiv, Value(text), Value("")).value().items();
}

// --- any value

JqResult length(const JqEvaluator&, const Value& in, Arguments) {
  if (in.is_nil()) return Value(0);
  if (in.is_string()) return Value(character_count(in.as_string()));
  if (in.is_list()) return Value(static_cast<int64_t>(in.items().size()));
  if (in.is_map()) return Value(static_cast<int64_t>(in.as_map().entries.size()));
  if (in.is_int() && in.as_int().value != INT64_MIN) return Value(std::abs(in.as_int().value));
  if (in.is_number()) return Value(std::abs(in.number()));
  return wrong("length", in);
}

JqResult keys(const JqEvaluator&, const Value& in, Arguments) {
  Items out;
  if (in.is_list())
    for (size_t i = 0; i < in.items().size(); ++i) out.emplace_back(static_cast<int64_t>(i));
  else if (in.is_map())
    for (const auto& [key, value] : in.as_map().entries) out.push_back(key);
  else
    return wrong("keys", in);
  return Value::list(std::move(out));
}

JqResult to_entries(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_map() && !in.is_list()) return wrong("to_entries", in);
  Items out;
  const auto one = [&](const Value& key, const Value& value) {
    Entries entry;
    entry.emplace(Value("key"), key);
    entry.emplace(Value("value"), value);
    out.push_back(make_map(std::move(entry)));
  };
  if (in.is_map())
    for (const auto& [key, value] : in.as_map().entries) one(key, value);
  else
    for (const Value& value : in.items()) one(Value(static_cast<int64_t>(out.size())), value);
  return Value::list(std::move(out));
}

Items values_of(const Value& in) {
  if (in.is_list()) return in.items();
  Items out;
  if (in.is_map())
    for (const auto& [key, value] : in.as_map().entries) out.push_back(value);
  return out;
}

JqResult add(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_list() && !in.is_map()) return wrong("add", in);
  const Items items = values_of(in);
  if (items.empty()) return Value();
  if (std::all_of(items.begin(), items.end(), [](const Value& v) { return v.is_string(); })) {
    std::string text;
    for (const Value& item : items) text += item.as_string();
    return Value(std::move(text));
  }
  if (std::all_of(items.begin(), items.end(), [](const Value& v) { return v.is_list(); })) {
    Items out;
    for (const Value& item : items) out.insert(out.end(), item.items().begin(), item.items().end());
    return Value::list(std::move(out));
  }
  Value sum;
  for (const Value& item : items) {
    auto next = jq_binary(JqNode::Op::kAdd, sum, item);
    if (!next) return next;
    sum = std::move(*next);
  }
  return sum;
}

JqResult error(const JqEvaluator&, const Value& in, Arguments arguments) {
  return tl::unexpected(arguments.empty() ? in : arguments[0]);
}

JqResult to_number(const JqEvaluator&, const Value& in, Arguments) {
  if (in.is_number()) return in;
  if (!in.is_string()) return wrong("tonumber", in);
  const auto parsed = text::parse_json(in.as_string());
  const std::string& text = in.as_string();
  const bool number = parsed && parsed->is_number() && !text.empty() &&
                      std::strchr("0123456789-", text.front()) && std::isdigit(text.back());
  if (!number) return wrong("tonumber", in);
  return from_json(*parsed, JsonNumbers::kWhole);
}

JqResult to_boolean(const JqEvaluator&, const Value& in, Arguments) {
  if (in.is(Value::Kind::kBool)) return in;
  if (in.is_string() && in.as_string() == "true") return Value(true);
  if (in.is_string() && in.as_string() == "false") return Value(false);
  return wrong("toboolean", in);
}

JqResult from_json_text(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_string()) return wrong("fromjson", in);
  const auto parsed = text::parse_json(in.as_string());
  if (!parsed) return jq_error("fromjson: " + parsed.error().text);
  return from_json(*parsed, JsonNumbers::kWhole);
}

// --- arrays

JqResult sort_items(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_list()) return wrong("sort", in);
  Items out = in.items();
  std::stable_sort(out.begin(), out.end(), less);
  return Value::list(std::move(out));
}

struct Keyed {
  Value key;
  const Value* item;
};
// The items with what they are sorted by, in that order; the argument has a key for each.
std::vector<Keyed> keyed(const Value& in, const Value& by) {
  std::vector<Keyed> out;
  for (size_t i = 0; i < in.items().size() && i < by.items().size(); ++i)
    out.push_back({by.items()[i], &in.items()[i]});
  return out;
}
std::vector<Keyed> sorted(const Value& in, const Value& by) {
  std::vector<Keyed> out = keyed(in, by);
  std::stable_sort(out.begin(), out.end(),
                   [](const Keyed& a, const Keyed& b) { return less(a.key, b.key); });
  return out;
}

JqResult sort_by(const JqEvaluator&, const Value& in, Arguments by) {
  Items out;
  for (const Keyed& one : sorted(in, by[0])) out.push_back(*one.item);
  return Value::list(std::move(out));
}

JqResult group_by(const JqEvaluator&, const Value& in, Arguments by) {
  Items out, group;
  const auto all = sorted(in, by[0]);
  for (size_t i = 0; i < all.size(); ++i) {
    group.push_back(*all[i].item);
    if (i + 1 < all.size() && !less(all[i].key, all[i + 1].key)) continue;
    out.push_back(Value::list(std::move(group)));
    group.clear();
  }
  return Value::list(std::move(out));
}

JqResult unique_by(const JqEvaluator&, const Value& in, Arguments by) {
  Items out;
  const auto all = sorted(in, by[0]);
  for (size_t i = 0; i < all.size(); ++i)
    if (i == 0 || less(all[i - 1].key, all[i].key)) out.push_back(*all[i].item);
  return Value::list(std::move(out));
}

JqResult unique(const JqEvaluator& evaluator, const Value& in, Arguments) {
  if (!in.is_list()) return wrong("unique", in);
  const Value by[] = {in};
  return unique_by(evaluator, in, by);
}

// Of equal ones the first is the least, the last the greatest.
JqResult min_by(const JqEvaluator&, const Value& in, Arguments by) {
  const auto all = keyed(in, by[0]);
  const auto found = std::min_element(
      all.begin(), all.end(), [](const Keyed& a, const Keyed& b) { return less(a.key, b.key); });
  return found == all.end() ? Value() : *found->item;
}
JqResult max_by(const JqEvaluator&, const Value& in, Arguments by) {
  const auto all = keyed(in, by[0]);
  const auto found = std::max_element(
      all.begin(), all.end(), [](const Keyed& a, const Keyed& b) { return !less(b.key, a.key); });
  return found == all.end() ? Value() : *found->item;
}
JqResult min(const JqEvaluator& evaluator, const Value& in, Arguments) {
  if (!in.is_list()) return wrong("min", in);
  const Value by[] = {in};
  return min_by(evaluator, in, by);
}
JqResult max(const JqEvaluator& evaluator, const Value& in, Arguments) {
  if (!in.is_list()) return wrong("max", in);
  const Value by[] = {in};
  return max_by(evaluator, in, by);
}

JqResult reverse(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_list()) return wrong("reverse", in);
  Items out = in.items();
  std::reverse(out.begin(), out.end());
  return Value::list(std::move(out));
}

void flatten_into(const Value& in, double depth, Items& out) {
  for (const Value& item : values_of(in))
    if (item.is_list() && depth > 0)
      flatten_into(item, depth - 1, out);
    else
      out.push_back(item);
}
JqResult flatten(const JqEvaluator&, const Value& in, Arguments arguments) {
  if (!in.is_list() && !in.is_map()) return wrong("flatten", in);
  const double depth = arguments.empty()          ? 1e9
                       : arguments[0].is_number() ? arguments[0].number()
                                                  : -1;
  if (!(depth >= 0)) return jq_error("flatten: the depth must not be negative");
  Items out;
  flatten_into(in, depth, out);
  return Value::list(std::move(out));
}

JqResult transpose(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_list()) return wrong("transpose", in);
  size_t width = 0;
  for (const Value& row : in.items()) {
    if (!row.is_list()) return wrong("transpose", in);
    width = std::max(width, row.items().size());
  }
  std::vector<Items> out(width);
  for (const Value& row : in.items())
    for (size_t i = 0; i < width; ++i)
      out[i].push_back(i < row.items().size() ? row.items()[i] : Value());
  Items rows;
  for (Items& row : out) rows.push_back(Value::list(std::move(row)));
  return Value::list(std::move(rows));
}

JqResult bsearch(const JqEvaluator&, const Value& in, Arguments arguments) {
  if (!in.is_list()) return wrong("bsearch", in);
  const Items& items = in.items();
  const auto at = std::lower_bound(items.begin(), items.end(), arguments[0], less);
  const auto place = static_cast<int64_t>(at - items.begin());
  const bool found = at != items.end() && jq_compare(*at, arguments[0]) == 0;
  return Value(found ? place : -1 - place);
}

// --- places and paths

Items places(const Value& in, const Value& of) {
  Items out;
  if (in.is_string() && of.is_string() && !of.as_string().empty()) {
    const std::string &text = in.as_string(), &part = of.as_string();
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
      out.emplace_back(character_count(std::string_view(text).substr(0, at)));
  } else if (in.is_list()) {
    const Value part = of.is_list() ? of : Value::list({of});
    return jq_index(in, part).value().items();
  }
  return out;
}
JqResult indices(const JqEvaluator&, const Value& in, Arguments of) {
  if (in.is_nil()) return Value();
  if (!in.is_list() && !(in.is_string() && of[0].is_string())) return wrong("indices", in);
  return Value::list(places(in, of[0]));
}
JqResult first_index(const JqEvaluator& evaluator, const Value& in, Arguments of) {
  auto all = indices(evaluator, in, of);
  if (!all || all->is_nil()) return all;
  return all->items().empty() ? Value() : all->items().front();
}
JqResult last_index(const JqEvaluator& evaluator, const Value& in, Arguments of) {
  auto all = indices(evaluator, in, of);
  if (!all || all->is_nil()) return all;
  return all->items().empty() ? Value() : all->items().back();
}

JqResult has(const JqEvaluator&, const Value& in, Arguments key) { return jq_has(in, key[0]); }

JqResult contains(const JqEvaluator&, const Value& in, Arguments part) {
  if (jq_type(in) != jq_type(part[0]))
    return jq_error("cannot be contained: " + jq_shown(part[0]) + " in " + jq_shown(in));
  return Value(jq_contains(in, part[0]));
}
JqResult inside(const JqEvaluator& evaluator, const Value& in, Arguments whole) {
  const Value part[] = {in};
  return contains(evaluator, whole[0], part);
}

JqResult set_path(const JqEvaluator&, const Value& in, Arguments arguments) {
  if (!arguments[0].is_list()) return wrong("setpath", arguments[0]);
  return jq_set(in, arguments[0].items(), arguments[1]);
}
JqResult delete_paths(const JqEvaluator&, const Value& in, Arguments arguments) {
  if (!arguments[0].is_list()) return wrong("delpaths", arguments[0]);
  std::vector<JqKeys> paths;
  for (const Value& path : arguments[0].items()) {
    if (!path.is_list()) return wrong("delpaths", path);
    paths.push_back(path.items());
  }
  return jq_delete(in, std::move(paths));
}

// --- strings

// A function of a string to a string.
template <std::string (*F)(std::string_view)>
JqResult text_function(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_string()) return jq_error("a string is needed, not " + jq_shown(in));
  return Value(F(in.as_string()));
}
constexpr std::string_view kSpace = " \t\n\v\f\r";
std::string ltrim(std::string_view text) {
  const size_t from = text.find_first_not_of(kSpace);
  return std::string(from == std::string_view::npos ? "" : text.substr(from));
}
std::string rtrim(std::string_view text) {
  return std::string(text.substr(0, text.find_last_not_of(kSpace) + 1));
}
std::string trim(std::string_view text) { return rtrim(ltrim(text)); }
std::string down(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}
std::string up(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

JqResult starts_with(const JqEvaluator&, const Value& in, Arguments with) {
  if (!in.is_string() || !with[0].is_string()) return wrong("startswith", in);
  return Value(in.as_string().starts_with(with[0].as_string()));
}
JqResult ends_with(const JqEvaluator&, const Value& in, Arguments with) {
  if (!in.is_string() || !with[0].is_string()) return wrong("endswith", in);
  return Value(in.as_string().ends_with(with[0].as_string()));
}
// A string without the part stays.
JqResult without_start(const JqEvaluator&, const Value& in, Arguments part) {
  if (!in.is_string() || !part[0].is_string())
    return wrong("trimming", in.is_string() ? part[0] : in);
  const std::string &text = in.as_string(), &start = part[0].as_string();
  return text.starts_with(start) ? Value(text.substr(start.size())) : in;
}
JqResult without_end(const JqEvaluator&, const Value& in, Arguments part) {
  if (!in.is_string() || !part[0].is_string())
    return wrong("trimming", in.is_string() ? part[0] : in);
  const std::string &text = in.as_string(), &end = part[0].as_string();
  return text.ends_with(end) ? Value(text.substr(0, text.size() - end.size())) : in;
}
JqResult without_both(const JqEvaluator& evaluator, const Value& in, Arguments part) {
  const auto cut = without_start(evaluator, in, part);
  return cut ? without_end(evaluator, *cut, part) : cut;
}

JqResult explode(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_string()) return wrong("explode", in);
  Items out;
  for (const Value& character : characters(in.as_string())) {
    const std::string& bytes = character.as_string();
    const auto first = static_cast<unsigned char>(bytes[0]);
    uint32_t code = bytes.size() == 1 ? first : first & (0x7Fu >> bytes.size());
    for (size_t i = 1; i < bytes.size(); ++i) code = code << 6 | (bytes[i] & 0x3F);
    out.emplace_back(static_cast<int64_t>(code));
  }
  return Value::list(std::move(out));
}
JqResult implode(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_list()) return wrong("implode", in);
  std::string out;
  for (const Value& code : in.items()) {
    if (!code.is_number()) return wrong("implode", in);
    const double number = code.number();
    text::append_utf8(out,
                      number >= 0 && number <= 0x10FFFF ? static_cast<uint32_t>(number) : 0xFFFD);
  }
  return Value(std::move(out));
}

JqResult split(const JqEvaluator&, const Value& in, Arguments by) {
  if (!in.is_string() || !by[0].is_string()) return wrong("split", in);
  return jq_binary(JqNode::Op::kDiv, in, by[0]);
}
JqResult join(const JqEvaluator&, const Value& in, Arguments by) {
  if (!in.is_list()) return wrong("join", in);
  if (in.items().empty()) return Value("");
  if (!by[0].is_string()) return wrong("join", by[0]);
  std::string out;
  for (size_t i = 0; i < in.items().size(); ++i) {
    const Value& item = in.items()[i];
    if (item.is_list() || item.is_map()) return wrong("join", item);
    if (i != 0) out += by[0].as_string();
    if (!item.is_nil()) out += jq_string(item);
  }
  return Value(std::move(out));
}

// --- regular expressions

Value captures_of(const RE2& pattern, std::string_view text,
                  const std::vector<re2::StringPiece>& groups) {
  Items out;
  const auto& names = pattern.CapturingGroupNames();
  for (size_t i = 1; i < groups.size(); ++i) {
    const bool there = groups[i].data() != nullptr;
    const auto name = names.find(static_cast<int>(i));
    Entries capture;
    capture.emplace(Value("name"), name == names.end() ? Value() : Value(name->second));
    const std::string_view part(groups[i].data(), groups[i].size());
    const size_t before = there ? static_cast<size_t>(groups[i].data() - text.data()) : 0;
    capture.emplace(Value("offset"),
                    there ? Value(character_count(text.substr(0, before))) : Value(-1));
    capture.emplace(Value("length"), Value(character_count(part)));
    capture.emplace(Value("string"), there ? Value(part) : Value());
    out.push_back(make_map(std::move(capture)));
  }
  return Value::list(std::move(out));
}

// RE2 of this age writes a named group (?P<name>…) only.
std::string with_named_groups(const std::string& pattern) {
  std::string out;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) {
      out += pattern[i++];
    } else if (pattern.compare(i, 3, "(?<") == 0 && i + 3 < pattern.size() &&
               pattern[i + 3] != '=' && pattern[i + 3] != '!') {
      out += "(?P<";
      i += 2;
      continue;
    }
    out += pattern[i];
  }
  return out;
}

// _match(pattern; flags; whether only to test)
JqResult match(const JqEvaluator&, const Value& in, Arguments arguments) {
  if (!in.is_string()) return wrong("match", in);
  if (!arguments[0].is_string()) return wrong("match", arguments[0]);
  if (!arguments[1].is_nil() && !arguments[1].is_string()) return wrong("match", arguments[1]);
  const std::string flags = arguments[1].is_string() ? arguments[1].as_string() : "";
  if (flags.find_first_not_of("gim") != std::string::npos)
    return jq_error("there are the flags g, i and m, not \"" + flags + '"');
  const bool all = flags.find('g') != std::string::npos;
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(8 << 20);
  options.set_case_sensitive(flags.find('i') == std::string::npos);
  options.set_dot_nl(flags.find('m') != std::string::npos);
  const RE2 pattern(with_named_groups(arguments[0].as_string()), options);
  if (!pattern.ok()) return jq_error("bad regular expression: " + pattern.error());
  const std::string& text = in.as_string();
  std::vector<re2::StringPiece> groups(static_cast<size_t>(pattern.NumberOfCapturingGroups()) + 1);
  const auto search = [&](size_t from) {
    return from <= text.size() && pattern.Match(text, from, text.size(), RE2::UNANCHORED,
                                                groups.data(), static_cast<int>(groups.size()));
  };
  if (jq_truth(arguments[2])) return Value(search(0));
  Items out;
  size_t last_end = std::string::npos;
  for (size_t from = 0; search(from);) {
    const auto start = static_cast<size_t>(groups[0].data() - text.data());
    const size_t end = start + groups[0].size();
    size_t next = end;
    if (groups[0].empty()) {  // one character on; not right behind a match
      next = end + 1;
      while (next < text.size() && (text[next] & 0xC0) == 0x80) ++next;
    }
    from = next;
    if (groups[0].empty() && start == last_end) continue;
    last_end = end;
    Entries found;
    found.emplace(Value("offset"), Value(character_count(std::string_view(text).substr(0, start))));
    found.emplace(Value("length"),
                  Value(character_count(std::string_view(groups[0].data(), groups[0].size()))));
    found.emplace(Value("string"), Value(std::string_view(groups[0].data(), groups[0].size())));
    found.emplace(Value("captures"), captures_of(pattern, text, groups));
    out.push_back(make_map(std::move(found)));
    if (!all) break;
  }
  return Value::list(std::move(out));
}

// --- numbers and times

template <double (*F)(double)>
JqResult number_function(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_number()) return jq_error("a number is needed, not " + jq_shown(in));
  return Value(F(in.number()));
}
template <double (*F)(double, double)>
JqResult number_function2(const JqEvaluator&, const Value&, Arguments arguments) {
  for (const Value& each : arguments)
    if (!each.is_number()) return jq_error("a number is needed, not " + jq_shown(each));
  return Value(F(arguments[0].number(), arguments[1].number()));
}
double exp10_of(double value) { return std::pow(10, value); }

JqResult absolute(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_number()) return wrong("abs", in);
  if (in.is_int()) return in.as_int().value < 0 ? jq_binary(JqNode::Op::kSub, Value(0), in) : in;
  return Value(std::abs(in.number()));
}
template <bool (*F)(double)>
JqResult number_test(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_number()) return jq_error("a number is needed, not " + jq_shown(in));
  return Value(F(in.number()));
}
bool is_nan(double value) { return std::isnan(value); }
bool is_infinite(double value) { return std::isinf(value); }
bool is_normal(double value) { return std::isnormal(value); }
bool is_finite(double value) { return !std::isinf(value); }

JqResult now(const JqEvaluator& evaluator, const Value&, Arguments) {
  return Value(static_cast<double>(evaluator.now().ns) / 1e9);
}

JqResult to_date(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_number() || std::abs(in.number()) > 2e11) return wrong("todate", in);
  const Instant time{.seconds = static_cast<int64_t>(std::floor(in.number()))};
  return Value(format_time(time, "2006-01-02T15:04:05Z"));
}
JqResult from_date(const JqEvaluator&, const Value& in, Arguments) {
  const auto time =
      in.is_string() ? parse_time("2006-01-02T15:04:05Z07:00", in.as_string()) : std::nullopt;
  if (!time) return wrong("fromdate", in);
  return Value(time->seconds);
}

// gmtime's form: [year, month from 0, day, hours, minutes, seconds, weekday, day of the year].
JqResult broken_down(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_number() || std::abs(in.number()) > 2e11) return wrong("gmtime", in);
  const double whole = std::floor(in.number());
  const Civil civil = civil_of({.seconds = static_cast<int64_t>(whole)});
  return Value::list({Value(civil.year), Value(civil.month - 1), Value(civil.day),
                      Value(civil.hour), Value(civil.minute),
                      Value(civil.second + (in.number() - whole)), Value(civil.weekday),
                      Value(civil.year_day - 1)});
}
JqResult seconds_of(const JqEvaluator&, const Value& in, Arguments) {
  if (!in.is_list() || in.items().size() < 6) return wrong("mktime", in);
  for (const Value& each : in.items())
    if (!each.is_number() || !(std::abs(each.number()) < 1e6)) return wrong("mktime", in);
  const auto at = [&](size_t i) { return static_cast<int>(in.items()[i].number()); };
  const Civil civil{at(0), at(1) + 1, at(2), at(3), at(4), at(5)};
  return Value(instant_of(civil, 0).seconds);
}

// --- the table

struct Row {
  std::string_view name;
  size_t arguments;
  JqFunction function;
};
constexpr Row kRows[] = {
    {"length", 0, length},
    {"utf8bytelength", 0,
     [](const JqEvaluator&, const Value& in, Arguments) -> JqResult {
       if (!in.is_string()) return wrong("utf8bytelength", in);
       return Value(static_cast<int64_t>(in.as_string().size()));
     }},
    {"not", 0,
     [](const JqEvaluator&, const Value& in, Arguments) -> JqResult { return !jq_truth(in); }},
    {"type", 0,
     [](const JqEvaluator&, const Value& in, Arguments) -> JqResult { return Value(jq_type(in)); }},
    {"tojson", 0,
     [](const JqEvaluator&, const Value& in, Arguments) -> JqResult { return Value(jq_json(in)); }},
    {"tostring", 0,
     [](const JqEvaluator&, const Value& in, Arguments) -> JqResult {
       return Value(jq_string(in));
     }},
    {"format", 1,
     [](const JqEvaluator&, const Value& in, Arguments arguments) -> JqResult {
       if (!arguments[0].is_string()) return wrong("format", arguments[0]);
       return jq_format("@" + arguments[0].as_string(), in);
     }},
    {"env", 0,
     [](const JqEvaluator&, const Value&, Arguments) -> JqResult { return make_map({}); }},
    {"input", 0,
     [](const JqEvaluator&, const Value&, Arguments) -> JqResult {
       return jq_error("there are no further inputs");
     }},
    {"debug", 0, [](const JqEvaluator&, const Value& in, Arguments) -> JqResult { return in; }},
    {"infinite", 0,
     [](const JqEvaluator&, const Value&, Arguments) -> JqResult { return Value(HUGE_VAL); }},
    {"nan", 0,
     [](const JqEvaluator&, const Value&, Arguments) -> JqResult { return Value(std::nan("")); }},
    {"keys", 0, keys},
    {"to_entries", 0, to_entries},
    {"add", 0, add},
    {"error", 0, error},
    {"error", 1, error},
    {"tonumber", 0, to_number},
    {"toboolean", 0, to_boolean},
    {"fromjson", 0, from_json_text},
    {"sort", 0, sort_items},
    {"_sort_by", 1, sort_by},
    {"_group_by", 1, group_by},
    {"_unique_by", 1, unique_by},
    {"_min_by", 1, min_by},
    {"_max_by", 1, max_by},
    {"unique", 0, unique},
    {"min", 0, min},
    {"max", 0, max},
    {"reverse", 0, reverse},
    {"flatten", 0, flatten},
    {"flatten", 1, flatten},
    {"transpose", 0, transpose},
    {"bsearch", 1, bsearch},
    {"indices", 1, indices},
    {"index", 1, first_index},
    {"rindex", 1, last_index},
    {"has", 1, has},
    {"contains", 1, contains},
    {"inside", 1, inside},
    {"setpath", 2, set_path},
    {"delpaths", 1, delete_paths},
    {"startswith", 1, starts_with},
    {"endswith", 1, ends_with},
    {"ltrimstr", 1, without_start},
    {"rtrimstr", 1, without_end},
    {"trimstr", 1, without_both},
    {"trim", 0, text_function<trim>},
    {"ltrim", 0, text_function<ltrim>},
    {"rtrim", 0, text_function<rtrim>},
    {"ascii_downcase", 0, text_function<down>},
    {"ascii_upcase", 0, text_function<up>},
    {"explode", 0, explode},
    {"implode", 0, implode},
    {"split", 1, split},
    {"join", 1, join},
    {"_match", 3, match},
    {"abs", 0, absolute},
    {"floor", 0, number_function<std::floor>},
    {"ceil", 0, number_function<std::ceil>},
    {"round", 0, number_function<std::round>},
    {"trunc", 0, number_function<std::trunc>},
    {"rint", 0, number_function<std::rint>},
    {"nearbyint", 0, number_function<std::nearbyint>},
    {"fabs", 0, number_function<std::fabs>},
    {"sqrt", 0, number_function<std::sqrt>},
    {"cbrt", 0, number_function<std::cbrt>},
    {"exp", 0, number_function<std::exp>},
    {"exp2", 0, number_function<std::exp2>},
    {"exp10", 0, number_function<exp10_of>},
    {"log", 0, number_function<std::log>},
    {"log2", 0, number_function<std::log2>},
    {"log10", 0, number_function<std::log10>},
    {"sin", 0, number_function<std::sin>},
    {"cos", 0, number_function<std::cos>},
    {"tan", 0, number_function<std::tan>},
    {"asin", 0, number_function<std::asin>},
    {"acos", 0, number_function<std::acos>},
    {"atan", 0, number_function<std::atan>},
    {"pow", 2, number_function2<std::pow>},
    {"atan2", 2, number_function2<std::atan2>},
    {"fmod", 2, number_function2<std::fmod>},
    {"fmin", 2, number_function2<std::fmin>},
    {"fmax", 2, number_function2<std::fmax>},
    {"hypot", 2, number_function2<std::hypot>},
    {"isnan", 0, number_test<is_nan>},
    {"isinfinite", 0, number_test<is_infinite>},
    {"isnormal", 0, number_test<is_normal>},
    {"isfinite", 0, number_test<is_finite>},
    {"now", 0, now},
    {"todate", 0, to_date},
    {"todateiso8601", 0, to_date},
    {"fromdate", 0, from_date},
    {"fromdateiso8601", 0, from_date},
    {"gmtime", 0, broken_down},
    {"mktime", 0, seconds_of},
};

}  // namespace

JqFunction find_jq_function(std::string_view name, size_t arguments) {
  for (const Row& row : kRows)
    if (row.name == name && row.arguments == arguments) return row.function;
  return nullptr;
}

bool is_jq_builtin(std::string_view name, size_t arguments, JqNames names) {
  return is_jq_special(name, arguments) || find_jq_function(name, arguments) ||
         (names == JqNames::kAll && find_jq_definition(name, arguments));
}

}  // namespace expr
