// Stories: facts in, wishes out, as data. Each file testdata/*.story is a workflow and a
// transcript; testdata/README.md says how to write one. UPDATE_GOLDEN=1 rewrites the answers: read
// the diff.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "engine/config_map.h"
#include "engine/plan.h"
#include "engine/plan_data.h"
#include "engine/rerun.h"
#include "engine/small_world.h"
#include "engine/state.h"
#include "engine/status.h"
#include "model/decode.h"
#include "text/json.h"
#include "text/quantity.h"
#include "text/yaml.h"

namespace engine {
namespace {

constexpr std::string_view kFolder = ARGON_SOURCE_DIR "/src/engine/testdata";
constexpr int64_t kStart = 1767323045;  // 2026-01-02T03:04:05Z

// Words of a line; "…" keeps blanks, p=v and p="v w" are one word.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false, any = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (c == ' ' && !quoted) {
      if (any) words.push_back(word);
      word.clear();
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any) words.push_back(word);
  return words;
}

class Story {
 public:
  explicit Story(const std::string& yaml) {
    auto documents = text::parse_yaml(yaml, "story");
    if (!documents || documents->empty()) {
      problem_ = documents ? "no workflow" : documents->front().to_any_string();
      return;
    }
    text::Value object = documents->front();
    for (size_t i = 1; i < documents->size(); ++i) {
      const model::Workflow stored = model::decode_workflow((*documents)[i]);
      const bool is_cluster = (*documents)[i].string_at("kind") == "ClusterWorkflowTemplate";
      holders_[{stored.metadata.name, is_cluster}] = stored.spec;
    }
    object["metadata"]["namespace"] = text::Value("default");
    object["metadata"]["uid"] = text::Value("u-1");
    object["metadata"]["creationTimestamp"] = text::Value("2026-01-02T03:04:05Z");
    auto plan = compile(model::decode_workflow(object),
                        [this](std::string_view name, bool is_cluster) {
                          const auto found = holders_.find({std::string(name), is_cluster});
                          return found == holders_.end() ? nullptr : &found->second;
                        },
                        {.artifact_repository = {},
                         .artifact_plugins = {},
                         .lost_attempts_max = 2,
                         .list_holders = {},
                         .transient_error_pattern = "disk is (full|slow)"});
    if (!plan) {
      problem_ = plan.error().text;
      return;
    }
    plan_ = *plan;
    state_ = std::make_unique<State>(plan_, 1);
    world_ = std::make_unique<SmallWorld>(LockClient{"default/" + plan_->workflow_name, "", 0, {}});
  }

  // The answer to one batch of commands.
  std::string answer(const std::vector<std::string>& lines) {
    if (state_ == nullptr) return "refused: " + problem_ + "\n";
    std::vector<Event> events;
    for (const std::string& line : lines) {
      const std::string problem = command(words_of(line), events);
      if (!problem.empty()) return problem + "\n";
    }
    if (events.empty()) return extra_.empty() ? "" : std::exchange(extra_, "");
    std::string out;
    for (bool first = true; first || !events.empty(); first = false) {
      Actions actions;
      state_->apply(now_, events, actions);
      out += std::exchange(extra_, "") + shown(actions);
      events = world_->answer(*state_, now_, actions);
    }
    return out;
  }

