// argo submit, watch, wait and lint: what is sent, what is shown, and how they end.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/stage.h"
#include "text/json.h"

namespace cli {
namespace {

using testing::HasSubstr;

constexpr const char* kFile =
    "apiVersion: argoproj.io/v1alpha1\n"
    "kind: Workflow\n"
    "metadata:\n"
    "  generateName: hello-\n"
    "spec:\n"
    "  entrypoint: main\n"
    "  arguments:\n"
    "    parameters:\n"
    "    - {name: message, value: hi}\n"
    "  templates:\n"
    "  - name: main\n"
    "    inputs:\n"
    "      parameters:\n"
    "      - name: message\n"
    "    container: {image: busybox, command: [echo, '{{inputs.parameters.message}}']}\n";

std::string state(std::string_view phase, std::string_view nodes = "", std::string_view more = "") {
  const bool ended = phase == "Succeeded" || phase == "Failed" || phase == "Error";
  return fmt::format(
      R"({{"metadata":{{"name":"hello-1","namespace":"default","resourceVersion":"5",)"
      R"("creationTimestamp":"2026-01-02T03:04:50Z"}},"spec":{{}},"status":{{"phase":"{}",)"
      R"("startedAt":"2026-01-02T03:04:50Z",{}"nodes":{{{}}}{}}}}})",
      phase, ended ? R"("finishedAt":"2026-01-02T03:04:58Z",)" : "", nodes, more);
}

std::string node(std::string_view phase) {
  const bool ended = phase == "Succeeded" || phase == "Failed";
  return fmt::format(
      R"("hello-1":{{"id":"hello-1","name":"hello-1","displayName":"hello-1","type":"Pod",)"
      R"("templateName":"main","phase":"{}","startedAt":"2026-01-02T03:04:51Z"{}}})",
      phase, ended ? R"(,"finishedAt":"2026-01-02T03:04:58Z")" : "");
}

std::string event(const std::string& object, std::string_view type = "MODIFIED") {
  return fmt::format(R"({{"result":{{"type":"{}","object":{}}}}})", type, object) + "\n";
}

const std::string kCreate = "POST /api/v1/workflows/default";
const std::string kGet = "GET /api/v1/workflows/default/hello-1";
const std::string kWatch =
    "GET /api/v1/workflow-events/default?listOptions.fieldSelector=metadata.name%3Dhello-1"
    "&listOptions.resourceVersion=5";

// Who waits for the end asks for no nodes.
const std::string kWait =
    kWatch +
    "&fields=result.type%2Cresult.object.metadata.name%2Cresult.object.metadata.resourceVersion"
    "%2Cresult.object.status.phase%2Cresult.object.status.message"
    "%2Cresult.object.status.startedAt%2Cresult.object.status.finishedAt";

struct SubmitStage : Stage {
  explicit SubmitStage(std::vector<Scene> scenes = {}) : Stage(std::move(scenes)) {
    (void)files.write_durably("wf.yaml", kFile, 0644);
  }
};

TEST(Submit, SendsTheWorkflowAsTheFlagsChangeIt) {
  SubmitStage stage(std::vector<Scene>{{kCreate, state("")}});
  (void)stage.files.write_durably("p.yaml", "message: of the file\ncount: 3\nlist: [1, a]\n", 0644);
  EXPECT_EQ(
      stage.run({"submit", "wf.yaml", "-p", "message=a=b", "-f", "p.yaml", "--name", "x",
                 "--labels", "a=b,c=d", "--serviceaccount", "sa", "--priority", "7", "-o", "name"}),
      0)
      << stage.err;
  EXPECT_EQ(stage.out, "hello-1\n");
  const auto body = text::parse_json(stage.bodies[0]);
  ASSERT_TRUE(body);
  const text::Value& workflow = *body->find("workflow");
  EXPECT_EQ(workflow.string_at("metadata", "name"), "x");
  EXPECT_EQ(workflow.string_at("metadata", "namespace"), "default");
  EXPECT_EQ(workflow.string_at("metadata", "labels", "c"), "d");
  EXPECT_EQ(workflow.string_at("spec", "serviceAccountName"), "sa");
  EXPECT_EQ(workflow.find_path("spec", "priority")->to_int(), 7);
  EXPECT_EQ(text::to_json(*workflow.find_path("spec", "arguments", "parameters")),
            R"([{"name":"message","value":"a=b"},{"name":"count","value":"3"},)"
            R"({"name":"list","value":"[1,\"a\"]"}])");
}

TEST(Submit, DryRunAsksNoServer) {
  SubmitStage stage;
  EXPECT_EQ(stage.run({"submit", "wf.yaml", "--dry-run", "-o", "yaml", "-n", "ci"}), 0);
  EXPECT_THAT(stage.out, HasSubstr("  generateName: hello-\n  namespace: ci\n"));
  EXPECT_TRUE(stage.endpoints.empty());
}

TEST(Submit, ShowsEveryMistakeBeforeAnythingIsSent) {
  SubmitStage stage;
  std::string file = kFile;
  file.replace(file.find("command"), 7, "commad");
  file.replace(file.find("generateName"), 12, "generatedName");
  (void)stage.files.write_durably("bad.yaml", file, 0644);
  EXPECT_EQ(stage.run({"submit", "wf.yaml", "bad.yaml"}), 1);
  EXPECT_THAT(stage.err, HasSubstr("bad.yaml:4:3: error: "));
  EXPECT_THAT(stage.err, HasSubstr("generatedName: hello-\n    ^ did you mean \"generateName\"?"));
  EXPECT_THAT(stage.err, HasSubstr("bad.yaml:15:33: error: "));
  EXPECT_THAT(stage.err, HasSubstr("did you mean \"command\"?"));
  EXPECT_TRUE(stage.endpoints.empty());
}

TEST(Submit, ReadsDirectoriesStdinAndAddresses) {
  SubmitStage stage({{kCreate, state("")},
                     {kCreate, state("")},
                     {kCreate, state("")},
                     {"GET /x/wf.yaml", kFile},
                     {kCreate, state("")}});
  (void)stage.files.write_durably("d/b.yml", kFile, 0644);
  (void)stage.files.write_durably("d/sub/a.yaml", kFile, 0644);
  (void)stage.files.write_durably("d/readme.md", "no: [yaml", 0644);
  stage.input = kFile;
  EXPECT_EQ(stage.run({"submit", "d", "-o", "name"}), 0) << stage.err;
  EXPECT_EQ(stage.run({"submit", "-", "-o", "name"}), 0) << stage.err;
  EXPECT_EQ(stage.run({"submit", "https://h:8/x/wf.yaml", "-o", "name"}), 0) << stage.err;
  EXPECT_EQ(stage.out, "hello-1\nhello-1\nhello-1\nhello-1\n");
  EXPECT_EQ(stage.endpoints[2]->url, "https://h:8");
}

TEST(Submit, RefusesWhatMakesNoSense) {
  struct Case {
    std::vector<std::string> flags;
    const char* text;
  };
  const Case cases[] = {
      {{"--wait", "--watch"}, "--wait cannot be combined with --watch"},
      {{"--dry-run"}, "--dry-run should have an output option"},
      {{"--from", "cronwf/x"}, "cannot combine --from with a file"},
      {{"-p", "x"}, "expected a parameter as NAME=VALUE, not \"x\""},
      {{"-p", "=x"}, "expected a parameter as NAME=VALUE, not \"=x\""},
      {{"-l", "x"}, "expected a label as NAME=VALUE, not \"x\""},
      {{"--priority", "high"}, "--priority needs a whole number, not \"high\""},
      {{"none.yaml"}, "none.yaml"},
      {{"wf.yaml", "--watch"}, "cannot watch more than one workflow"},
  };
  for (const Case& c : cases) {
    SubmitStage stage;
    std::vector<std::string> args = {"submit", "wf.yaml"};
    args.insert(args.end(), c.flags.begin(), c.flags.end());
    EXPECT_EQ(stage.run(args), 1);
    EXPECT_THAT(stage.err, HasSubstr(c.text));
    EXPECT_TRUE(stage.endpoints.empty());
  }
}

TEST(Submit, FromWhatIsStoredSendsTheFlags) {
  Stage stage({{"POST /api/v1/workflows/default/submit", state("")}});
  EXPECT_EQ(stage.run({"submit", "--from", "cwft/lib", "-p", "who=a=b", "--entrypoint", "x", "-l",
                       "a=b,c=d", "--priority", "3", "--scheduled-time", "2026-01-02T03:04:05Z",
                       "-o", "name"}),
            0)
      << stage.err;
  EXPECT_EQ(stage.out, "hello-1\n");
  EXPECT_EQ(stage.bodies.front(),
            R"({"namespace":"default","resourceKind":"cwft","resourceName":"lib",)"
            R"("submitOptions":{"entryPoint":"x","labels":"a=b,c=d",)"
            R"("annotations":"workflows.argoproj.io/scheduled-time=2026-01-02T03:04:05Z",)"
            R"("priority":3,"parameters":["who=a=b"]}})");
  for (const char* from : {"lib", "cwft/", "/lib", "flow.yaml"}) {
    Stage bad;
    EXPECT_EQ(bad.run({"submit", "--from", from}), 1);
    EXPECT_THAT(bad.err, HasSubstr(fmt::format("unable to parse --from \"{}\"", from)));
  }
}

TEST(Submit, WatchPrintsChangesInAPipeAndEndsWithTheOutcome) {
  for (const auto& [phase, code] : {std::pair{"Succeeded", 0}, std::pair{"Failed", 1}}) {
    SubmitStage stage({{kCreate, state("")},
                       {kGet, state("Pending")},
                       {kWatch, event(state("Running", node("Running"))) +
                                    event(state("Running", node("Running"))) +
                                    event(state(phase, node(phase)))}});
    EXPECT_EQ(stage.run({"submit", "wf.yaml", "--watch"}), code) << stage.err;
    const std::string icon = code == 0 ? "✔" : "✖";
    EXPECT_THAT(stage.out, HasSubstr(fmt::format("03:05:00 ◷ hello-1  Pending\n"
                                                 "03:05:00 ● hello-1  Running\n"
                                                 "03:05:00 ● hello-1  Running\n"
                                                 "03:05:00 {0} hello-1  {1}  7s\n"
                                                 "03:05:00 {0} hello-1  {1}\n\nName:  ",
                                                 icon, phase)));
    EXPECT_THAT(stage.out,
                testing::EndsWith(fmt::format(" {} hello-1  main      hello-1  7s\n", icon)));
  }
}

TEST(Submit, WaitTellsTheEnd) {
  SubmitStage stage(
      {{kCreate, state("")}, {kGet, state("Running")}, {kWait, event(state("Error"))}});
  EXPECT_EQ(stage.run({"submit", "wf.yaml", "--wait", "-o", "wide"}), 1);
  EXPECT_THAT(stage.out, testing::EndsWith("hello-1 Error at 2026-01-02 03:04:58 +0000 UTC\n"));
}

TEST(Submit, LogsFollowTheWorkflow) {
  SubmitStage stage({{kCreate, state("")},
                     {"GET /api/v1/workflows/default/hello-1/log?logOptions.container=main&"
                      "logOptions.follow=true",
                      "{\"result\":{\"content\":\"hi\",\"podName\":\"hello-1\"}}\n"}});
  EXPECT_EQ(stage.run({"submit", "wf.yaml", "--log", "-o", "name"}), 0) << stage.err;
  EXPECT_EQ(stage.out, "hello-1\nhello-1: hi\n");
}

TEST(Watch, BeginsAgainWhenTheStreamBreaks) {
  Stage stage({{"GET /api/v1/workflows/default/%40latest", state("Running")},
               {kWait, event(state("Running", "", R"(,"progress":"0/1")"))},
               {kGet, state("Running")},
               {kWait, ""},
               {kGet, state("Succeeded")}});
  EXPECT_EQ(stage.run({"wait", "@latest"}), 0) << stage.err;
  EXPECT_EQ(stage.out, "@latest Succeeded at 2026-01-02 03:04:58 +0000 UTC\n");
}

// Where changes come faster than one can ask for those since the last look.
TEST(Watch, BeginsWithWhatIsThereWhenItComesTooLate) {
  const std::string gone = R"({"error":{"http_code":410,"message":"too old"}})"
                           "\n";
  const std::string now =
      "GET "
      "/api/v1/workflow-events/default?listOptions.fieldSelector=metadata.name%3Dhello-1&fields=" +
      kWait.substr(kWait.find("fields=") + 7);
  Stage stage({{kGet, state("Running")},
               {kWait, gone},
               {kGet, state("Running")},
               {now, event(state("Succeeded"))}});
  EXPECT_EQ(stage.run({"wait", "hello-1"}), 0) << stage.err;
}

TEST(Watch, EndsWhenTheWorkflowIsDeletedOrTheServerHasNoNews) {
  Stage deleted({{kGet, state("Running")}, {kWatch, event(state("Running"), "DELETED")}});
  EXPECT_EQ(deleted.run({"watch", "hello-1"}), 1);
  EXPECT_THAT(deleted.err, HasSubstr("workflow hello-1 was deleted"));
  std::vector<Scene> scenes;
  for (int i = 0; i < 10; ++i) scenes.insert(scenes.end(), {{kGet, state("Running")}, {kWait, ""}});
  Stage silent(scenes);
  EXPECT_EQ(silent.run({"wait", "hello-1"}), 1);
  EXPECT_THAT(silent.err, HasSubstr("ends the watch again and again"));
  Stage absent(std::vector<Scene>{{kGet, R"({"message":"workflow not found"})", 404}});
  EXPECT_EQ(absent.run({"wait", "hello-1", "--ignore-not-found"}), 0);
}

TEST(Watch, DrawsInPlaceOnATerminal) {
  Stage stage({{kGet, state("Running")},
               {kWatch, event(state("Running", node("Running"))) +
                            event(state("Succeeded", node("Succeeded")))}});
  stage.around.out_is_terminal = true;
  stage.around.environment = {{"NO_COLOR", "1"}};
  stage.around.size = [] { return TerminalSize{40, 6}; };
  // Each flush is a moment later: no picture is left out.
  stage.around.flush = [&] { stage.clock.advance(base::Duration::seconds(1)); };
  EXPECT_EQ(stage.run({"watch", "hello-1"}), 0) << stage.err;
  const size_t last = stage.out.rfind("\x1b[3A\r\x1b[J");
  ASSERT_NE(last, std::string::npos) << stage.out;
  EXPECT_THAT(stage.out.substr(0, last), HasSubstr("hello-1  Running    10s\n"));
  EXPECT_THAT(stage.out.substr(0, last), HasSubstr("STEP        TEMPLATE  PODNAME  DURATION \n"));
  EXPECT_THAT(stage.out.substr(last), HasSubstr("unset (will run with the default"));
  EXPECT_THAT(stage.out.substr(last), HasSubstr("✔ hello-1"));
}

TEST(Watch, ATallPictureKeepsTheNewestSteps) {
  std::string nodes = node("Running");
  nodes.replace(nodes.find("Pod"), 3, "DAG");
  for (int i = 0; i < 30; ++i)
    nodes += fmt::format(
        R"(,"n{0}":{{"id":"n{0}","name":"hello-1.t<{0}:x>","displayName":"t<{0}:x>","type":"Pod",)"
        R"("phase":"Running","boundaryID":"hello-1","startedAt":"2026-01-02T03:04:{1:02}Z"}})",
        i, 10 + i);
  Stage stage({{kGet, state("Running", nodes)}, {kWatch, event(state("Failed", nodes))}});
  stage.around.out_is_terminal = true;
  stage.around.size = [] { return TerminalSize{60, 10}; };
  EXPECT_EQ(stage.run({"watch", "hello-1", "--no-color"}), 0) << stage.err;
  const std::string first = stage.out.substr(0, stage.out.find('\x1b'));
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 9) << first;
  EXPECT_THAT(first, HasSubstr("\n … 25 more\n ├─● t<24:x>"));
  EXPECT_THAT(first, HasSubstr(" └─● t<29:x>"));
}

