#include "conformance/trace_run.h"

#include "engine/config_map.h"
#include "engine/status.h"
#include "text/json.h"

namespace conformance {
namespace {

using text::Value;

base::Time at(const Value& step) {
  const Value* t = step.find("t");
  return base::Time::from_unix_seconds(kCreated + (t != nullptr ? t->to_int().value_or(0) : 0));
}

// Lists of ids become lists of names, as the record has them.
void name_ids(Value& node, const std::string& member,
              const std::map<std::string, std::string>& names) {
  Value* list = node.find(member);
  if (list == nullptr) return;
  for (Value& id : list->as_list()) {
    const auto found = names.find(id.as_string());
    id = Value(found != names.end() ? found->second : "id:" + id.as_string());
  }
}

}  // namespace

TraceRun::TraceRun(std::shared_ptr<const engine::Plan> plan, const Value& record,
                   const std::vector<Value>& config_maps)
    : plan_(std::move(plan)),
      state_(std::make_unique<engine::State>(plan_, 1)),
      world_({.workflow = "argo/" + std::string(record.string_at("workflowName")),
              .node_id = {},
              .priority = 0,
              .created_at = base::Time::from_unix_seconds(kCreated)}),
      record_(record) {
  for (const Value& config_map : config_maps) world_.add_config_map(config_map);
  const Value* nodes = record.find_path("workflow", "nodes");
  if (nodes != nullptr && nodes->is_list())
    for (const Value& node : nodes->as_list())
      messages_[std::string(node.string_at("name"))] = std::string(node.string_at("message"));
}

void TraceRun::see(const engine::Actions& actions) {
  for (const engine::Action& action : actions) {
    if (const auto* made = std::get_if<engine::NodeChanged>(&action);
        made != nullptr && made->created)
      by_name_[state_->node_name(made->node)] = made->node;
  }
  for (const engine::Action& action : actions) {
    const auto* made = std::get_if<engine::CreatePod>(&action);
    if (made == nullptr) continue;
    TracePod pod{state_->node_name(made->node), state_->pod_name(made->node), {}, made->node};
    if (const auto json = state_->pod_template(made->node)) {
      auto parsed = text::parse_json(*json);
      // Not Argo's: see there.
      if (parsed && parsed->is_map()) parsed->as_map().erase(engine::kWorkflowPodSpecPatch);
      pod.made_from = parsed ? *std::move(parsed) : Value("no JSON: " + *json);
    }
    pods_.push_back(std::move(pod));
  }
}

void TraceRun::apply(std::vector<engine::Event> events) {
  for (;;) {
    engine::Actions actions;
    state_->apply(now_, events, actions);
    see(actions);
    events = world_.answer(*state_, now_, actions);
    has_asked_ = has_asked_ || !events.empty();
    if (events.empty() && !engine::goes_on(actions, now_)) return;
    if (events.empty()) events = {engine::Ticked{}};
  }
}

base::Result<engine::NodeId> TraceRun::find(const std::string& name) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end())
    return base::fail(base::Code::kNotFound,
                      "the record knows a pod that we did not make: " + name);
  return found->second;
}

base::Status TraceRun::running(const Value& step) {
  std::vector<engine::Event> events;
  for (const Value& name : step.find("nodes")->as_list()) {
    const auto node = find(name.as_string());
    if (!node) return base::fail(node.error());
    events.push_back(engine::PodRunning{*node, "10.0.0.1", "", true, {}});
  }
  apply(std::move(events));
  return {};
}

// What the record says has come out of a node.
void TraceRun::read_outputs(const Value& completion, engine::Reported& out) const {
  if (const Value* code = completion.find("exitCode"))
    if (const auto number = code->to_int()) out.exit_code = static_cast<int>(*number);
  const Value* outputs = completion.find("outputs");
  if (outputs == nullptr) return;
  if (const Value* result = outputs->find("result")) out.result = result->to_any_string();
  if (const Value* parameters = outputs->find("parameters"); parameters && parameters->is_list())
    for (const Value& parameter : parameters->as_list())
      if (const Value* value = parameter.find("value"))
        out.parameters.emplace_back(parameter.string_at("name"), value->to_any_string());
  if (const Value* artifacts = outputs->find("artifacts"))
    out.artifacts = text::to_json(*artifacts);
}

