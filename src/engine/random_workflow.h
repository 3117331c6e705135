// random_workflow.h — workflows made up from a seed, for the tests of properties and of faults.
//
// Templates t0…: each may use those behind it, the last ones are a pod, a suspend and, where all
// kinds are asked for, an HTTP task and a container set. A pod takes a parameter p and gives a
// parameter o; with all kinds also artifacts.
#pragma once
#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace engine {

class WorkflowMaker {
 public:
  // Without `free`, limits, deadlines, retries and failFast stay out. Without `all_kinds`, what the
  // engine decides but nothing runs yet: tasks of the agent, container sets, artifacts.
  WorkflowMaker(uint32_t seed, bool free, bool all_kinds)
      : random_(seed), free_(free), all_kinds_(all_kinds) {}

  std::string yaml() {
    count_ = 2 + pick(4);
    std::string out = "metadata: {name: wf, namespace: ns, uid: u}\nspec:\n  entrypoint: t0\n";
    if (chance(30)) out += "  onExit: pod\n";
    if (free_ && chance(30)) out += fmt::format("  parallelism: {}\n", 1 + pick(4));
    if (free_ && chance(15)) out += "  activeDeadlineSeconds: 40\n";
    out += "  templates:\n";
    for (uint32_t i = 0; i < count_; ++i) out += chance(50) ? steps(i) : dag(i);
    out += pod();
    out += "  - name: hold\n    suspend: {duration: \"5\"}\n";
    if (!all_kinds_) return out;
    out +=
        "  - name: web\n    http: {url: u}\n    retryStrategy: {limit: 1, retryPolicy: Always}\n"
        "  - name: set\n    containerSet: {containers: [{name: a, image: i}, "
        "{name: main, image: i, dependencies: [a]}]}\n";
    return out;
  }

 private:
  uint32_t pick(uint32_t below) { return static_cast<uint32_t>(random_() % below); }
  bool chance(uint32_t percent) { return pick(100) < percent; }

  std::string limits() {
    std::string out;
    if (free_ && chance(25)) out += fmt::format("    parallelism: {}\n", 1 + pick(3));
    if (free_ && chance(10)) out += "    failFast: true\n";
    if (free_ && chance(15)) out += "    retryStrategy: {limit: 1}\n";
    return out;
  }

  std::string pod() {
    std::string out = "  - name: pod\n    inputs:\n      parameters: [{name: p, default: none}]\n";
    if (all_kinds_) out += "      artifacts: [{name: in, path: /in, optional: true}]\n";
    out += "    outputs:\n      parameters: [{name: o, valueFrom: {path: /o, default: d}}]\n";
    if (all_kinds_) out += "      artifacts: [{name: f, path: /f, globalName: g}]\n";
    out += "    container: {image: i, args: [\"{{inputs.parameters.p}}\"]}\n";
    if (free_ && chance(40))
      out +=
          "    retryStrategy: {limit: 2, retryPolicy: Always, backoff: {duration: \"3\", factor: "
          "2}}\n";
    return out;
  }

  std::string use(uint32_t index) {
    const uint32_t next = index + 1 + pick(count_ - index);
    if (next < count_ && chance(40)) return fmt::format("t{}", next);
    const uint32_t kind = pick(100);
    if (kind < 12) return "hold";
    if (!all_kinds_ || kind >= 28) return "pod";
    return kind < 20 ? "web" : "set";
  }

  // What steps and tasks share. `before`: something whose outputs may be read.
  std::string rest(const std::string& before, const std::string& used, bool may_continue) {
    std::string out;
    if (chance(20) && may_continue) out += ", continueOn: {failed: true, error: true}";
    if (chance(15)) out += chance(50) ? ", when: \"1 == 2\"" : ", when: \"1 == 1\"";
    if (chance(20))
      out += ", withItems: [a, b, c]";
    else if (chance(10))
      out += ", withSequence: {count: \"3\"}";
    if (chance(12)) out += ", onExit: pod";
    if (used != "pod" || before.empty() || !chance(60)) return out;
    out += fmt::format(", arguments: {{parameters: [{{name: p, value: \"{}\"}}]", before);
    const size_t status = before.find(".status");
    if (all_kinds_ && status != std::string::npos && chance(50))
      out += fmt::format(
          ", artifacts: [{{name: in, optional: true, from: \"{}.outputs.artifacts.f}}}}\"}}]",
          before.substr(0, status));
    out += "}";
    return out;
  }

  std::string steps(uint32_t index) {
    std::string out = fmt::format("  - name: t{}\n{}    steps:\n", index, limits());
    const uint32_t groups = 1 + pick(3);
    for (uint32_t group = 0; group < groups; ++group) {
      const uint32_t width = 1 + pick(3);
      for (uint32_t i = 0; i < width; ++i) {
        const std::string used = use(index);
        const std::string before =
            group == 0 ? "{{workflow.name}}" : fmt::format("{{{{steps.s{}x0.status}}}}", group - 1);
        out += fmt::format("    {} - {{name: s{}x{}, template: {}{}}}\n", i == 0 ? "-" : " ", group,
                           i, used, rest(before, used, true));
      }
    }
    return out;
  }

  // `depends` with all its results, or `dependencies`, with which continueOn goes.
  std::string dag(uint32_t index) {
    std::string out = fmt::format("  - name: t{}\n{}    dag:\n", index, limits());
    if (chance(30)) out += "      failFast: false\n";
    out += "      tasks:\n";
    const uint32_t count = 1 + pick(6);
    const bool has_depends = chance(70);
    for (uint32_t i = 0; i < count; ++i) {
      const std::string used = use(index);
      std::string after, before;
      for (uint32_t other = 0; other < i; ++other) {
        if (!chance(45)) continue;
        if (!after.empty()) after += !has_depends ? ", " : chance(70) ? " && " : " || ";
        after += fmt::format("k{}", other);
        constexpr std::string_view kResults[] = {"", "", "", ".Succeeded", ".Failed", ".Skipped"};
        if (has_depends) after += kResults[pick(6)];
        before = fmt::format("{{{{tasks.k{}.status}}}}", other);
      }
      if (!after.empty())
        after = has_depends ? ", depends: \"" + after + "\"" : ", dependencies: [" + after + "]";
      out += fmt::format("      - {{name: k{}, template: {}{}{}}}\n", i, used, after,
                         rest(before, used, !has_depends));
    }
    return out;
  }

  std::mt19937 random_;
  bool free_, all_kinds_;
  uint32_t count_ = 2;
};

}  // namespace engine