TEST(Lint, ShowsMistakesOfAllFiles) {
  SubmitStage stage;
  std::string bad = kFile;
  bad.replace(bad.find("command"), 7, "commad");
  (void)stage.files.write_durably("bad.yaml", bad, 0644);
  EXPECT_EQ(stage.run({"lint", "--offline", "wf.yaml"}), 0) << stage.out;
  EXPECT_EQ(stage.out, "✔ no linting errors found!\n");
  stage.out.clear();
  EXPECT_EQ(stage.run({"lint", "--offline", "wf.yaml", "bad.yaml"}), 1);
  EXPECT_THAT(stage.out,
              HasSubstr("bad.yaml:\n   ✖ bad.yaml:15:33: error: in \"hello-\" (Workflow): "));
  EXPECT_THAT(stage.out, HasSubstr("\n✖ 1 linting errors found!\n"));
  stage.out.clear();
  EXPECT_EQ(stage.run({"lint", "--offline", "-o", "simple", "bad.yaml"}), 1);
  EXPECT_THAT(stage.out, testing::StartsWith("bad.yaml:15:33: in \"hello-\" (Workflow): "));
  stage.out.clear();
  EXPECT_EQ(stage.run({"lint", "--offline", "-o", "json", "bad.yaml"}), 1);
  EXPECT_EQ(text::parse_json(stage.out)->as_list().at(0).find("line")->to_int(), 15);
  stage.out.clear();
  EXPECT_EQ(stage.run({"lint", "--offline", "--kinds", "cronworkflows", "wf.yaml"}), 1);
  EXPECT_EQ(stage.out, "✖ found nothing to lint in the specified paths, failing...\n");
  EXPECT_EQ(stage.run({"lint", "--offline", "--kinds", "dogs", "wf.yaml"}), 1);
  EXPECT_THAT(stage.err, HasSubstr("unknown kind: dogs"));
}

