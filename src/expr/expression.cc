#include "expr/expression.h"

#include <map>
#include <utility>

#include "expr/checker.h"
#include "expr/evaluator.h"
#include "expr/function.h"
#include "expr/parser.h"
#include "expr/value.h"

namespace expr {
namespace {

constexpr std::string_view kPlaceholder = "__argo__internal__placeholder-";

// `sprig` as a map of functions, as Argo's environment holds it.
Value sprig_map() {
  Entries entries;
  for_each_sprig([&](const Function& function) {
    entries.emplace(Value(function.name), Value(FunctionRef{&function, nullptr}));
  });
  return make_map(std::move(entries));
}

// The variables of one evaluation, each converted once.
class Variables {
 public:
  explicit Variables(const Environment& environment) : environment_(environment) {}

  const Value* find(std::string_view name) {
    if (const auto it = known_.find(name); it != known_.end())
      return it->second ? &*it->second : nullptr;
    std::optional<Value> value;
    const bool has_functions = environment_.has_argo_functions();
    if (has_functions && name == "sprig")
      value = sprig_map();
    else if (const Function* function = find_builtin(name);
             has_functions && function && function->takes.starts_with('$'))
      value = FunctionRef{function, nullptr};
    else if (Value typed; environment_.find_typed(name, typed))
      value = std::move(typed);
    else if (const auto found = environment_.find(name))
      value = from_text(*found);
    const auto it = known_.emplace(std::string(name), std::move(value)).first;
    return it->second ? &*it->second : nullptr;
  }

  Value all() {
    if (!all_.is_nil()) return all_;
    Entries entries;
    for (const std::string& name : environment_.names())
      if (const Value* value = find(name)) entries.emplace(Value(name), *value);
    for (const std::string_view name : {"sprig", "asInt", "asFloat", "jsonpath", "toJson"})
      if (const Value* value = find(name)) entries.insert_or_assign(Value(name), *value);
    return all_ = make_map(std::move(entries));
  }

 private:
  const Environment& environment_;
  Value all_;
  std::map<std::string, std::optional<Value>, std::less<>> known_;
};

class Compiled : public Expression {
 public:
  explicit Compiled(Tree tree) : tree_(std::move(tree)), names_(variables_of(tree_)) {}

  base::Result<text::Value> evaluate(const Environment& environment,
                                     const EvalContext& context) const override {
    auto value = run(environment, context, nullptr);
    if (!value) return tl::unexpected(value.error());
    return to_text(*value);
  }

  base::Result<Value> run(const Environment& environment, const EvalContext& context,
                          Stage* stage) const override {
    Variables variables(environment);
    const FindVariable find = [&](std::string_view name) { return variables.find(name); };
    if (auto status = check(tree_, find, environment.has_argo_functions()); !status) {
      if (stage) *stage = Stage::kCompile;
      return tl::unexpected(status.error());
    }
    if (stage) *stage = Stage::kRun;
    return expr::evaluate(
        tree_, find, [&] { return variables.all(); }, context);
  }

  const std::vector<std::string>& names() const override { return names_; }
  const Tree& tree() const override { return tree_; }

 private:
  Tree tree_;
  std::vector<std::string> names_;
};

bool holds_placeholder(const text::Value& value) {
  if (value.is_string()) return value.as_string().starts_with(kPlaceholder);
  if (value.is_list()) {
    for (const text::Value& item : value.as_list())
      if (holds_placeholder(item)) return true;
  }
  if (value.is_map()) {
    for (const text::Member& member : value.as_map())
      if (holds_placeholder(member.value)) return true;
  }
  return false;
}

// Sets value at the dotted path; a map that is there already stays, a scalar makes room.
void set_path(text::Value& at, std::string_view path, const text::Value& value) {
  const size_t dot = path.find('.');
  text::Value& inner = at[path.substr(0, dot)];
  if (dot != std::string_view::npos) {
    if (!inner.is_map()) inner = text::Map();
    set_path(inner, path.substr(dot + 1), value);
  } else if (!inner.is_map() || inner.as_map().empty()) {
    inner = value;
  }
}

}  // namespace

base::Result<std::shared_ptr<const Expression>> Expression::compile(std::string_view source) {
  auto tree = parse_expression(source);
  if (!tree) return tl::unexpected(tree.error());
  return std::make_shared<const Compiled>(std::move(*tree));
}

void FlatEnvironment::set(std::string name, text::Value value) {
  variables_.insert_or_assign(std::move(name), std::move(value));
}

std::optional<text::Value> FlatEnvironment::find(std::string_view name) const {
  std::string prefix(name);
  prefix += '.';
  auto it = variables_.lower_bound(prefix);
  if (it == variables_.end() || !it->first.starts_with(prefix)) {
    const auto exact = variables_.find(name);
    return exact == variables_.end() ? std::nullopt : std::optional(exact->second);
  }
  text::Value out = text::Map();
  for (; it != variables_.end() && it->first.starts_with(prefix); ++it)
    set_path(out, std::string_view(it->first).substr(prefix.size()), it->second);
  return out;
}

std::vector<std::string> FlatEnvironment::names() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : variables_) {
    std::string top = name.substr(0, name.find('.'));
    if (out.empty() || out.back() != top) out.push_back(std::move(top));
  }
  return out;
}

bool FlatEnvironment::has_placeholder() const {
  for (const auto& [name, value] : variables_)
    if (holds_placeholder(value)) return true;
  return false;
}

bool has_variable(const Environment& environment, std::string_view name) {
  size_t dot = name.find('.');
  const std::string_view top = name.substr(0, dot);
  if (top == "sprig") return dot == std::string_view::npos || find_sprig(name.substr(dot + 1));
  const Function* function = find_builtin(top);
  if (function && function->takes.starts_with('$')) return dot == std::string_view::npos;
  const auto value = environment.find(top);
  if (!value) return false;
  const text::Value* at = &*value;
  while (dot != std::string_view::npos) {
    name.remove_prefix(dot + 1);
    dot = name.find('.');
    at = at->find(name.substr(0, dot));
    if (!at) return false;
  }
  return true;
}

}  // namespace expr
