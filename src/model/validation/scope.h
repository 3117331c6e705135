// scope.h — which {{variables}} a piece of a workflow may use.
//
// A Scope holds names ("inputs.parameters.x") and may ask further ones of an outer scope and of the
// steps or tasks around it (NodeScope). Tags that Argo does not treat as its own ({{user.name}}),
// and expressions ({{=…}}), are no business of a scope.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/path.h"
#include "text/value.h"

namespace model {

class Scope {
 public:
  // Decides over names that begin with "steps." or "tasks.": true when the name is known.
  using Nodes = std::function<bool(std::string_view name)>;

  Scope() = default;
  explicit Scope(const Scope* outer) : outer_(outer) {}

  void add(std::string name) { names_.insert(std::move(name)); }
  // A name whose value is known before the workflow runs.
  void add_value(std::string name, std::string value) {
    values_.insert_or_assign(name, std::move(value));
    add(std::move(name));
  }
  // Every name with this beginning is known: "item." for withParam.
  void add_all(std::string beginning) { beginnings_.push_back(std::move(beginning)); }
  void set_nodes(Nodes nodes) { nodes_ = std::move(nodes); }

  bool knows(std::string_view name) const;
  // Whether Argo puts a value (or a placeholder for one) in its place before it looks at tags:
  // inputs and what the whole workflow has; no steps, tasks, items.
  bool replaces(std::string_view name) const;
  // What is known of the value of a name; null: nothing.
  const std::string* value_of(std::string_view name) const;
  // Whether names begin with this one and a dot.
  bool has_below(std::string_view name) const;
  // How many names nearest() looks at.
  size_t size() const { return names_.size() + (outer_ ? outer_->size() : 0); }
  // The known name that is nearest to a mistyped one, or "".
  std::string nearest(std::string_view name) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  void index_beginnings() const;

  const Scope* outer_ = nullptr;
  std::unordered_set<std::string, Hash, std::equal_to<>> names_;
  std::unordered_map<std::string, std::string, Hash, std::equal_to<>> values_;
  std::vector<std::string> beginnings_;
  Nodes nodes_;
  // "a" and "a.b" of "a.b.c"; made when it is asked for, of as many names as there were then.
  mutable std::unordered_set<std::string, Hash, std::equal_to<>> known_beginnings_;
  mutable size_t indexed_ = 0;
};

// Whether Argo's validation looks at the name at all, and does not let it pass unseen.
bool is_checked_variable(std::string_view name);

// A {{tag}} in a string of a Value: its trimmed name, where the string stands.
struct Tag {
  std::string_view name;
  const text::Value* value = nullptr;  // the string; null: it stands in a key
  text::Place place;
};
using OnTag = std::function<void(const Tag& tag, const Path& path)>;

// Calls for every simple tag in the strings and keys of the value. A tag that is not closed runs to
// the end of its string. A nested tag ({{a.{{b}}}}) is what Argo makes of it: with the value of the
// inner one where the scope has it, else as it is written.
void for_each_tag(const text::Value& value, const Scope& scope, const Path& path,
                  const OnTag& call);
void for_each_tag(std::string_view text, const Scope& scope,
                  const std::function<void(std::string_view name)>& call);

// The text with what the scope replaces: known values, and a placeholder for each other name, which
// begins with kUnknownText and is the same wherever the name stands. Other tags stay.
inline constexpr std::string_view kUnknownText = "\x01";
std::string render(std::string_view text, const Scope& scope);
// The same, with a letter for each placeholder: what a name could become.
std::string render_name(std::string_view name, const Scope& scope);
// Placeholders as a reader wants to see them.
std::string shown(std::string_view rendered);

}  // namespace model