 private:
  std::string command(const std::vector<std::string>& words, std::vector<Event>& events) {
    const std::string& verb = words.front();
    if (verb == "config-map") {
      text::Value object;
      object["metadata"]["name"] = text::Value(words.at(1));
      if (words.at(2) != "-")
        object["metadata"]["labels"][kConfigMapTypeLabel] = text::Value(words[2]);
      for (size_t i = 3; i < words.size(); ++i) {
        const size_t equals = words[i].find('=');
        object["data"][words[i].substr(0, equals)] = text::Value(words[i].substr(equals + 1));
      }
      world_->put_config_map(std::move(object), *state_, events);
    } else if (verb == "start") {
      events.push_back(Started{});
    } else if (verb == "pod") {
      return pod(words, events);
    } else if (verb == "task") {
      return task(words, events);
    } else if (verb == "tick") {
      now_ = now_ + *text::parse_duration_or_seconds(words.at(1));
      events.push_back(Ticked{});
    } else if (verb == "suspend") {
      events.push_back(SuspendRequested{words.size() > 1 ? words[1] : ""});
    } else if (verb == "resume") {
      ResumeRequested resume;
      for (size_t i = 1; i < words.size(); ++i) {
        const size_t equals = words[i].find('=');
        if (equals == std::string::npos)
          resume.nodes.push_back(node(words[i]));
        else
          resume.output_parameters.emplace_back(words[i].substr(0, equals),
                                                words[i].substr(equals + 1));
      }
      events.push_back(resume);
    } else if (verb == "stop" || verb == "terminate") {
      const std::string why = words.size() > 1 ? words[1] : "";
      events.push_back(ShutdownRequested{verb == "terminate", why, {}});
    } else if (verb == "set") {
      return set(words, events);
    } else if (verb == "restart") {
      restart();
    } else if (verb == "retry" || verb == "rerun" || verb == "done") {
      run_again(words);
      for (Event& event : world_->take_up(*state_, now_)) events.push_back(std::move(event));
      events.push_back(Ticked{});
    } else if (verb == "show-template") {
      const auto json = state_->pod_template(node(words.at(1)));
      extra_ += json ? *json + "\n" : "error " + json.error().text + "\n";
    } else if (verb == "show-avoided") {
      extra_ += "avoided:";
      for (const std::string_view host : state_->avoided_hosts(node(words.at(1))))
        extra_ += " " + std::string(host);
      extra_ += "\n";
    } else if (verb == "show-status") {
      extra_ += status(words.at(1)) + "\n";
    } else {
      return "unknown command " + verb;
    }
    return "";
  }

  std::string set(const std::vector<std::string>& words, std::vector<Event>& events) {
    NodeSetRequested set;
    set.nodes = {node(words.at(1))};
    set.phase = words.at(2);
    for (size_t i = 3; i < words.size(); ++i) {
      const size_t equals = words[i].find('=');
      if (equals == std::string::npos)
        set.message = words[i];
      else
        set.output_parameters.emplace_back(words[i].substr(0, equals), words[i].substr(equals + 1));
    }
    if (const std::string why = state_->set_refusal(set); !why.empty()) return "refused: " + why;
    events.push_back(set);
    return "";
  }

  std::string pod(const std::vector<std::string>& words, std::vector<Event>& events) {
    if (!nodes_.contains(words.at(1))) return "no node " + words[1];
    const NodeId id = node(words[1]);
    const std::string& what = words.at(2);
    if (what == "running") {
      PodRunning running{id, "10.0.0.7", "host-a", true, {}, ""};
      if (words.size() > 3) {
        const bool is_progress = words[3].starts_with("progress=");
        (is_progress ? running.progress : running.host_node_name) =
            is_progress ? words[3].substr(9) : words[3];
      }
      events.push_back(running);
      return "";
    }
    if (what == "pending") {
      events.push_back(PodPending{id, words.at(3)});
      return "";
    }
    PodEnded ended;
    ended.node = id;
    if (what == "failed")
      ended.outcome = PodEnded::Outcome::kFailed;
    else if (what == "error")
      ended.outcome = PodEnded::Outcome::kError;
    else if (what == "lost")
      ended.outcome = PodEnded::Outcome::kLost;
    else if (what == "stopped")  // as we wished
      ended.outcome = PodEnded::Outcome::kFailed, ended.was_stopped = true;
    else if (what != "succeeded")
      return "unknown end " + what;
    read_outputs(words, ended, ended.message);
    for (const std::string& word : words)
      if (word.starts_with("ran=")) {
        ended.finished_at = now_;
        ended.started_at = now_ - *text::parse_duration_or_seconds(word.substr(4));
      }
    for (const std::string_view container : state_->containers(id))
      for (const std::string& word : words)
        if (word.starts_with(std::string(container) + ":") && word.find(' ') == word.npos)
          ended.containers.push_back(
              {std::string(container), std::stoi(word.substr(container.size() + 1)), "Error", ""});
    events.push_back(ended);
    return "";
  }

  std::string task(const std::vector<std::string>& words, std::vector<Event>& events) {
    if (!nodes_.contains(words.at(1))) return "no node " + words[1];
    TaskReported report;
    report.node = node(words[1]);
    const std::pair<std::string_view, TaskReported::State> kStates[] = {
        {"running", TaskReported::State::kRunning},
        {"succeeded", TaskReported::State::kSucceeded},
        {"failed", TaskReported::State::kFailed},
        {"error", TaskReported::State::kError}};
    for (const auto& [name, state] : kStates)
      if (words.at(2) == name) report.state = state;
    read_outputs(words, report, report.message);
    events.push_back(report);
    return "";
  }

