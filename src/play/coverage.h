// coverage.h — which templates and which branches of a workflow some runs have taken.
//
// A branch is a way that a step or task can go: that it runs, and with a `when` that it does not.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/state.h"
#include "model/workflow.h"

namespace play {

class Coverage {
 public:
  // Declares what there is to cover; the same workflow may be declared again.
  void declare(const model::WorkflowSpec& spec);
  void add(const engine::State& state);

  struct Counts {
    size_t covered = 0, all = 0;
  };
  Counts templates() const;
  Counts branches() const;
  // "template echo", "main.flip: when is false", in the order of the names.
  std::vector<std::string> uncovered() const;

 private:
  static Counts count(const std::map<std::string, bool>& of);
  void declare(const model::Task& task, const model::Template& tmpl);
  void take(std::map<std::string, bool>& of, const std::string& name);

  std::map<std::string, bool> templates_, branches_;
};

}  // namespace play