// The containers of a set: all have exited with 0 but for the ones named.
void TraceRun::read_containers(const Value& completion, engine::PodEnded& out) const {
  if (completion.string_at("kind") == "initContainerFailed") return;
  const auto names = state_->containers(out.node);
  const Value* failed = completion.find("failedContainers");
  for (const std::string_view name : names) {
    engine::ContainerEnd end{std::string(name), 0, "Completed", ""};
    if (failed != nullptr && failed->is_list())
      for (const Value& other : failed->as_list())
        if (other.to_any_string() == name) {
          end.exit_code = out.exit_code.value_or(1);
          end.reason = "Error";
        }
    out.containers.push_back(std::move(end));
  }
  // Argo reads the exit code of the container "main".
  if (names.empty()) return;
  out.exit_code.reset();
  for (const engine::ContainerEnd& end : out.containers)
    if (end.name == "main") out.exit_code = end.exit_code;
}

engine::TaskReported TraceRun::reported(const std::string& name, engine::NodeId node) const {
  engine::TaskReported out;
  out.node = node;
  const Value* completion = record_.find_path("completions", std::string_view(name));
  if (completion == nullptr) return out;
  if (completion->string_at("phase") == "Failed") out.state = engine::TaskReported::State::kFailed;
  if (completion->string_at("phase") == "Error") out.state = engine::TaskReported::State::kError;
  out.message = completion->string_at("message");
  read_outputs(*completion, out);
  return out;
}

engine::PodEnded TraceRun::ended(const std::string& name, engine::NodeId node) const {
  engine::PodEnded out;
  out.node = node;
  out.finished_at = now_;
  const Value* completion = record_.find_path("completions", std::string_view(name));
  if (completion == nullptr) return out;
  const std::string_view phase = completion->string_at("phase");
  if (phase == "Failed") out.outcome = engine::PodEnded::Outcome::kFailed;
  if (phase == "Error") out.outcome = engine::PodEnded::Outcome::kError;
  read_outputs(*completion, out);
  read_containers(*completion, out);
  const auto message = messages_.find(name);
  if (message != messages_.end() && !phase.starts_with("Succ")) out.message = message->second;
  return out;
}

base::Status TraceRun::complete(const Value& step) {
  std::vector<engine::Event> events;
  for (const Value& name : step.find("nodes")->as_list()) {
    const auto node = find(name.as_string());
    if (!node) return base::fail(node.error());
    if (state_->view(*node).type == "Pod")
      events.push_back(ended(name.as_string(), *node));
    else
      events.push_back(reported(name.as_string(), *node));
  }
  apply(std::move(events));
  return {};
}

void TraceRun::resume(const Value& step) {
  std::vector<engine::Event> events;
  if (const Value* supplied = step.find("suppliedParameters"); supplied && supplied->is_map())
    for (const text::Member& node : supplied->as_map()) {
      const auto found = by_name_.find(node.key);
      if (found == by_name_.end() || !node.value.is_map()) continue;
      engine::NodeSetRequested set;
      set.nodes = {found->second};
      for (const text::Member& parameter : node.value.as_map())
        set.output_parameters.emplace_back(parameter.key, parameter.value.to_any_string());
      events.push_back(std::move(set));
    }
  apply(std::move(events));
  if (step.find("error") == nullptr) apply({engine::ResumeRequested{}});
}

// The original asks and is answered in the middle of its walk: pods come in the order of nodes.
base::Status TraceRun::step(const Value& step) {
  const auto before = static_cast<ptrdiff_t>(pods_.size());
  has_asked_ = false;
  auto done = take_step(step);
  if (has_asked_)
    std::stable_sort(pods_.begin() + before, pods_.end(),
                     [](const TracePod& a, const TracePod& b) { return a.id < b.id; });
  return done;
}

