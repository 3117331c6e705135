#include "conformance/names_run.h"

#include "engine/status.h"
#include "model/decode.h"
#include "text/json.h"

namespace conformance {

base::Result<std::shared_ptr<const engine::Plan>> plan_of(text::List templates,
                                                          text::Map arguments) {
  text::Value workflow;
  workflow["apiVersion"] = "argoproj.io/v1alpha1";
  workflow["kind"] = "Workflow";
  text::Value& metadata = workflow["metadata"];
  metadata["name"] = "wf";
  metadata["namespace"] = "argo";
  metadata["uid"] = "11111111-2222-3333-4444-555555555555";
  metadata["creationTimestamp"] = "2026-01-02T03:04:05Z";
  text::Value& spec = workflow["spec"];
  spec["entrypoint"] = std::string(templates.front().string_at("name"));
  if (!arguments.empty()) spec["arguments"] = std::move(arguments);
  spec["templates"] = std::move(templates);
  return engine::compile(model::decode_workflow(workflow),
                         [](std::string_view, bool) { return nullptr; });
}

void NamesRun::apply(base::Time now, engine::Event event) {
  for (;;) {
    engine::Actions actions;
    state_.apply(now, std::span(&event, 1), actions);
    for (const engine::Action& action : actions) {
      if (const auto* pod = std::get_if<engine::CreatePod>(&action)) pods_.push_back(pod->node);
      if (const auto* changed = std::get_if<engine::NodeChanged>(&action))
        by_name_[state_.node_name(changed->node)] = changed->node;
    }
    if (!engine::goes_on(actions, now)) return;
    event = engine::Ticked{};
  }
}

text::Value NamesRun::node(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return {};
  std::vector<std::string> rows(state_.node_count());
  std::vector<std::string_view> views;
  for (uint32_t i = 0; i < rows.size(); ++i) {
    state_.encode_row(engine::NodeId{i}, rows[i]);
    views.push_back(rows[i]);
  }
  const auto json = engine::StatusReader::nodes_json(views);
  if (!json) return {};
  const auto nodes = text::parse_json(*json);
  const text::Value* status = nodes ? nodes->find(state_.node_id(found->second)) : nullptr;
  return status ? *status : text::Value();
}

std::string NamesRun::first_argument(engine::NodeId pod) const {
  const auto json = state_.pod_template(pod);
  if (!json) return "error: " + json.error().text;
  const auto made_from = text::parse_json(*json);
  const text::Value* args = made_from ? made_from->find_path("container", "args") : nullptr;
  if (!args || !args->is_list() || args->as_list().empty()) return "no argument";
  return args->as_list().front().to_any_string();
}

}  // namespace conformance
