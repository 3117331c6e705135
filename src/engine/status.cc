// Rows as Argo's NodeStatus. Children are found by what hangs under a node and what is behind it;
// where many lead to many, both sides name the barrier between them, so that p + c links are kept.
#include "engine/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/time.h"
#include "engine/row.h"
#include "text/json.h"

namespace engine {
namespace {

constexpr uint32_t kNothing = 0xffffffffu;

void member(std::string& out, std::string_view name, std::string_view value) {
  out += out.back() == '{' ? "\"" : ",\"";
  out += name;
  out += "\":";
  text::append_json_string(out, value);
}

void raw_member(std::string& out, std::string_view name, std::string_view json) {
  out += out.back() == '{' ? "\"" : ",\"";
  out += name;
  out += "\":";
  out += json;
}

void append_parameters(std::string& out, const std::vector<RowParameter>& parameters) {
  out += "\"parameters\":[";
  for (size_t i = 0; i < parameters.size(); ++i) {
    out += i == 0 ? "{" : ",{";
    member(out, "name", parameters[i].name);
    if (parameters[i].has_value) member(out, "value", parameters[i].value);
    if (!parameters[i].extra.empty()) out += "," + std::string(parameters[i].extra);
    out += '}';
  }
  out += ']';
}

void append_outputs(std::string& out, const Row& row) {
  out += '{';
  if (row.has_output_parameters && !row.outputs.empty()) append_parameters(out, row.outputs);
  if (row.output_artifacts.data() != nullptr) raw_member(out, "artifacts", row.output_artifacts);
  if (row.has_result) member(out, "result", row.result);
  if (row.has_exit_code) member(out, "exitCode", std::to_string(row.exit_code));
  out += '}';
}

void append_flags(std::string& out, const Row& row) {
  if ((row.flags & (flag::kShown | flag::kHooked | flag::kRetried)) == 0) return;
  std::string flags = "{";
  if (row.flags & flag::kHooked) raw_member(flags, "hooked", "true");
  if (row.flags & flag::kRetried) raw_member(flags, "retried", "true");
  raw_member(out, "nodeFlag", flags + "}");
}

// templateName, or templateRef.
void append_template(std::string& json, std::string_view name) {
  if (name.empty()) return;
  if (name[0] != '@') return member(json, "templateName", name);
  const bool is_cluster = name.starts_with("@@");
  name.remove_prefix(is_cluster ? 2 : 1);
  const size_t slash = std::min(name.find('/'), name.size() - 1);
  json += R"(,"templateRef":{"name":)";
  text::append_json_string(json, name.substr(0, slash));
  json += R"(,"template":)";
  text::append_json_string(json, name.substr(slash + 1));
  json += is_cluster ? R"(,"clusterScope":true})" : "}";
}

void append_waits(std::string& json, const Row& row) {
  if (row.has_memo) {
    json += ",\"memoizationStatus\":{\"hit\":";
    json += row.memo_hit ? "true" : "false";
    member(json, "key", row.memo_key);
    member(json, "cacheName", row.memo_cache);
    json += '}';
  }
  if (!row.locks_held && !row.waiting_lock.empty() && row.has_wait) {
    json += ",\"synchronizationStatus\":{\"waiting\":";
    text::append_json_string(json, row.waiting_lock);
    json += '}';
  }
}

}  // namespace

std::string outputs_json(const Row& row) {
  if (!row.has_outputs) return "null";
  std::string out;
  append_outputs(out, row);
  return out;
}

struct StatusReader::Links {
  struct Entry {
    uint64_t number = 0;
    uint32_t owner = kNothing;
    NodeType type = NodeType::kSkipped;
    std::vector<uint32_t> under;     // direct children
    std::vector<uint32_t> behind;    // nodes that come after all that this one leads to
    std::vector<uint32_t> after;     // the same for the children of a group
    std::vector<uint32_t> outbound;  // of an ended steps or DAG
    bool is_hit = false;             // has not run: its outputs were kept from an earlier run
    std::vector<uint32_t> through;   // nodes whose `behind` hangs on this one; see connect()
  };
  std::string workflow;
  std::vector<Entry> entries;
  bool is_connected = false, is_alone = false;
  // By resource, then by node: what pods have spent, and once is_connected what holds them.
  std::map<std::string, std::vector<uint64_t>, std::less<>> spent;

