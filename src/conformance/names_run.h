// names_run.h — a small workflow run through the engine, for the suite of names and loops.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/state.h"
#include "text/value.h"

namespace conformance {

// A workflow "wf" of the given templates, entered at the first. Errors: what compile() says.
base::Result<std::shared_ptr<const engine::Plan>> plan_of(text::List templates,
                                                          text::Map arguments = {});

class NamesRun {
 public:
  explicit NamesRun(std::shared_ptr<const engine::Plan> plan) : state_(std::move(plan), 1) {}

  // Moves the clock and applies the event and what follows at once.
  void apply(base::Time now, engine::Event event);

  const engine::State& state() const { return state_; }
  // The pods that were wished for, in order.
  const std::vector<engine::NodeId>& pods() const { return pods_; }
  // The status of the node of that name, as clients see it; null when there is none.
  text::Value node(const std::string& name) const;
  // The first argument of the pod's container.
  std::string first_argument(engine::NodeId pod) const;

 private:
  engine::State state_;
  std::vector<engine::NodeId> pods_;
  std::map<std::string, engine::NodeId> by_name_;
};

}  // namespace conformance