  // From the fourth word on: ran=<how long>, exit=…, result=…, missing=…, artifact:NAME=KEY,
  // parameters, a message.
  static void read_outputs(const std::vector<std::string>& words, Reported& out,
                           std::string& message) {
    text::List artifacts;
    for (size_t i = 3; i < words.size(); ++i) {
      const size_t equals = words[i].find('=');
      const std::string name = words[i].substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : words[i].substr(equals + 1);
      if (name.starts_with("artifact:")) {
        text::Value artifact;
        std::string_view rest = std::string_view(name).substr(9);
        artifact["name"] = text::Value(rest.substr(0, rest.find('@')));
        artifact["s3"]["key"] = text::Value(value);
        if (rest.find('@') != rest.npos)
          artifact["globalName"] = text::Value(rest.substr(rest.find('@') + 1));
        artifacts.push_back(std::move(artifact));
      } else if (equals == std::string::npos) {
        if (words[i].find(':') == std::string::npos || words[i].find(' ') != std::string::npos)
          message = words[i];
      } else if (name == "ran") {
        continue;  // see pod()
      } else if (name == "exit") {
        out.exit_code = std::stoi(value);
      } else if (name == "result") {
        out.result = value;
      } else if (name == "missing") {
        out.missing_parameters.push_back(value);
      } else {
        out.parameters.emplace_back(name, value);
      }
    }
    if (!artifacts.empty()) out.artifacts = text::to_json(text::Value(std::move(artifacts)));
  }

  NodeId node(const std::string& name) const { return nodes_.at(name); }

  // The ended workflow is taken up again from its rows.
  void run_again(const std::vector<std::string>& words) {
    RerunRequest request;
    request.now = now_;
    request.failed = words.front() != "done";
    request.keeps_before = words.front() == "rerun";
    for (size_t i = 1; i < words.size(); ++i) {
      const size_t equals = words[i].find('=');
      if (equals != std::string::npos)
        request.output_parameters.emplace_back(words[i].substr(0, equals),
                                               words[i].substr(equals + 1));
      else
        (request.failed ? request.from : request.done).push_back(node(words[i]));
    }
    if (const Summary summary = state_->summary(); !summary.outputs.is_null())
      request.global_outputs = summary.outputs;
    const std::vector<std::string> rows = all_rows();
    const std::vector<std::string_view> views(rows.begin(), rows.end());
    auto rerun = plan_rerun(views, request);
    if (!rerun) {
      extra_ += "refused: " + rerun.error().text + "\n";
      return;
    }
    const std::vector<std::string_view> kept(rerun->rows.begin(), rerun->rows.end());
    auto restored = State::restore(plan_, 1, rerun->summary, kept);
    if (!restored) {
      extra_ += "cannot go on: " + restored.error().text + "\n";
      return;
    }
    state_ = std::move(*restored);
    nodes_.clear();
    for (uint32_t id = 0; id < state_->node_count(); ++id)
      nodes_.emplace(state_->node_name(NodeId{id}), NodeId{id});
    lines_.clear();
    (void)changed_nodes();
  }

  // Everything from the rows alone, as after a crash of the server.
  void restart() {
    std::string summary;
    state_->encode_summary(summary);
    const std::vector<std::string> rows = all_rows();
    const std::vector<std::string_view> views(rows.begin(), rows.end());
    auto restored = State::restore(plan_, 1, summary, views);
    if (!restored) {
      extra_ += "cannot restart: " + restored.error().text + "\n";
      return;
    }
    state_ = std::move(*restored);
  }

  std::vector<std::string> all_rows() const {
    std::vector<std::string> rows(state_->node_count());
    for (uint32_t id = 0; id < rows.size(); ++id) state_->encode_row(NodeId{id}, rows[id]);
    return rows;
  }

  std::string status(const std::string& name) const {
    const std::vector<std::string> rows = all_rows();
    StatusReader reader;
    for (const std::string& row : rows) (void)reader.add(row);
    std::string id, json;
    (void)reader.write(rows.at(node(name).value), id, json);
    return json;
  }