TEST(Lint, TellsWhatItFoundWhereNothingCouldBeRead) {
  SubmitStage stage;
  (void)stage.files.write_durably("tab.yaml", "kind: Workflow\nspec:\n\tentrypoint: main\n", 0644);
  EXPECT_EQ(stage.run({"lint", "--offline", "tab.yaml"}), 1);
  EXPECT_THAT(stage.out, HasSubstr("✖ tab.yaml:3:1: error: a tab cannot indent YAML"));
  EXPECT_THAT(stage.out,
              HasSubstr("✖ tab.yaml:3:2: error: in \"object #1\" (Workflow): there is "));
  EXPECT_THAT(stage.out, testing::EndsWith("\n✖ 2 linting errors found!\n"));
  stage.out.clear();
  (void)stage.files.write_durably("sepc.yaml", "kind: Workflow\nsepc: {entrypoint: main}\n", 0644);
  EXPECT_EQ(stage.run({"lint", "--offline", "-o", "simple", "sepc.yaml"}), 1);
  EXPECT_THAT(stage.out, HasSubstr("the spec is missing"));
  EXPECT_THAT(stage.out, HasSubstr("sepc.yaml:2:1: in \"object #1\" (Workflow): unknown field"));
}

// What people get wrong most, all in one file; a tab and a key that is there twice hide nothing.
constexpr const char* kMistakes = R"(kind: Workflow
metadata:
  generatedName: bad-
