// environment.h — what an expression sees: the same variables as the tags, as nested maps.
//
// Only the names that the expression reads are gathered, so that one expression in a DAG of a
// million tasks does not look at a million tasks.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "engine/machine.h"
#include "expr/expression.h"

namespace engine {

class ScopeEnvironment : public expr::Environment {
 public:
  ScopeEnvironment(State::Machine& machine, const Scope& scope,
                   const std::vector<std::string>& names);
  std::optional<text::Value> find(std::string_view name) const override;
  // Names with a dot that the expression reads and that stand for nothing here.
  const std::vector<std::string>& missing() const { return missing_; }
  // Reads a variable that only a later pass knows (item, retries, …): Argo leaves the text then.
  bool waits_for_later() const { return waits_for_later_; }

 private:
  void gather(const std::string& name);
  void gather_task(std::string_view scope_word, std::string_view task);
  void gather_inputs();
  void gather_artifact(text::Value& into, const std::string& name, const std::string& path);
  void gather_item();
  void put(std::string_view path, text::Value value);
  bool known(std::string_view name) const;

  State::Machine& machine_;
  const Scope& scope_;
  text::Value root_{text::Map()};
  std::vector<std::string> missing_;
  bool waits_for_later_ = false, has_paths_ = false;
};

}  // namespace engine
