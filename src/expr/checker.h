// checker.h — what expr-lang finds wrong with an expression before it runs it: names that are not
// there, operators and functions on types that they do not take.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "expr/ast.h"
#include "expr/function.h"

namespace expr {

// What is known of a value's type before it is there.
struct Type {
  enum class Kind : uint8_t {
    kUnknown,
    kNil,
    kBool,
    kInt,
    kFloat,
    kString,
    kList,
    kMap,
    kTime,
    kLength,
    kZone,
    kNamedInt,
    kFunction
  };
  Kind kind = Kind::kUnknown;
  std::shared_ptr<const Type> element;  // kList, kMap: null is unknown
  bool any_keys = false;                // kMap: keys of any type
  bool typed = false;                   // kList: a Go slice of its element, no []interface {}
  const Function* function = nullptr;   // kFunction

  bool is(Kind k) const { return kind == k; }
  bool unknown() const { return kind == Kind::kUnknown; }
  bool number() const { return kind == Kind::kInt || kind == Kind::kFloat; }
};

// As Go names it: "string", "[]interface {}", "unknown" for nil.
std::string name_of(const Type& type);
// The type of a variable of the environment.
Type type_of(const Value& value);

// Gives a variable, or null when there is none.
using FindVariable = std::function<const Value*(std::string_view name)>;

// What is known of the variables.
struct Typing {
  // The type of a top-level name; nothing: there is no such variable.
  std::function<std::optional<Type>(std::string_view name)> variable;
  // The type of a path of constant names below one ("inputs.parameters.x"); may be empty.
  std::function<Type(std::string_view path)> path = {};
  // Whether Argo's additions (asInt, …) are there; those of expr-lang are in any case.
  bool argo_functions = true;
  // An unknown name may be anything instead of being an error.
  bool lenient = false;
};

// Gives the type of the result. Errors are kInvalid with their place.
base::Result<Type> check(const Tree& tree, const Typing& typing);
base::Status check(const Tree& tree, const FindVariable& find, bool argo_functions = true);

// The name of an identifier or of a path of constant names without ?., "" for any other node.
std::string path_of(const Node* node);

}  // namespace expr