sepc: {}
spec:
  entrypoint: main
  entrypoint: main
  templates:
    - name: main
      dag:
        tasks:
          - name: a
            template: mian
            outputs: {parameters: [{name: x}]}
	- name: other
      inputs: [a]
      container:
        image: busybox
        commad: [echo]
        args: [{{inputs.parameters.a}}]
)";
struct Told {
  std::string_view place, text, line;
};
constexpr Told kTold[] = {
    {"3:3", "unknown field \"generatedName\"", "generatedName: bad-"},
    {"4:1", "unknown field \"sepc\"", "sepc: {}"},
    {"7:3", "duplicate key \"entrypoint\", first on line 6", "entrypoint: main"},
    {"13:13", "there is no template \"mian\"", "template: mian"},
    {"14:13", "unknown field \"outputs\"", "outputs: {parameters: [{name: x}]}"},
    {"15:1", "a tab cannot indent YAML", "- name: other"},
    {"16:15", "\"inputs\": expected a map, got a list", "inputs: [a]"},
    {"19:9", "unknown field \"commad\"", "commad: [echo]"},
    {"20:17", "a map cannot be a key", "args: [{{inputs.parameters.a}}]"}};

TEST(Mistakes, AreToldAllAtOnceInTheOrderOfTheFile) {
  for (const char* verb : {"lint", "submit", "simulate"}) {
    SubmitStage stage;
    (void)stage.files.write_durably("all.yaml", kMistakes, 0644);
    EXPECT_EQ(stage.run({verb, "all.yaml"}), 1);
    std::string_view shown = std::string_view(verb) == "lint" ? stage.out : stage.err;
    for (const Told& one : kTold) {
      const std::string place = fmt::format("all.yaml:{}: error: ", one.place);
      const size_t at = shown.find(place);
      ASSERT_NE(at, std::string::npos) << verb << " " << place << "\n" << stage.out << stage.err;
      shown.remove_prefix(at);
      const size_t line = shown.find('\n') + 1, caret = shown.find('\n', line) + 1;
      EXPECT_THAT(std::string(shown.substr(0, line)), HasSubstr(one.text)) << verb;
      EXPECT_THAT(std::string(shown.substr(line, caret - line)), HasSubstr(one.line)) << verb;
      EXPECT_THAT(std::string(shown.substr(caret, shown.find('\n', caret) - caret)),
                  HasSubstr("^"));
    }
    EXPECT_TRUE(stage.bodies.empty()) << verb;
  }
}

