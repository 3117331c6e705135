// coverage.h — which templates and which branches of a workflow some runs have taken.
//
// A branch is a way that a step or task can go: that it runs, and with a `when` that it does not.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/plan.h"
#include "engine/state.h"
#include "model/workflow.h"

namespace play {

class Coverage {
 public:
  // Declares what there is to cover in a workflow and in the stored templates that it refers to.
  // The same may be declared again. `subject` tells workflows apart, as its file does.
  void declare(const std::string& subject, const model::WorkflowSpec& spec,
               const engine::Plan& plan);
  void add(const std::string& subject, const engine::State& state);

  struct Counts {
    size_t covered = 0, all = 0;
  };
  Counts templates() const;
  Counts branches() const;
  // "SUBJECT: template echo", "HOLDER: main.flip: does not run", in the order of the names.
  std::vector<std::string> uncovered() const;

 private:
  static Counts count(const std::map<std::string, bool>& of);
  void declare(const std::string& place, const model::Template& tmpl);
  void declare(const std::string& place, const model::Template& tmpl, const model::Task& task);
  void take(std::map<std::string, bool>& of, const std::string& name);

  std::map<std::string, bool> templates_, branches_;
};

}  // namespace play
