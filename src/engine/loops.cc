// Loops: what the items are, and what the results of a loop are together.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/go_text.h"
#include "engine/machine.h"
#include "text/json.h"

namespace engine {
namespace {

constexpr int64_t kItemsMax = 50'000'000;

std::optional<int64_t> whole_number(std::string_view text) {
  int64_t value = 0;
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const auto end = std::from_chars(begin, text.data() + text.size(), value);
  if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size())
    return std::nullopt;
  return value;
}

// How an element of a list or map shows inside a name: as Argo's Item prints itself.
std::string shown(const text::Value& value) {
  std::string json = text::to_json(value);
  if (value.is_string()) return json.substr(1, json.size() - 2);
  return json;
}

std::string name_of_item(const text::Value& value) {
  std::string out;
  if (value.is_map()) {
    std::vector<std::string> parts;
    for (const text::Member& member : value.as_map())
      parts.push_back(member.key + ":" + shown(member.value));
    std::sort(parts.begin(), parts.end());
    for (const std::string& part : parts) out += (out.empty() ? "" : ",") + part;
  } else if (value.is_list() || value.is_null()) {
    out = "[";
    if (value.is_list())
      for (const text::Value& element : value.as_list())
        out += (out.size() > 1 ? " " : "") + shown(element);
    out += "]";
  } else {
    out = shown(value);
  }
  std::erase_if(out, [](char c) { return c == '(' || c == ')'; });
  return out;
}

}  // namespace

bool State::Machine::expand_list(std::string_view json, std::string_view label, ItemSource& out,
                                 std::string& error) {
  auto parsed = text::parse_json(json);
  if (parsed && parsed->is_null()) return true;
  if (!parsed || !parsed->is_list()) {
    error = fmt::format("{} value could not be parsed as a JSON list: {}: {}", label, json,
                        parsed ? "it is " + std::string(parsed->kind_name()) : parsed.error().text);
    return false;
  }
  out.values = std::move(parsed->as_list());
  out.items.reserve(out.values.size());
  for (const text::Value& value : out.values) {
    Item item;
    const std::string name = name_of_item(value);
    item.name = arena_.keep(name);
    if (value.is_string() && value.as_string() == name)
      item.text = item.name;
    else if (value.is_map() || value.is_list())
      item.text = arena_.keep(go_json(value, true));
    else if (value.is_number())
      item.text = arena_.keep(value.as_number().text);  // as written: "1.0" stays "1.0"
    else
      item.text = arena_.keep(value.is_null() ? "null" : value.to_any_string());
    if (value.is_map()) item.map = &value;
    out.items.push_back(item);
  }
  // Only maps are looked into again.
  const bool keep = std::any_of(out.values.begin(), out.values.end(),
                                [](const text::Value& value) { return value.is_map(); });
  if (!keep) out.values = text::List();
  out.count = static_cast<uint32_t>(out.items.size());
  return true;
}

namespace {

base::Result<std::string> text_of_number(std::string_view format, int64_t number) {
  std::string text = go_format(format, number);
  if (text.find_first_of("\"\\\n\r\t") == std::string::npos) return text;
  const auto parsed = text::parse_json("\"" + text + "\"");
  if (!parsed) return tl::unexpected(parsed.error());
  return parsed->as_string();
}

}  // namespace

bool State::Machine::expand_sequence(const PlanLoop& loop, const Scope& scope, ItemSource& out,
                                     std::string& error, bool& stuck) {
  int64_t start = 0, end = 0;
  const auto number = [&](TextId id, int64_t& value) {
    std::string text;
    const Rendered rendered = render(id, scope, Strict::kTasks, text, &error);
    stuck = rendered == Rendered::kMissing;
    if (rendered != Rendered::kOk) return false;
    const auto parsed = whole_number(text);
    if (!parsed) error = fmt::format("strconv.Atoi: parsing \"{}\": invalid syntax", text);
    value = parsed.value_or(0);
    return parsed.has_value();
  };
  if (loop.start.valid() && !number(loop.start, start)) return false;
  out.is_sequence = true;
  if (loop.end.valid()) {
    if (!number(loop.end, end)) return false;
  } else if (loop.count.valid()) {
    int64_t count = 0;
    if (!number(loop.count, count)) return false;
    if (count == 0) return true;
    end = start + count - 1;
  } else {
    error = "neither end nor count was specified in withSequence";
    return false;
  }
  if (loop.format.valid() &&
      render(loop.format, scope, Strict::kTasks, out.format, &error) != Rendered::kOk)
    return false;
  // What is made is read as the inside of a JSON string.
  if (const auto first = text_of_number(out.format, start); !first) {
    error =
        fmt::format("withSequence cannot use the format {}: {}", out.format, first.error().text);
    return false;
  }
  out.start = start;
  out.step = start <= end ? 1 : -1;
  const int64_t count = std::max(start, end) - std::min(start, end) + 1;
  if (count > kItemsMax || count <= 0) {
    error = fmt::format("withSequence of {} items is too long: at most {}", count, kItemsMax);
    return false;
  }
  out.count = static_cast<uint32_t>(count);
  return true;
}

