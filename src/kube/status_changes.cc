#include "kube/status_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace kube {
namespace {

using model::Operation;
using text::Value;

constexpr std::string_view kNodes = "nodes", kOffloaded = "offloadNodeStatusVersion";

bool is_blank(const Value& value) {
  if (value.is_null()) return true;
  if (value.is_bool()) return !value.as_bool();
  if (value.is_string()) return value.as_string().empty();
  if (value.is_list()) return value.as_list().empty();
  if (!value.is_map()) return value.to_int() == 0;
  return std::all_of(value.as_map().begin(), value.as_map().end(),
                     [](const text::Member& member) { return is_blank(member.value); });
}

const Value& member(const Value& value, std::string_view key) {
  static const Value kNothing;
  const Value* found = value.is_map() ? value.find(key) : nullptr;
  return found != nullptr ? *found : kNothing;
}

std::set<std::string> keys_of(const Value& a, const Value& b) {
  std::set<std::string> out;
  for (const Value* one : {&a, &b})
    if (one->is_map())
      for (const text::Member& entry : one->as_map()) out.insert(std::string(entry.key));
  return out;
}

// The path of the first difference below `path`; empty: there is none.
std::string difference(const Value& a, const Value& b, const std::string& path) {
  if (is_blank(a) && is_blank(b)) return {};
  if (a.is_map() && b.is_map()) {
    for (const std::string& key : keys_of(a, b))
      if (std::string found = difference(member(a, key), member(b, key), path + "." + key);
          !found.empty())
        return found;
    return {};
  }
  if (a.is_list() && b.is_list() && a.as_list().size() == b.as_list().size()) {
    for (size_t i = 0; i < a.as_list().size(); ++i)
      if (std::string found =
              difference(a.as_list()[i], b.as_list()[i], fmt::format("{}[{}]", path, i));
          !found.empty())
        return found;
    return {};
  }
  return a == b ? std::string() : path;
}

tl::unexpected<base::Error> refused(const std::string& path, std::string_view hint) {
  return base::fail(base::Code::kInvalid,
                    fmt::format("{}: is written by the controller alone", path), {},
                    std::string(hint));
}

tl::unexpected<base::Error> outdated(const std::string& path) {
  return base::fail(base::Code::kConflict,
                    fmt::format("the workflow has been modified ({}); please apply your changes "
                                "to the latest version and try again",
                                path));
}

bool is_final(std::string_view phase) {
  return phase == "Succeeded" || phase == "Failed" || phase == "Error" || phase == "Skipped" ||
         phase == "Omitted";
}

int rank_of(std::string_view phase) {
  if (phase.empty()) return 0;
  if (phase == "Pending") return 1;
  return is_final(phase) ? 3 : 2;
}

bool waits_for_person(const Value& node) {
  return node.string_at("type") == "Suspend" && node.string_at("phase") == "Running";
}

// Values for parameters that a person supplies, of a Suspend node.
base::Status read_outputs(const Value& had, const Value& given, const std::string& path,
                          Operation& out) {
  const Value& before = member(member(had, "outputs"), "parameters");
  const Value& after = member(member(given, "outputs"), "parameters");
  const size_t count = before.is_list() ? before.as_list().size() : 0;
  if (count != (after.is_list() ? after.as_list().size() : 0))
    return refused(path, "outputs are those that the template declares");
  for (size_t i = 0; i < count; ++i) {
    const Value &one = before.as_list()[i], &other = after.as_list()[i];
    const std::string at = fmt::format("{}[{}]", path, i);
    const Value* value = other.is_map() ? other.find("value") : nullptr;
    const Value* source = one.find("valueFrom");
    const bool is_wanted = one.find("value") == nullptr && source != nullptr && source->is_map() &&
                           source->find("supplied") != nullptr;
    if (is_wanted && value != nullptr && one.string_at("name") == other.string_at("name")) {
      out.output_parameters.emplace_back(one.string_at("name"), value->to_any_string());
      continue;
    }
    if (const std::string differs = difference(one, other, at); !differs.empty())
      return refused(differs, "only outputs that are to be supplied, and are not yet, can be set");
    if (!is_wanted || out.phase != "Succeeded") continue;
    if (const Value* fallback = source->find("default"); fallback != nullptr)
      out.output_parameters.emplace_back(one.string_at("name"), fallback->to_any_string());
    else
      return base::fail(base::Code::kInvalid,
                        fmt::format("{}: raw output parameter '{}' has not been set and does not "
                                    "have a default value",
                                    at, one.string_at("name")));
  }
  return {};
}

base::Result<Operation> read_suspended(const std::string& id, const Value& had, const Value& given,
                                       const std::string& path) {
  Operation out;
  out.kind = Operation::Kind::kSet;
  out.node_ids = {id};
  const std::string_view phase = given.string_at("phase");
  if (phase != "Running") {
    if (phase != "Succeeded" && phase != "Failed" && phase != "Error")
      return refused(path + ".phase",
                     "a Suspend node that waits may become Succeeded, Failed or "
                     "Error");
    out.phase = phase;
  }
  if (given.string_at("message") != had.string_at("message"))
    out.message = std::string(given.string_at("message"));
  if (auto read = read_outputs(had, given, path + ".outputs.parameters", out); !read)
    return base::fail(read.error());
  for (const std::string& key : keys_of(had, given)) {
    if (key == "phase" || key == "message" || key == "finishedAt" || key == "outputs") continue;
    if (const std::string differs =
            difference(member(had, key), member(given, key), path + "." + key);
        !differs.empty())
      return refused(differs, "of a Suspend node phase, message and outputs can be set");
  }
  return out;
}

// Differences of nodes: operations, and where there is another one its path.
struct NodeChanges {
  std::vector<Operation> operations;
  std::string outdated, refused;  // paths; empty: none
};

base::Result<NodeChanges> compare_nodes(const Value& had, const Value& given) {
  NodeChanges out;
  for (const std::string& id : keys_of(had, given)) {
    const std::string path = "status.nodes." + id;
    const Value &before = member(had, id), &after = member(given, id);
    std::string differs = difference(before, after, path);
    if (differs.empty()) continue;
    const bool is_older =
        is_blank(after) || rank_of(after.string_at("phase")) < rank_of(before.string_at("phase"));
    if (is_older) {
      out.outdated = std::move(differs);
    } else if (waits_for_person(before)) {
      auto operation = read_suspended(id, before, after, path);
      if (!operation) return base::fail(operation.error());
      out.operations.push_back(std::move(*operation));
    } else {
      out.refused = std::move(differs);
    }
  }
  return out;
}

}  // namespace