TEST(Lint, EndsWith1ForWarningsWhereTheyAreAskedFor) {
  SubmitStage stage;
  std::string unused = kFile;
  unused += "  - {name: unused, container: {image: busybox}}\n";
  (void)stage.files.write_durably("unused.yaml", unused, 0644);
  EXPECT_EQ(stage.run({"lint", "--offline", "unused.yaml"}), 0) << stage.out;
  EXPECT_THAT(stage.out, HasSubstr("⚠ 1 warnings\n✔ no linting errors found!\n"));
  EXPECT_EQ(stage.run({"lint", "--offline", "--fail-on=warning", "unused.yaml"}), 1);
  EXPECT_EQ(stage.run({"lint", "--offline", "--fail-on=warning", "wf.yaml"}), 0);
}

TEST(Lint, ReadsWhatCanBeRead) {
  SubmitStage stage;
  const std::string broken = "a: [1\n", good = kFile;
  (void)stage.files.write_durably("half.yaml", broken + "---\n" + good, 0644);
  (void)stage.files.write_durably("broken.yaml", broken, 0644);
  EXPECT_EQ(stage.run({"lint", "--offline", "half.yaml"}), 0) << "as Argo, which leaves it out";
  EXPECT_THAT(stage.out, HasSubstr("[bad-yaml]"));
  EXPECT_EQ(stage.run({"lint", "--offline", "broken.yaml"}), 1);
  EXPECT_EQ(stage.run({"lint", "--offline", "broken.yaml", "wf.yaml"}), 0);
  EXPECT_EQ(stage.run({"lint", "--offline", "--fail-on=warning", "broken.yaml", "wf.yaml"}), 1);
  stage.out.clear();
  stage.input = "kind: WorkflowTemplate\nmetadata: {name: a, name: a}\nspec: {}\n";
  EXPECT_EQ(stage.run({"lint", "--offline", "-o", "simple", "-"}), 1);
  EXPECT_THAT(stage.out, HasSubstr("duplicate key \"name\""));
  EXPECT_EQ(stage.run({"lint", "--offline", "--strict=false", "-"}), 0);
}

