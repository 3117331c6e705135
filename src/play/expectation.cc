#include "play/expectation.h"

#include <re2/re2.h>

#include <algorithm>

#include "play/mocks.h"
#include "play/reader.h"
#include "text/quantity.h"

namespace play {
namespace {

using text::Value;

// In the order in which the nodes were made.
struct Found {
  engine::NodeId node;
  std::string name;
  const Value* status = nullptr;
};

bool fits(const std::string& wanted, std::string_view got) {
  if (wanted.size() < 2 || wanted.front() != '/' || wanted.back() != '/') return wanted == got;
  return RE2::PartialMatch(re2::StringPiece(got.data(), got.size()),
                           wanted.substr(1, wanted.size() - 2));
}

std::optional<std::string> parameter_of(const Value* owner, std::string_view name) {
  const Value* list = owner != nullptr ? owner->find("parameters") : nullptr;
  if (list == nullptr || !list->is_list()) return std::nullopt;
  for (const Value& parameter : list->as_list())
    if (parameter.string_at("name") == name)
      if (const Value* value = parameter.find("value")) return value->to_any_string();
  return std::nullopt;
}

base::Duration length_of(const Value& owner) {
  const auto started = base::parse_rfc3339(owner.string_at("startedAt"));
  const auto finished = base::parse_rfc3339(owner.string_at("finishedAt"));
  return started && finished ? *finished - *started : base::Duration{};
}

class Comparison {
 public:
  Comparison(const Simulation& simulation, const Value& status)
      : simulation_(simulation), status_(status) {}

  void workflow(const Expectation& wanted) {
    place_ = wanted.place;
    if (!wanted.phase.empty()) same("phase", wanted.phase, status_.string_at("phase"));
    if (wanted.message) text("message", *wanted.message, status_.string_at("message"));
    if (wanted.duration)
      duration("duration", *wanted.duration, simulation_.now() - simulation_.start());
    const auto& spans = simulation_.spans();
    if (wanted.pods)
      number("pods", *wanted.pods,
             std::count_if(spans.begin(), spans.end(), [](const Span& s) { return s.is_pod; }));
    if (wanted.parallel_pods)
      number("parallelPods", *wanted.parallel_pods, static_cast<int64_t>(simulation_.pods_most()));
    for (const auto& [name, value] : wanted.outputs)
      value_of("outputs." + name, value, parameter_of(status_.find("outputs"), name));
    for (const NodeExpectation& node : wanted.nodes) nodes(node);
    place_ = wanted.place;
    order(wanted.order);
  }

  std::vector<Difference> take() { return std::move(out_); }

 private:
  std::vector<Found> find(const std::string& pattern) const {
    std::vector<Found> out;
    const engine::State& state = simulation_.state();
    const Value* all = status_.find("nodes");
    for (uint32_t id = 0; id < state.node_count(); ++id) {
      const engine::NodeId node{id};
      if (!names_node(pattern, state, node)) continue;
      out.push_back({node, state.node_name(node), all->find(state.node_id(node))});
    }
    return out;
  }

  void nodes(const NodeExpectation& wanted) {
    place_ = wanted.place;
    const std::string path = "nodes." + wanted.pattern;
    const std::vector<Found> all = find(wanted.pattern);
    if (wanted.count) number(path + ".count", *wanted.count, static_cast<int64_t>(all.size()));
    if (all.empty() && !wanted.count) differ(path, "a node", "no node of this name" + known());
    for (const Found& one : all)
      node(wanted, one, all.size() == 1 ? path : path + " (" + one.name + ")");
  }

  void node(const NodeExpectation& wanted, const Found& one, const std::string& path) {
    const Value& status = *one.status;
    if (!wanted.phase.empty()) same(path + ".phase", wanted.phase, status.string_at("phase"));
    if (!wanted.message.empty())
      text(path + ".message", wanted.message, status.string_at("message"));
    if (!wanted.template_name.empty())
      same(path + ".template", wanted.template_name, status.string_at("templateName"));
    if (!wanted.type.empty()) same(path + ".type", wanted.type, status.string_at("type"));
    for (const auto& [name, value] : wanted.inputs)
      value_of(path + ".inputs." + name, value, parameter_of(status.find("inputs"), name));
    const Value* outputs = status.find("outputs");
    for (const auto& [name, value] : wanted.outputs)
      value_of(path + ".outputs." + name, value, parameter_of(outputs, name));
    if (wanted.result) value_of(path + ".result", *wanted.result, text_at(outputs, "result"));
    if (wanted.exit_code)
      value_of(path + ".exitCode", *wanted.exit_code, text_at(outputs, "exitCode"));
    if (wanted.duration) duration(path + ".duration", *wanted.duration, length_of(status));
  }