  std::string id(uint32_t node) const {
    return node == 0 ? workflow : fmt::format("{}-{}", workflow, entries[node].number);
  }

  // What leads out of a node: Argo's outbound nodes, in its order.
  void outbound_of(uint32_t node, std::vector<uint32_t>& out) const {
    const Entry& entry = entries[node];
    switch (entry.type) {
      case NodeType::kRetry:
        if (!entry.under.empty()) out.push_back(entry.under.back());
        return;
      case NodeType::kPod:  // of a container set: its last containers
        if (std::none_of(entry.under.begin(), entry.under.end(), [&](uint32_t child) {
              return entries[child].type == NodeType::kContainer;
            }))
          break;
        [[fallthrough]];
      case NodeType::kContainer:
      case NodeType::kTaskGroup:
        if (entry.under.empty()) break;
        for (const uint32_t child : entry.under) outbound_of(child, out);
        return;
      case NodeType::kSteps:
      case NodeType::kDag:
        if (entry.is_hit) break;
        for (const uint32_t last : entry.outbound) {
          if (entry.type == NodeType::kSteps)
            outbound_of_group(last, out);
          else
            outbound_of(last, out);
        }
        return;
      default:
        break;
    }
    out.push_back(node);
  }

  void outbound_of_group(uint32_t group, std::vector<uint32_t>& out) const {
    for (const uint32_t child : entries[group].under) outbound_of(child, out);
  }

  void note_spent(const Row& row) {
    for (const auto& [name, seconds] : row.spent) {
      auto& nodes = spent.try_emplace(std::string(name)).first->second;
      nodes.resize(row.id + 1);
      nodes[row.id] = seconds;
    }
  }

  // What holds pods has spent what they have: owners come before what they own.
  void sum_up() {
    for (auto& [name, nodes] : spent)
      for (size_t node = nodes.size(); node-- > 1;)
        if (const uint32_t owner = entries[node].owner; owner < node) nodes[owner] += nodes[node];
  }

  void append_spent(uint32_t node, std::string& json) const {
    std::string map = "{";
    for (const auto& [name, nodes] : spent)
      if (node < nodes.size() && nodes[node] != 0)
        raw_member(map, name, std::to_string(nodes[node]));
    if (map.size() > 1) raw_member(json, "resourcesDuration", map + "}");
  }

  // Tells each outbound node which barriers it leads to.
  void connect() {
    is_connected = true;
    sum_up();
    for (uint32_t node = 0; node < entries.size(); ++node) {
      std::vector<uint32_t> out;
      if (!entries[node].behind.empty()) outbound_of(node, out);
      for (const uint32_t last : out) entries[last].through.push_back(node);
      out.clear();
      if (entries[node].after.empty()) continue;
      outbound_of_group(node, out);
      if (out.empty()) out.push_back(node);
      for (const uint32_t last : out) entries[last].through.push_back(node);
    }
  }