TEST(Lint, OtherKindsGetWarningsAtMost) {
  SubmitStage stage;
  const std::string others =
      "---\nkind: ConfigMap\ndata: {a: 1}\n---\napiVersion: argoproj.io/v1alpha1\nkind: Sensor\n";
  (void)stage.files.write_durably("all.yaml", kFile + others, 0644);
  (void)stage.files.write_durably("others.yaml", others, 0644);
  EXPECT_EQ(stage.run({"lint", "--offline", "-o", "simple", "all.yaml"}), 0);
  EXPECT_THAT(stage.out, HasSubstr("warning: in \"object #2\" (ConfigMap): "));
  EXPECT_THAT(stage.out, HasSubstr("the fields of a Sensor are not known here"));
  EXPECT_EQ(stage.run({"lint", "--offline", "others.yaml"}), 1) << "nothing that Argo lints";
}

TEST(Lint, TemplatesAreFoundInTheFilesGiven) {
  SubmitStage stage;
  const auto library = [](const std::string& name_space) {
    return "---\nkind: WorkflowTemplate\nmetadata: {name: lib" + name_space +
           "}\nspec: {templates: [{name: t, container: {image: b}}]}\n";
  };
  stage.input =
      "kind: Workflow\nmetadata: {generateName: a-}\nspec: {entrypoint: m, templates: [{name: m, "
      "steps: [[{name: s, templateRef: {name: lib, template: t}}]]}]}\n" +
      library("");
  EXPECT_EQ(stage.run({"lint", "--offline", "-"}), 0) << stage.out;
  stage.input += library(", namespace: other");
  EXPECT_EQ(stage.run({"lint", "--offline", "-"}), 0) << "one each in two namespaces";
  stage.input += library("");
  stage.out.clear();
  EXPECT_EQ(stage.run({"lint", "--offline", "-o", "simple", "-"}), 1);
  EXPECT_THAT(stage.out, HasSubstr("there is another WorkflowTemplate lib in these files"));
}