  std::string shown(const Actions& actions) {
    std::string out;
    for (const Action& action : actions)
      if (const auto* changed = std::get_if<NodeChanged>(&action))
        nodes_.emplace(state_->node_name(changed->node), changed->node);
    for (const Action& action : actions) {
      if (const auto* pod = std::get_if<CreatePod>(&action))
        out += "create-pod " + state_->node_name(pod->node) + "\n";
      else if (const auto* stop = std::get_if<StopPod>(&action))
        out += fmt::format("{} {}\n", stop->kill ? "kill-pod" : "stop-pod",
                           state_->node_name(stop->node));
      else if (const auto* task = std::get_if<RunTask>(&action))
        out += "run-task " + state_->node_name(task->node) + "\n";
      else if (const auto* ended = std::get_if<StopTask>(&action))
        out += "stop-task " + state_->node_name(ended->node) + "\n";
      else if (const auto* wake = std::get_if<WakeAt>(&action))
        out += fmt::format("wake in {}\n", text::to_go_string(wake->at - now_));
    }
    out += changed_nodes();
    const Summary summary = state_->summary();
    const std::string line =
        fmt::format("workflow {}{}{}{}\n", to_string(summary.phase),
                    summary.suspended ? " suspended" : "", summary.message.empty() ? "" : ": ",
                    summary.message) +
        (summary.outputs.is_null() ? "" : "outputs " + text::to_json(summary.outputs) + "\n");
    if (line != workflow_) out += line;
    workflow_ = line;
    return out;
  }

  // Nodes whose phase or message is a new one, in order of creation; of very many, the first ones
  // and the last.
  std::string changed_nodes() {
    std::vector<std::string> lines = changed_lines();
    if (lines.size() > 40) {
      lines[3] = fmt::format("  … {} more …\n", lines.size() - 4);
      lines.erase(lines.begin() + 4, lines.end() - 1);
      if (lines.back().size() > 200) lines.back().replace(20, lines.back().size() - 180, " … ");
    }
    std::string out;
    for (const std::string& line : lines) out += line;
    return out;
  }

  std::vector<std::string> changed_lines() {
    std::vector<std::string> out;
    const std::vector<std::string> rows = all_rows();
    const auto json = StatusReader::nodes_json({rows.begin(), rows.end()});
    if (!json) return {json.error().text + "\n"};
    const auto parsed = text::parse_json(*json);
    for (const text::Member& member : parsed->as_map()) {
      const text::Value& status = member.value;
      std::string line = fmt::format("{} {}", status.string_at("name"), status.string_at("phase"));
      if (!status.string_at("message").empty())
        line += fmt::format(": {}", status.string_at("message"));
      if (const text::Value* outputs = status.find("outputs"); outputs != nullptr)
        line += " " + text::to_json(*outputs);
      std::string& known = lines_[member.key];
      if (known != line) out.push_back("  " + line + "\n");
      known = line;
    }
    return out;
  }

  std::map<std::pair<std::string, bool>, model::WorkflowSpec> holders_;
  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<SmallWorld> world_;
  std::unique_ptr<State> state_;
  std::string problem_, extra_, workflow_;
  base::Time now_ = base::Time::from_unix_seconds(kStart);
  std::map<std::string, NodeId> nodes_;
  std::map<std::string, std::string> lines_;
};

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The story with each answer replaced by what the engine says.
std::string told(const std::string& source) {
  const size_t cut = source.find("\n====\n");
  if (cut == std::string::npos) return "a story has a workflow, a line ====, and commands\n";
  Story story(source.substr(0, cut + 1));
  std::istringstream in(source.substr(cut + 6));
  std::string out = source.substr(0, cut + 6), line;
  std::vector<std::string> batch;
  bool in_answer = false;
  while (std::getline(in, line)) {
    if (in_answer) {
      in_answer = !line.empty();
      continue;
    }
    if (line == "----") {
      out += "----\n" + story.answer(batch) + "\n";
      batch.clear();
      in_answer = true;
    } else if (!line.empty()) {
      out += line + "\n";
      if (line.front() != '#') batch.push_back(line);
    }
  }
  return out;
}

class Stories : public testing::TestWithParam<std::string> {};

TEST_P(Stories, AreToldAsWritten) {
  const std::filesystem::path path = std::filesystem::path(kFolder) / GetParam();
  const std::string source = read(path), got = told(source);
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << got;
    return;
  }
  EXPECT_EQ(source, got);
}

std::vector<std::string> files() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ".story") out.push_back(entry.path().filename());
  std::sort(out.begin(), out.end());
  return out;
}

INSTANTIATE_TEST_SUITE_P(Engine, Stories, testing::ValuesIn(files()), [](const auto& test) {
  std::string name = test.param.substr(0, test.param.find('.'));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace engine
