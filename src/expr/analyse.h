// analyse.h — what can be said of an expression, a text with tags, a `when` or a `depends` before
// it runs: the names it uses and where, its type, and what is wrong with it.
//
// Used by validation and `argo eval`. Nothing is evaluated. Places are byte offsets in the text
// given; a text that stands in YAML is mapped to its line and column by the caller.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace expr {

// Bytes begin … end - 1 of the analysed text.
struct Span {
  uint32_t begin = 0, end = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

// What is known of a variable's type. Parameters and results are texts, whatever they hold.
enum class VariableType : uint8_t { kAny, kString, kBool, kInt, kFloat, kList, kMap };

// The variables that exist at a place, by their dotted names as in a tag ("inputs.parameters.x").
class Names {
 public:
  virtual ~Names() = default;
  // Whether a tag of that name may have a value.
  virtual bool knows(std::string_view name) const = 0;
  // Whether the name is the beginning of known ones: "steps" and "steps.a" of "steps.a.id".
  virtual bool has_below(std::string_view name) const = 0;
  // kAny where nothing is known of it.
  virtual VariableType type_of(std::string_view) const { return VariableType::kAny; }
  // The known name nearest to a mistyped one, or "".
  virtual std::string nearest(std::string_view) const { return {}; }
};

// Names as a sorted table; what tests and `argo eval` need.
class NameTable : public Names {
 public:
  void add(std::string name, VariableType type = VariableType::kString);
  bool knows(std::string_view name) const override;
  bool has_below(std::string_view name) const override;
  VariableType type_of(std::string_view name) const override;
  std::string nearest(std::string_view name) const override;

 private:
  std::map<std::string, VariableType, std::less<>> names_;
};

struct Use {
  enum class Kind : uint8_t {
    kTag,       // {{name}}
    kVariable,  // in an expression: the longest path of constant names, "steps.a.outputs.result"
    kFunction,  // "upper", "sprig.trim", "filter"
    kTask,      // in a `depends`
  };
  Kind kind = Kind::kTag;
  std::string name;
  Span span;
  bool known = true;     // to the Names, to the language, or as a task
  bool guarded = false;  // an expression's variable that ?? or ?. guards: it may be absent
};

// Rules: "unclosed-tag", "syntax", "unknown-variable" (not for tags that Argo does not treat as its
// own, nor for guarded ones), "unknown-function", "type", "regexp", "task-result", "unknown-task".
struct Finding {
  std::string_view rule;
  Span span;
  std::string text;  // "there is no variable inputs.parameters.mesage"
  std::string hint;  // "did you mean inputs.parameters.message?", or ""
};

struct Analysis {
  std::vector<Finding> findings;  // both in the order of their places
  std::vector<Use> uses;
  // Of the value: "string", "bool", "int", "float64", "[]interface {}", "map[string]interface {}",
  // "unknown", …: Go's names. A text with tags is a "string".
  std::string type = "unknown";
};

// An expression alone, as in retryStrategy.expression: source without {{= and }}.
Analysis analyse_expression(std::string_view source, const Names& names);
// A text with {{tags}} and {{=expressions}}. Of a nested tag ({{a.{{b}}}}) the inner one alone is
// looked at.
Analysis analyse_text(std::string_view text, const Names& names);
// A `when`: its tags as in a text; its grammar where it has no tags.
Analysis analyse_when(std::string_view when, const Names& names);
// A `depends` over the tasks of its DAG.
Analysis analyse_depends(std::string_view depends, std::span<const std::string> tasks);

}  // namespace expr
