// checker.h — what expr-lang finds wrong with an expression before it runs it: names that are not
// there, operators and functions on types that they do not take.
#pragma once
#include <functional>
#include <map>
#include <memory>
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

// Errors are kInvalid with their place.
base::Status check(const Tree& tree, const FindVariable& find);

}  // namespace expr
