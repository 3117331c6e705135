#include "server/node_selector.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "engine/row.h"
#include "engine/status.h"
#include "text/json.h"
#include "text/selector.h"

namespace server {
namespace {

using text::Value;

constexpr std::string_view kInputField = "inputs.parameters.", kValueField = ".value";

std::optional<std::string> field_of(const Value& node, std::string_view key) {
  if (key.starts_with(kInputField) && key.ends_with(kValueField) &&
      key.size() > kInputField.size() + kValueField.size()) {
    const std::string_view name =
        key.substr(kInputField.size(), key.size() - kInputField.size() - kValueField.size());
    const Value* list = node.find_path("inputs", "parameters");
    if (list == nullptr || !list->is_list()) return {};
    for (const Value& parameter : list->as_list())
      if (parameter.string_at("name") == name)
        return parameter.find("value") ? parameter.find("value")->to_any_string() : "";
    return {};
  }
  if (key == "templateRef.name") return std::string(node.string_at("templateRef", "name"));
  if (key == "templateRef.template") return std::string(node.string_at("templateRef", "template"));
  for (const std::string_view known : {"displayName", "templateName", "phase", "name", "id"})
    if (key == known) return std::string(node.string_at(key));
  return {};
}

bool matches(const text::Selector& selector, const Value& node) {
  std::string held;
  return selector.matches([&](std::string_view key) -> std::optional<std::string_view> {
    auto field = field_of(node, key);
    if (!field) return {};
    held = std::move(*field);
    return held;
  });
}

base::Status check_outputs(const Value& node, const std::vector<std::string>& names) {
  const Value* list = node.find_path("outputs", "parameters");
  if (!names.empty() && (list == nullptr || !list->is_list()))
    return base::fail(
        base::Code::kInvalid,
        "cannot set output parameters because node is not expecting any raw parameters");
  for (const std::string& name : names) {
    const Value* found = nullptr;
    for (const Value& parameter : list->as_list())
      if (parameter.string_at("name") == name) found = &parameter;
    if (found == nullptr)
      return base::fail(base::Code::kInvalid,
                        fmt::format("node is not expecting output parameter '{}'", name));
    if (found->find_path("valueFrom", "supplied") == nullptr)
      return base::fail(base::Code::kInvalid,
                        fmt::format("cannot set output parameter '{}' because it does not use "
                                    "valueFrom.raw or it was already set",
                                    name));
  }
  return {};
}

struct Found {
  std::vector<std::string> suspended, others;  // ids
};

// What is looked for beside Suspend nodes that wait: nodes of all types that are open or have
// failed, or those that are held back.
enum class Others : uint8_t { kNone, kOpenOrFailed, kHeld };

bool is_held(std::string_view row) {
  const auto read = engine::read_row(row);
  return read && read->has_wait &&
         read->wait_stage == static_cast<uint8_t>(engine::Wait::Stage::kHeld);
}

base::Result<Found> find(kube::StoreApi& api, const std::string& uid,
                         std::string_view selector_text,
                         const std::vector<std::string>& output_names, Others others) {
  auto selector = text::Selector::parse_fields(selector_text);
  if (!selector) return base::fail(selector.error());
  engine::StatusReader reader(/*with_links=*/false);
  Found out;
  base::Status fault;
  auto read = api.store().rows(uid, "nodes", 0, [&](uint64_t, std::string_view row) {
    std::string id, json;
    if (fault = reader.add(row); !fault) return false;
    if (fault = reader.write(row, id, json); !fault) return false;
    // Before the costly look: most nodes are no Suspend nodes.
    const bool is_held_back = others == Others::kHeld && is_held(row);
    if (others != Others::kOpenOrFailed && !is_held_back &&
        json.find("\"Suspend\"") == std::string::npos)
      return true;
    auto node = text::parse_json(json);
    if (!node) return true;
    const std::string_view phase = node->string_at("phase");
    const bool is_suspended = node->string_at("type") == "Suspend" && phase == "Running";
    const bool is_open_or_failed = phase != "Succeeded" && phase != "Skipped" && phase != "Omitted";
    const bool is_other = is_held_back || (others == Others::kOpenOrFailed && is_open_or_failed);
    if ((!is_suspended && !is_other) || !matches(*selector, *node)) return true;
    if (is_suspended)
      if (fault = check_outputs(*node, output_names); !fault) return false;
    (is_suspended ? out.suspended : out.others).push_back(std::move(id));
    return true;
  });
  if (!read) return base::fail(read.error());
  if (!fault) return base::fail(fault.error());
  return out;
}

}  // namespace

base::Status check_hold(std::string_view selector_text) {
  const auto selector = text::Selector::parse_fields(selector_text);
  if (!selector) return base::fail(selector.error());
  for (const text::Requirement& part : selector->requirements()) {
    const bool is_input = part.key.starts_with(kInputField) && part.key.ends_with(kValueField) &&
                          part.key.size() > kInputField.size() + kValueField.size();
    constexpr std::string_view kKnown[] = {"displayName",      "templateName",        "name", "id",
                                           "templateRef.name", "templateRef.template"};
    if (!is_input && std::find(std::begin(kKnown), std::end(kKnown), part.key) == std::end(kKnown))
      return base::fail(base::Code::kInvalid,
                        fmt::format("nodes that have not begun have no field \"{}\" but {}",
                                    part.key, fmt::join(kKnown, ", ")),
                        {}, "write it as displayName=deploy");
  }
  return {};
}

base::Result<std::vector<std::string>> find_resumable(
    kube::StoreApi& api, const std::string& uid, std::string_view selector,
    const std::vector<std::string>& output_names) {
  auto found = find(api, uid, selector, output_names, Others::kHeld);
  if (!found) return base::fail(found.error());
  std::move(found->others.begin(), found->others.end(), std::back_inserter(found->suspended));
  return std::move(found->suspended);
}

base::Result<std::vector<std::string>> find_suspended(
    kube::StoreApi& api, const std::string& uid, std::string_view selector,
    const std::vector<std::string>& output_names) {
  auto found = find(api, uid, selector, output_names, Others::kNone);
  if (!found) return base::fail(found.error());
  if (found->suspended.empty())
    return base::fail(base::Code::kInvalid,
                      fmt::format("currently, set only targets suspend nodes: no suspend nodes "
                                  "matching nodeFieldSelector: {}",
                                  selector));
  return std::move(found->suspended);
}

base::Result<std::vector<std::string>> find_settable(kube::StoreApi& api, const std::string& uid,
                                                     std::string_view selector,
                                                     const std::vector<std::string>& output_names) {
  auto found = find(api, uid, selector, output_names, Others::kOpenOrFailed);
  if (!found) return base::fail(found.error());
  if (!found->suspended.empty()) return std::move(found->suspended);
  if (!found->others.empty()) return std::move(found->others);
  return base::fail(
      base::Code::kInvalid,
      fmt::format("no node that is open, or has failed, matches nodeFieldSelector: {}", selector));
}

base::Result<std::vector<engine::NodeId>> find_nodes(const std::vector<std::string>& rows,
                                                     std::string_view selector_text) {
  auto selector = text::Selector::parse_fields(selector_text);
  if (!selector) return base::fail(selector.error());
  engine::StatusReader reader(/*with_links=*/false);
  for (const std::string& row : rows)
    if (auto added = reader.add(row); !added) return base::fail(added.error());
  std::vector<engine::NodeId> out;
  std::string id, json;
  for (size_t i = 0; i < rows.size(); ++i) {
    id.clear(), json.clear();
    if (auto written = reader.write(rows[i], id, json); !written)
      return base::fail(written.error());
    const auto node = text::parse_json(json);
    if (node && matches(*selector, *node)) out.push_back(engine::NodeId{static_cast<uint32_t>(i)});
  }
  return out;
}

}  // namespace server