  static std::optional<std::string> text_at(const Value* owner, std::string_view name) {
    const Value* value = owner != nullptr ? owner->find(name) : nullptr;
    if (value == nullptr) return std::nullopt;
    return value->to_any_string();
  }

  // Each begins when the one before has ended.
  void order(const std::vector<std::string>& names) {
    std::optional<base::Time> before;
    for (size_t i = 0; i < names.size(); ++i) {
      const std::vector<Found> all = find(names[i]);
      if (all.empty()) {
        differ("order." + names[i], "a node", "no node of this name" + known());
        return;
      }
      base::Time begins = time_of(*all.front().status, "startedAt"), ends = begins;
      for (const Found& one : all) {
        begins = std::min(begins, time_of(*one.status, "startedAt"));
        ends = std::max(ends, time_of(*one.status, "finishedAt"));
      }
      if (before && begins < *before)
        differ("order", names[i] + " after " + names[i - 1],
               "it begins " + text::to_go_string(*before - begins) + " before that has ended");
      before = ends;
    }
  }

  static base::Time time_of(const Value& node, std::string_view name) {
    return base::parse_rfc3339(node.string_at(name)).value_or(base::Time{});
  }

  // The first names, for one who has misspelt one.
  std::string known() const {
    std::string out;
    const engine::State& state = simulation_.state();
    const auto most = std::min<uint32_t>(12, static_cast<uint32_t>(state.node_count()));
    for (uint32_t id = 1; id < most; ++id)
      out += (out.empty() ? "; there are " : ", ") + state.display_name(engine::NodeId{id});
    return out;
  }

  void value_of(const std::string& path, const std::string& wanted,
                const std::optional<std::string>& got) {
    if (got)
      text(path, wanted, *got);
    else
      differ(path, wanted, "nothing");
  }
  void same(const std::string& path, const std::string& wanted, std::string_view got) {
    if (wanted != got) differ(path, wanted, got.empty() ? "nothing" : std::string(got));
  }
  void text(const std::string& path, const std::string& wanted, std::string_view got) {
    if (!fits(wanted, got)) differ(path, wanted, std::string(got));
  }
  void number(const std::string& path, int64_t wanted, int64_t got) {
    if (wanted != got) differ(path, std::to_string(wanted), std::to_string(got));
  }
  void duration(const std::string& path, base::Duration wanted, base::Duration got) {
    if (wanted != got) differ(path, text::to_go_string(wanted), text::to_go_string(got));
  }
  void differ(const std::string& path, std::string wanted, std::string got) {
    out_.push_back({place_, path, std::move(wanted), std::move(got)});
  }

  const Simulation& simulation_;
  const Value& status_;
  text::Place place_;
  std::vector<Difference> out_;
};

NodeExpectation read_node(const text::Member& member, std::string_view file,
                          const std::string& path, base::Diagnostics& found) {
  NodeExpectation out;
  out.pattern = member.key;
  out.place = member.key_place;
  if (!member.value.is_map()) {
    out.phase = member.value.to_any_string();
    return out;
  }
  Reader reader(member.value, file, path, found);
  out.phase = reader.text("phase");
  out.message = reader.text("message");
  out.template_name = reader.text("template");
  out.type = reader.text("type");
  out.inputs = reader.texts("inputs");
  out.outputs = reader.texts("outputs");
  out.result = reader.optional_text("result");
  out.exit_code = reader.optional_text("exitCode");
  out.duration = reader.duration("duration");
  out.count = reader.whole("count");
  return out;
}

}  // namespace

Expectation read_expectation(const Value& value, std::string_view file, std::string path,
                             base::Diagnostics& found) {
  Reader reader(value, file, path, found);
  Expectation out;
  out.place = value.place;
  out.phase = reader.text("phase");
  out.message = reader.optional_text("message");
  out.duration = reader.duration("duration");
  out.pods = reader.whole("pods");
  out.parallel_pods = reader.whole("parallelPods");
  out.outputs = reader.texts("outputs");
  if (const Value* nodes = reader.map("nodes"))
    for (const text::Member& member : nodes->as_map())
      out.nodes.push_back(
          read_node(member, file, reader.path_of("nodes") + "." + member.key, found));
  if (const Value* order = reader.list("order"))
    for (const Value& name : order->as_list()) out.order.push_back(name.to_any_string());
  return out;
}

std::vector<Difference> compare(const Expectation& expected, const Simulation& simulation,
                                const Value& status) {
  Comparison comparison(simulation, status);
  comparison.workflow(expected);
  return comparison.take();
}

}  // namespace play