  std::vector<uint32_t> children_of(uint32_t node) const {
    std::vector<uint32_t> out = entries[node].under;
    for (const uint32_t barrier : entries[node].through) {
      out.insert(out.end(), entries[barrier].behind.begin(), entries[barrier].behind.end());
      out.insert(out.end(), entries[barrier].after.begin(), entries[barrier].after.end());
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  void append_ids(std::string& json, std::string_view name,
                  const std::vector<uint32_t>& nodes) const {
    json += ",\"";
    json += name;
    json += "\":[";
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (i != 0) json += ',';
      text::append_json_string(json, id(nodes[i]));
    }
    json += ']';
  }
};

StatusReader::StatusReader(bool with_links) : links_(std::make_unique<Links>()) {
  links_->is_alone = !with_links;
}
StatusReader::~StatusReader() = default;

base::Status StatusReader::add(std::string_view bytes) {
  auto row = read_row(bytes);
  if (!row) return base::fail(row.error());
  auto& entries = links_->entries;
  if (row->id != entries.size())
    return base::fail(base::Code::kCorrupt, "row of a node: out of order");
  if (row->id == 0) links_->workflow = std::string(row->name);
  for (const RowLink& link : row->links)
    if (link.node >= row->id)
      return base::fail(base::Code::kCorrupt, "row of a node: hangs on a later one");
  Links::Entry entry;
  entry.number = id_number(*row);
  entry.owner = row->owner;
  entry.type = row->type;
  entry.outbound = row->outbound;
  entry.is_hit = row->memo_hit;
  entries.push_back(std::move(entry));
  links_->note_spent(*row);
  if (links_->is_alone) return {};
  for (const RowLink& link : row->links) {
    Links::Entry& other = entries[link.node];
    auto& list = link.kind == RowLink::Kind::kUnder    ? other.under
                 : link.kind == RowLink::Kind::kBehind ? other.behind
                                                       : other.after;
    list.push_back(row->id);
  }
  links_->is_connected = false;
  return {};
}

base::Status StatusReader::write(std::string_view bytes, std::string& id, std::string& json) const {
  const auto row = read_row(bytes);
  if (!row) return base::fail(row.error());
  Links& links = *links_;
  if (row->id >= links.entries.size())
    return base::fail(base::Code::kCorrupt, "row of a node: was not added");
  if (!links.is_connected && !links.is_alone) links.connect();
  const std::string node_id = links.id(row->id);
  id += node_id;
  json += '{';
  member(json, "id", node_id);
  member(json, "name", row->name);
  member(json, "displayName", row->name.substr(row->name.size() - row->display_size));
  member(json, "type", to_string(row->type));
  append_template(json, row->template_name);
  member(
      json, "templateScope",
      row->template_scope.empty() ? "local/" + links.workflow : std::string(row->template_scope));
  if (row->phase != Phase::kNone) member(json, "phase", to_string(row->phase));
  if (row->boundary != kNothing && row->boundary < links.entries.size())
    member(json, "boundaryID", links.id(row->boundary));
  if (!row->message.empty()) member(json, "message", row->message);
  if (row->started.is_set()) member(json, "startedAt", base::to_rfc3339(row->started));
  if (row->finished.is_set())
    member(json, "finishedAt", base::to_rfc3339(row->finished));
  else
    raw_member(json, "finishedAt", "null");
  if (has_progress(row->type)) {
    Progress progress = row->progress;
    if (row->phase == Phase::kSucceeded) progress.done = progress.total;
    member(json, "progress", std::to_string(progress.done) + "/" + std::to_string(progress.total));
  }
  if (is_final(row->phase)) links.append_spent(row->id, json);
  if (!row->pod_ip.empty()) member(json, "podIP", row->pod_ip);
  if (row->flags & flag::kDaemoned) raw_member(json, "daemoned", "true");
  append_flags(json, *row);
  if (row->has_inputs) {
    json += ",\"inputs\":{";
    if (!row->inputs.empty()) append_parameters(json, row->inputs);
    if (row->input_artifacts.data() != nullptr) raw_member(json, "artifacts", row->input_artifacts);
    json += '}';
  }
  if (row->has_outputs) {
    json += ",\"outputs\":";
    append_outputs(json, *row);
  }
  append_waits(json, *row);
  if (!links.is_alone)
    if (const auto children = links.children_of(row->id); !children.empty())
      links.append_ids(json, "children", children);
  if (!row->outbound.empty() && !links.is_alone) {
    std::vector<uint32_t> out;
    links.outbound_of(row->id, out);
    if (!out.empty()) links.append_ids(json, "outboundNodes", out);
  }
  if (!row->host.empty()) member(json, "hostNodeName", row->host);
  json += '}';
  return {};
}

base::Result<std::string> StatusReader::nodes_json(const std::vector<std::string_view>& rows) {
  StatusReader reader;
  for (const std::string_view row : rows)
    if (auto done = reader.add(row); !done) return base::fail(done.error());
  std::string out = "{";
  for (const std::string_view row : rows) {
    std::string id, json;
    if (auto done = reader.write(row, id, json); !done) return base::fail(done.error());
    if (out.size() > 1) out += ',';
    text::append_json_string(out, id);
    out += ':';
    out += json;
  }
  return out + "}";
}

}  // namespace engine