// The parts that SARIF 2.1.0 asks for, and what readers of it use.
TEST(Lint, WritesSarif) {
  SubmitStage stage;
  std::string bad = kFile;
  bad.replace(bad.find("command"), 7, "commad");
  (void)stage.files.write_durably("a b.yaml", bad, 0644);
  EXPECT_EQ(stage.run({"lint", "--offline", "-o", "sarif", "a b.yaml"}), 1);
  const auto log = text::parse_json(stage.out);
  ASSERT_TRUE(log) << stage.out;
  EXPECT_EQ(log->string_at("version"), "2.1.0");
  const text::Value& run = log->find("runs")->as_list().at(0);
  const text::Value* driver = run.find_path("tool", "driver");
  EXPECT_EQ(driver->string_at("name"), "argo lint");
  const text::Value& result = run.find("results")->as_list().at(0);
  EXPECT_EQ(result.string_at("level"), "error");
  EXPECT_THAT(std::string(result.string_at("message", "text")),
              HasSubstr("(did you mean \"command\"?)"));
  const auto rule = static_cast<size_t>(*result.find("ruleIndex")->to_int());
  EXPECT_EQ(driver->find("rules")->as_list().at(rule).string_at("id"), "unknown-field");
  EXPECT_EQ(result.string_at("ruleId"), "unknown-field");
  const text::Value& place = *result.find("locations")->as_list().at(0).find("physicalLocation");
  EXPECT_EQ(place.string_at("artifactLocation", "uri"), "a%20b.yaml");
  EXPECT_EQ(place.find_path("region", "startLine")->to_int(), 15);
  EXPECT_EQ(place.find_path("region", "startColumn")->to_int(), 33);
}

TEST(Lint, AsksTheServerForWhatItKnows) {
  SubmitStage stage(
      std::vector<Scene>{{"POST /api/v1/workflows/default/lint",
                          R"({"code":3,"message":"template lib is not there"})", 400}});
  EXPECT_EQ(stage.run({"lint", "-o", "simple", "wf.yaml"}), 1);
  EXPECT_EQ(stage.out, "wf.yaml:1:1: in \"hello-\" (Workflow): template lib is not there\n");
}

}  // namespace
}  // namespace cli
