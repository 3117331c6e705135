// argo simulate
#include "cli/check.h"
#include "cli/manifest.h"
#include "cli/submit_options.h"
#include "cli/timeline.h"
#include "cli/verb.h"
#include "model/lint_file.h"
#include "play/explanation.h"
#include "play/mocks.h"
#include "play/reader.h"
#include "play/rehearsal.h"
#include "play/simulation.h"
#include "text/json.h"
#include "text/quantity.h"
#include "text/yaml.h"

namespace cli {
namespace {

using text::Value;

constexpr Flag kFlags[] = {
    {"duration", 0, "TIME", "how long a pod runs of which no mock says it (1s)"},
    {"entrypoint", 0, "NAME", "begin with this template"},
    {"explain", 0, "NODE", "say why the nodes of this name are what they are"},
    {"mocks", 'm', "FILE", "how pods end: a list `mocks`, as in the files of `argo test`"},
    {"no-utf8", 0, "", "use plain 7-bit characters"},
    {"output", 'o', "FORMAT", "the workflow as it ended", "json|yaml|wide"},
    {"parameter", 'p', "NAME=VALUE", "a parameter for the workflow"},
    {"parameter-file", 'f', "FILE", "a YAML or JSON map of parameters"},
    {"seed", 0, "NUMBER", "another one guesses other outputs, and takes other branches"},
};

struct Wishes {
  play::RehearsalOptions rehearsal;
  play::GuessOptions guesses;
  std::vector<play::Mock> mocks;
};

base::Result<std::vector<play::Mock>> read_mock_file(Session& session, const std::string& name) {
  const auto read = read_documents(session, name);
  if (!read) return base::fail(read.error());
  base::Diagnostics found;
  std::vector<play::Mock> out;
  for (const Value& document : read->documents) {
    play::Reader reader(document, read->file, "", found);
    if (const Value* list = reader.list("mocks"))
      for (play::Mock& mock : play::read_mocks(*list, read->file, "mocks", found))
        out.push_back(std::move(mock));
  }
  session.report(found, read->source);
  if (base::has_errors(found)) return already_said();
  return out;
}

base::Result<Wishes> read_wishes(Session& session) {
  const auto options = read_submit_options(session);
  if (!options) return base::fail(options.error());
  Wishes out;
  out.rehearsal = {options->parameters, options->entrypoint};
  const auto seed = session.flags.whole("seed", 1);
  if (!seed) return base::fail(seed.error());
  out.guesses.seed = static_cast<uint64_t>(*seed);
  const auto duration = text::parse_duration_or_seconds(session.flags.get("duration", "1s"));
  if (!duration) return base::fail(duration.error());
  out.guesses.running = *duration;
  if (session.flags.has("mocks")) {
    auto mocks = read_mock_file(session, session.flags.get("mocks"));
    if (!mocks) return base::fail(mocks.error());
    out.mocks = *std::move(mocks);
  }
  return out;
}

std::string_view words(play::Simulation::End end) {
  switch (end) {
    case play::Simulation::End::kFinished:
      return "";
    case play::Simulation::End::kWaits:
      return "It waits for somebody to resume it.\n";
    case play::Simulation::End::kLimit:
      return "It does not end: stopped at the limit of nodes or time.\n";
  }
  return "";
}

void print_run(Session& session, const play::Simulation& simulation, const Value& workflow,
               play::Simulation::End end) {
  ViewOptions options = session.view_options();
  options.tree.now = simulation.now();
  session.around.out(workflow_view(workflow, options));
  session.around.out(words(end));
  if (simulation.spans().empty()) return;
  const int columns = session.around.out_is_terminal ? session.around.size().columns : 100;
  session.print("\nTimeline, {} in all, at most {} pods at once:\n{}",
                text::to_go_string(simulation.now() - simulation.start()), simulation.pods_most(),
                timeline(simulation, {session.paint, columns}));
  session.print("\nCritical path (*):\n{}", critical_path(simulation));
  if (!simulation.lock_waits().empty())
    session.print("\nWaited for locks:\n{}", lock_waits(simulation));
}

base::Result<int> print_explanation(Session& session, const play::Rehearsal& rehearsal,
                                    const play::Simulation& simulation, const Value& status) {
  const std::string pattern = session.flags.get("explain");
  const auto all = play::explain(rehearsal, simulation, status, pattern);
  if (all.empty())
    return base::fail(base::Code::kNotFound, fmt::format("no node is named \"{}\"", pattern), {},
                      "names are those of the tree; * stands for anything");
  for (const play::Explanation& one : all) {
    session.print("{}\n", session.paint.ink(one.name, Paint::kBold));
    for (const std::string& line : one.lines) session.print("  {}\n", line);
  }
  return 0;
}

base::Result<int> simulate(Session& session, const Manifest& manifest, const Value& document,
                           const Wishes& wishes) {
  base::Diagnostics found;
  play::Rehearsal rehearsal = play::rehearse(document, manifest.file, wishes.rehearsal, found);
  session.report(found, manifest.source);
  if (rehearsal.plan == nullptr) return already_said();
  play::MockedAnswers answers(wishes.mocks, rehearsal.workflow.spec, wishes.guesses);
  play::Simulation simulation(
      rehearsal.plan, answers,
      {.seed = wishes.guesses.seed, .config_maps = wishes.rehearsal.config_maps});
  const auto end = simulation.run();
  if (!end) return base::fail(end.error());
  auto status = simulation.status();
  if (!status) return base::fail(status.error());
  rehearsal.object["status"] = *std::move(status);
  const Value& ended = *rehearsal.object.find("status");
  const std::string output = session.flags.get("output");
  if (session.flags.has("explain")) return print_explanation(session, rehearsal, simulation, ended);
  if (output == "json")
    session.around.out(text::to_json_pretty(rehearsal.object, 4) + "\n");
  else if (output == "yaml")
    session.around.out(text::to_yaml(rehearsal.object));
  else
    print_run(session, simulation, rehearsal.object, *end);
  return ended.string_at("phase") == "Succeeded" ? 0 : 1;
}

}  // namespace

std::span<const Flag> simulate_flags() { return kFlags; }

base::Result<int> run_simulate(Session& session) {
  auto wishes = read_wishes(session);
  if (!wishes) return base::fail(wishes.error());
  const auto manifests = read_manifests(session, session.flags.arguments);
  if (!manifests) return base::fail(manifests.error());
  TemplateShelf shelf;
  for (const Manifest& manifest : *manifests)
    for (const Value& document : manifest.documents) {
      shelf.add(document);
      if (document.string_at("kind") == "ConfigMap")
        wishes->rehearsal.config_maps.push_back(document);
    }
  wishes->rehearsal.find = shelf.finder();
  wishes->rehearsal.list = shelf.lister();
  // Templates that workflows refer to are played with these, not by themselves.
  bool has_workflow = false;
  for (const Manifest& manifest : *manifests)
    for (const Value& document : manifest.documents)
      has_workflow = has_workflow || document.string_at("kind") == "Workflow";
  int code = 0;
  bool any = false;
  for (const Manifest& manifest : *manifests)
    for (const Value& document : manifest.documents) {
      const std::string_view kind = document.string_at("kind");
      if (!kind.empty() && !model::is_linted_kind(kind)) continue;
      if (has_workflow && kind.ends_with("WorkflowTemplate")) continue;
      any = true;
      const auto one = simulate(session, manifest, document, *wishes);
      if (!one) return base::fail(one.error());
      code = std::max(code, *one);
    }
  if (!any) return base::fail(base::Code::kInvalid, "no workflow found in the given files");
  return code;
}

}  // namespace cli