std::shared_ptr<const ItemSource> State::Machine::expand(const PlanTask& task, const Scope& scope,
                                                         std::string& error, bool& stuck,
                                                         bool* in_text) {
  const PlanLoop& loop = plan_->loops[task.loop];
  const bool is_static = loop.kind != PlanLoop::Kind::kSequence && plan_->is_literal(loop.source);
  static_items_.resize(plan_->loops.size());
  if (is_static && static_items_[task.loop] != nullptr) return static_items_[task.loop];
  auto out = std::make_shared<ItemSource>();
  if (loop.kind == PlanLoop::Kind::kSequence)
    return expand_sequence(loop, scope, *out, error, stuck) ? out : nullptr;
  std::string json;
  const bool is_param = loop.kind == PlanLoop::Kind::kParam;
  const Rendered rendered =
      render(loop.source, scope, Strict::kTasks, json, &error, /*escape=*/!is_param);
  stuck = rendered == Rendered::kMissing;
  if (in_text != nullptr) *in_text = rendered != Rendered::kOk;
  if (rendered != Rendered::kOk) return nullptr;
  if (!expand_list(json, is_param ? "withParam" : "withItems", *out, error)) return nullptr;
  if (!is_static) out->json = arena_.keep(json);
  if (is_static) static_items_[task.loop] = out;
  return out;
}

Item State::Machine::item_at(const ItemSource& source, uint32_t index) {
  if (!source.is_sequence) return source.items[index];
  const int64_t number = source.start + source.step * static_cast<int64_t>(index);
  Item item;
  if (source.format.empty()) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number);
    item.text = arena_.keep({digits, static_cast<size_t>(end.ptr - digits)});
    item.name = item.text;
    return item;
  }
  const std::string text = text_of_number(source.format, number).value_or(std::string());
  item.text = arena_.keep(text);
  item.name = arena_.keep(name_of_item(text::Value(text)));
  return item;
}

// --- aggregates

namespace {

// The values of one output parameter: a list of JSON values where all are maps or lists, else of
// strings.
std::string value_list(const std::vector<std::string_view>& values) {
  std::string parsed = "[", plain = "[";
  bool all_parse = true;
  for (const std::string_view value : values) {
    if (plain.size() > 1) plain += ',';
    append_go_json_string(plain, value);
    if (!all_parse) continue;
    const auto json = text::parse_json(value);
    all_parse = json && (json->is_map() || json->is_list());
    if (!all_parse) continue;
    if (parsed.size() > 1) parsed += ',';
    parsed += go_json(*json, true);
  }
  return (all_parse ? parsed : plain) + "]";
}

}  // namespace

bool State::Machine::aggregate_all(LoopRun& run, std::string& error) {
  std::string results = "[", parameters = "[";
  std::vector<std::pair<std::string, std::vector<std::string_view>>> lists;
  bool any_ran = false;
  for (const uint32_t id : run.children) {
    const Node& node = nodes_[id];
    any_ran = any_ran || node.type != NodeType::kSkipped;
    if (node.outputs == nullptr || node.phase != Phase::kSucceeded) continue;
    const auto& outputs = template_of(node).outputs;
    std::vector<std::pair<std::string_view, std::string_view>> given;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (node.outputs->values == nullptr || node.outputs->values[i].data() == nullptr) continue;
      given.emplace_back(outputs[i].name, node.outputs->values[i]);
      auto list = std::find_if(lists.begin(), lists.end(),
                               [&](const auto& entry) { return entry.first == outputs[i].name; });
      if (list == lists.end()) list = lists.insert(lists.end(), {outputs[i].name, {}});
      list->second.push_back(node.outputs->values[i]);
    }
    std::sort(given.begin(), given.end());
    if (!given.empty()) {
      parameters += parameters.size() > 1 ? ",{" : "{";
      for (size_t i = 0; i < given.size(); ++i) {
        if (i != 0) parameters += ',';
        append_go_json_string(parameters, given[i].first);
        parameters += ':';
        append_go_json_string(parameters, given[i].second);
      }
      parameters += '}';
    }
    if (node.outputs->result.data() == nullptr) continue;
    const auto json = text::parse_json(node.outputs->result);
    if (results.size() > 1) results += ',';
    // Argo fails on a result that is no JSON; its documentation says that results are strings.
    if (json)
      results += go_json(*json, false);
    else
      append_go_json_string(results, node.outputs->result);
  }
  (void)error;
  // As Argo: where no item has run, a looped step has given nothing at all.
  const bool is_steps = !run.children.empty() &&
                        nodes_[nodes_[run.children.front()].owner].type == NodeType::kStepGroup;
  if (is_steps && !any_ran) return false;
  run.aggregates.emplace_back("result", results + "]");
  run.aggregates.emplace_back("parameters", parameters + "]");
  for (const auto& [name, values] : lists)
    run.aggregates.emplace_back("parameters." + name, value_list(values));
  return true;
}

}  // namespace engine