base::Result<std::vector<Operation>> operations_of(const Value& stored, const Value& given) {
  const Value &had = member(stored, "status"), &wanted = member(given, "status");
  if (is_blank(wanted)) return std::vector<Operation>();
  const bool has_ended = is_final(had.string_at("phase"));
  const std::string_view kHint = has_ended
                                     ? "an ended workflow is taken up again by argo retry, argo "
                                       "rerun --from NODE or argo node set"
                                     : "argo node set, argo resume and argo stop change nodes";
  const bool left_out = is_blank(member(wanted, kNodes)) && !is_blank(member(wanted, kOffloaded));
  NodeChanges nodes;
  if (!left_out) {
    auto compared = compare_nodes(member(had, kNodes), member(wanted, kNodes));
    if (!compared) return base::fail(compared.error());
    nodes = std::move(*compared);
  }
  const bool has_operations = !nodes.operations.empty();
  // A copy of what has moved on since: told so, the client reads again.
  if (!has_ended && !nodes.outdated.empty()) return outdated(nodes.outdated);
  if (!has_ended && has_operations && !nodes.refused.empty()) return outdated(nodes.refused);
  for (const std::string& key : keys_of(had, wanted)) {
    // Outputs of the workflow go with those of the nodes.
    if (key == kNodes || key == kOffloaded || (key == "outputs" && has_operations)) continue;
    const std::string differs = difference(member(had, key), member(wanted, key), "status." + key);
    if (!differs.empty()) return refused(differs, kHint);
  }
  for (const std::string& differs : {nodes.refused, nodes.outdated})
    if (!differs.empty()) return refused(differs, kHint);
  return std::move(nodes.operations);
}

}  // namespace kube
