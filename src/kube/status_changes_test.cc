#include "kube/status_changes.h"

#include <gtest/gtest.h>

#include "text/json.h"
#include "text/patch.h"

namespace kube {
namespace {

using text::Value;

Value parse(std::string_view json) {
  auto value = text::parse_json(json);
  EXPECT_TRUE(value) << json;
  return value ? *value : Value();
}

constexpr std::string_view kRunning = R"({"spec":{"suspend":true},"status":{"phase":"Running",
  "progress":"0/1","nodes":{
  "wf":{"id":"wf","type":"Steps","phase":"Running","children":["wf-1"]},
  "wf-1":{"id":"wf-1","type":"Suspend","phase":"Running","message":"ask Ann","finishedAt":null,
    "outputs":{"parameters":[{"name":"a","valueFrom":{"supplied":{}}},
                             {"name":"b","valueFrom":{"supplied":{},"default":"7"}}]}},
  "wf-2":{"id":"wf-2","type":"Pod","phase":"Running"},
  "wf-3":{"id":"wf-3","type":"Pod","phase":"Succeeded"}}}})";
constexpr std::string_view kEnded =
    R"({"status":{"phase":"Failed","nodes":{"wf":{"id":"wf","type":"Pod","phase":"Failed"}}}})";

// What the merge patch makes of the stored object: "" for nothing to be done, "set …" for each
// operation, or the error.
std::string told(std::string_view stored_json, std::string_view patch) {
  const Value stored = parse(stored_json);
  const auto made = operations_of(stored, text::apply_merge_patch(stored, parse(patch)));
  if (!made) return std::string(base::reason(made.error().code)) + " " + made.error().text;
  std::string out;
  for (const model::Operation& operation : *made) {
    out += std::string(model::to_string(operation.kind)) + " " + operation.node_ids.at(0) + " " +
           operation.phase;
    if (operation.message) out += " '" + *operation.message + "'";
    for (const auto& [name, value] : operation.output_parameters) out += " " + name + "=" + value;
  }
  return out;
}

struct Row {
  std::string_view stored, patch, expected;
};

TEST(StatusChanges, AreOperationsOrRefused) {
  const Row rows[] = {
      {kRunning, R"({"metadata":{"labels":{"a":"b"}},"spec":{"suspend":null}})", ""},
      {kRunning, R"({"status":null})", ""},
      {kRunning, R"({"status":{"finishedAt":null,"startedAt":"","nodes":{"wf-3":{"inputs":{}}}}})",
       ""},
      {kRunning,
       R"({"status":{"nodes":{"wf-1":{"phase":"Failed","message":"no","finishedAt":"x"}}}})",
       "set wf-1 Failed 'no'"},
      {kRunning, R"({"status":{"nodes":{"wf-1":{"message":"ask Bob"}}}})", "set wf-1  'ask Bob'"},
      {kRunning,
       R"({"status":{"outputs":{"parameters":[{"name":"g","value":"1"}]},"nodes":{"wf-1":{
       "phase":"Succeeded","outputs":{"parameters":[{"name":"a","value":1},
       {"name":"b","valueFrom":{"supplied":{},"default":"7"}}]}}}}})",
       "set wf-1 Succeeded a=1 b=7"},
      {kRunning, R"({"status":{"nodes":{"wf-1":{"phase":"Succeeded"}}}})",
       "Invalid status.nodes.wf-1.outputs.parameters[0]: raw output parameter 'a' has not been set "
       "and does not have a default value"},
      {kRunning, R"({"status":{"nodes":{"wf-1":{"type":"Pod"}}}})",
       "Invalid status.nodes.wf-1.type: is written by the controller alone"},
      {kRunning, R"({"status":{"nodes":{"wf-2":{"phase":"Succeeded"}}}})",
       "Invalid status.nodes.wf-2.phase: is written by the controller alone"},
      {kRunning, R"({"status":{"nodes":{"wf-9":{"phase":"Pending"}}}})",
       "Invalid status.nodes.wf-9: is written by the controller alone"},
      {kRunning, R"({"status":{"phase":"Succeeded"}})",
       "Invalid status.phase: is written by the controller alone"},
      // Made from an older copy.
      {kRunning, R"({"status":{"nodes":{"wf-3":{"phase":"Running"}}}})",
       "Conflict the workflow has been modified (status.nodes.wf-3.phase); please apply your "
       "changes to the latest version and try again"},
      {kRunning, R"({"status":{"nodes":{"wf-3":null,"wf-1":{"message":"x"}}}})",
       "Conflict the workflow has been modified (status.nodes.wf-3); please apply your "
       "changes to the latest version and try again"},
      // What has ended: argo retry of the original.
      {kEnded, R"({"status":{"phase":"Running","nodes":{"wf":null}}})",
       "Invalid status.phase: is written by the controller alone"},
      {kEnded, R"({"status":{"nodes":{"wf":null}}})",
       "Invalid status.nodes.wf: is written by the controller alone"},
      {kEnded, R"({"status":{"nodes":null,"offloadNodeStatusVersion":"rows:1"}})", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(told(row.stored, row.patch), row.expected) << row.patch;
}

}  // namespace
}  // namespace kube
