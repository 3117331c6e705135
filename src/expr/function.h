// function.h — one row a function: its name, what it takes and gives, and the code.
//
// A function is added as a row in builtins*.cc or sprig*.cc and the function that it points at.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "expr/expression.h"
#include "expr/value.h"

namespace expr {

// Counts what an evaluation uses, so that it stays bounded; the errors name the limit.
class Budget {
 public:
  explicit Budget(const EvalLimits& limits) : most_(limits), left_(limits) {}

  base::Status items(uint64_t count) {
    return take(left_.items, count) ? base::Status() : no_items_left();
  }
  base::Status bytes(uint64_t count) {
    return take(left_.bytes, count) ? base::Status() : no_bytes_left();
  }
  base::Status slow(uint32_t milliseconds);
  base::Status step() { return steps(1); }
  base::Status steps(uint64_t count) {
    if (left_.steps > 0 && count <= static_cast<uint64_t>(left_.steps)) {
      left_.steps -= static_cast<int64_t>(count);
      return {};
    }
    left_.steps = 0;
    return no_steps_left();
  }
  // A regular expression is compiled, or looks through a text, by the size of its program.
  base::Status compiled(int program) { return steps(500 + 10 * static_cast<uint64_t>(program)); }
  base::Status searched(uint64_t text, int program) {
    return steps(1 + text * (16 + static_cast<uint64_t>(program)) / 32);
  }

 private:
  static bool take(uint64_t& left, uint64_t count) {
    const bool enough = count <= left;
    if (enough) left -= count;
    return enough;
  }
  base::Status no_items_left() const;
  base::Status no_bytes_left() const;
  base::Status no_steps_left() const;

  EvalLimits most_, left_;
};

struct CallContext {
  const EvalContext& eval;
  Budget& budget;
  uint64_t& random_state;  // see next_random
};

uint64_t next_random(CallContext& context);

using Arguments = std::span<const Value>;
using FunctionBody = base::Result<Value> (*)(CallContext& context, Arguments arguments);

struct Function {
  std::string_view name;
  // One letter an argument: s string, i int, f float, b bool, a any, d duration, t time, z zone,
  // L list, M map, v version, c certificate, n number, N number or string, A number or list
  // (anything when it runs), X list (likewise), l what has a length; "*" after the last one: any
  // number of it. "|" parts overloads. A first "$" is a variable of Argo's, a first
  // "?" one whose arguments are checked when it runs only, where nil stands for the zero value.
  std::string_view takes;
  // The same letters; 0 as the first argument, S a []string, K a map with keys of any type.
  char gives = 'a';
  FunctionBody body = nullptr;
};

// Checks the number and types of arguments of a call at run time; nil becomes the zero value of
// what is taken. Errors name the function. A method's body gets its receiver as the first argument;
// the row does not name it.
base::Result<Value> call(const Function& function, CallContext& context, Arguments arguments,
                         const Value* receiver = nullptr);

// expr-lang's functions (without the predicates: all, map, …) and Argo's; null: no such one.
const Function* find_builtin(std::string_view name);
void for_each_builtin(const std::function<void(const Function&)>& use);
// Methods of times, durations, months and weekdays; null: no such one.
const Function* find_method(const Value& receiver, std::string_view name);
const Function* find_method_of(char receiver_type, std::string_view name);
// sprig.NAME; null: no such one here.
const Function* find_sprig(std::string_view name);
void for_each_sprig(const std::function<void(const Function&)>& use);

base::Result<Value> query_jsonpath(std::string_view path, const Value& value, Budget& budget);
base::Result<Value> parse_json(std::string_view source);

}  // namespace expr