base::Status TraceRun::take_step(const Value& step) {
  now_ = at(step);
  const std::string_view op = step.string_at("op");
  if (op == "podsRunning") return running(step);
  if (op == "complete") return complete(step);
  if (op == "resume") {
    resume(step);
  } else {
    apply({engine::Ticked{}});
  }
  return {};
}

base::Status TraceRun::drive() {
  const Value* steps = record_.find("steps");
  if (steps == nullptr || !steps->is_list() || steps->as_list().empty()) return {};
  now_ = at(steps->as_list().front());
  apply({engine::Started{}});
  std::stable_sort(pods_.begin(), pods_.end(),
                   [&](const TracePod& a, const TracePod& b) { return has_asked_ && a.id < b.id; });
  for (const Value& entry : steps->as_list())
    if (auto done = step(entry); !done) return done;
  return {};
}

// The outcomes that nodes have left in caches before.
void TraceRun::remember_memos(const Value& status) {
  const Value* nodes = status.find("nodes");
  if (nodes == nullptr || !nodes->is_map()) return;
  for (const text::Member& node : nodes->as_map()) {
    const Value* memo = node.value.find("memoizationStatus");
    const Value* outputs = node.value.find("outputs");
    if (memo == nullptr || node.value.string_at("phase") != "Succeeded") continue;
    const auto ended = base::parse_rfc3339(node.value.string_at("finishedAt"));
    world_.add_memo(
        {std::string(memo->string_at("cacheName")), std::string(memo->string_at("key")), false},
        engine::write_memo_entry(node.key, outputs == nullptr ? "null" : text::to_json(*outputs),
                                 ended.value_or(now_)));
  }
}

base::Status TraceRun::drive_from(const Value& status, size_t last) {
  const text::List& steps = record_.find("steps")->as_list();
  auto restored = engine::State::restore_status(plan_, 1, status);
  if (!restored) return base::fail(restored.error());
  state_ = std::move(*restored);
  for (uint32_t id = 0; id < state_->node_count(); ++id)
    by_name_[state_->node_name(engine::NodeId{id})] = engine::NodeId{id};
  now_ = at(steps[last]);
  remember_memos(status);
  std::vector<engine::Event> events = world_.take_up(*state_, now_);
  events.emplace_back(engine::Ticked{});
  apply(std::move(events));
  for (size_t i = last + 1; i < steps.size(); ++i)
    if (auto done = step(steps[i]); !done) return done;
  return {};
}

TraceOutcome TraceRun::outcome() const {
  TraceOutcome out;
  const engine::Summary summary = state_->summary();
  out.phase = engine::to_string(summary.phase);
  out.message = summary.message;
  out.outputs = summary.outputs;
  out.pods = pods_;
  std::vector<std::string> rows(state_->node_count());
  for (uint32_t id = 0; id < rows.size(); ++id) state_->encode_row(engine::NodeId{id}, rows[id]);
  const auto json = engine::StatusReader::nodes_json({rows.begin(), rows.end()});
  const auto parsed = json ? text::parse_json(*json) : tl::unexpected(json.error());
  if (!parsed) {
    out.message = "status: " + parsed.error().text;
    return out;
  }
  std::map<std::string, std::string> names;
  for (const text::Member& node : parsed->as_map())
    names[node.key] = std::string(node.value.string_at("name"));
  for (const text::Member& member : parsed->as_map()) {
    Value node = member.value;
    name_ids(node, "children", names);
    name_ids(node, "outboundNodes", names);
    if (const Value* boundary = node.find("boundaryID"))
      node["boundary"] = Value(names[boundary->as_string()]);
    out.nodes[names[member.key]] = std::move(node);
  }
  return out;
}

}  // namespace conformance
