// jq_eval.h — evaluates a jq filter; used by jq*.cc alone.
//
// A filter hands each of its results on to a continuation (Emit) at once, so nothing is collected
// but where the language collects. What a continuation is given lives on the stack of its caller.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/time.h"
#include "expr/jq_node.h"
#include "expr/jq_value.h"

namespace expr {

// How a filter ended: by itself, by an error, or by `break` to a label.
enum class JqFlow : uint8_t { kGo, kError, kBreak };

// Where a value was found, the last key first. Null in place of it: paths are not asked for.
struct JqPath {
  const JqPath* above = nullptr;
  Value key = {};
  enum class Kind : uint8_t { kRoot, kKey, kNowhere } kind = Kind::kKey;
};

// A reference to what takes the results; it must outlive the call only.
class JqEmit {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, JqEmit>)
      JqEmit(F&& f)  // NOLINT(google-explicit-constructor)
      : object_(const_cast<void*>(static_cast<const void*>(&f))),
        call_([](void* object, const Value& value, const JqPath* path) {
          return (*static_cast<std::remove_reference_t<F>*>(object))(value, path);
        }) {}
  JqFlow operator()(const Value& value, const JqPath* path) const {
    return call_(object_, value, path);
  }

 private:
  void* object_;
  JqFlow (*call_)(void* object, const Value& value, const JqPath* path);
};

// One name that is known at a place; the innermost first.
struct JqScope {
  enum class Kind : uint8_t { kValue, kFunction, kFilter, kLabel };
  const JqScope* outer = nullptr;
  Kind kind = Kind::kValue;
  std::string_view name;
  const Value* value = nullptr;              // kValue
  bool callable = false;                     // kValue: of a parameter $x, which is a function too
  const JqDefinition* definition = nullptr;  // kFunction: known in `this`
  const JqNode* filter = nullptr;            // kFilter: an argument, in the scope of the caller
  const JqScope* filter_scope = nullptr;
  uint64_t label = 0;
};

class JqEvaluator {
 public:
  explicit JqEvaluator(base::Time now) : now_(now) {}

  JqFlow eval(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
              JqEmit emit);

  const Value& error() const { return error_; }
  base::Time now() const { return now_; }

 private:
  JqFlow fail(Value error);
  JqFlow fail_for_good(std::string text);  // `try` does not catch it
  JqFlow result(const JqResult& result, const JqPath* path, JqEmit emit);
  bool spend(size_t values);
  const JqPath* nowhere(const JqPath* path) const { return path ? &nowhere_ : nullptr; }
  JqFlow step_into(const Value& value, const Value& key, const JqPath* path, JqEmit emit);
  bool keys_of(const JqPath* path, const Value& value, JqKeys& out);

  JqFlow dispatch(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
                  JqEmit emit);
  JqFlow named(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
               JqEmit emit);
  JqFlow literal_parts(const JqNode& node, size_t at, std::string& text, const JqScope* scope,
                       const Value& in, const JqPath* path, JqEmit emit);
  JqFlow suffix(const JqNode& node, const JqScope* scope, const Value& in, const Value& of,
                const JqPath* path, JqEmit emit);
  JqFlow optional(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
                  JqEmit emit);
  JqFlow index(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
               JqEmit emit);
  JqFlow slice(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
               JqEmit emit);
  JqFlow iterate(const Value& value, const JqPath* path, JqEmit emit);
  JqFlow recurse(const Value& value, const JqPath* path, JqEmit emit);
  JqFlow array(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
               JqEmit emit);
  JqFlow object(const JqNode& node, size_t at, Entries& entries, const JqScope* scope,
                const Value& in, const JqPath* path, JqEmit emit);
  JqFlow binary(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
                JqEmit emit);
  JqFlow logic(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
               JqEmit emit);
  JqFlow alternative(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
                     JqEmit emit);
  JqFlow condition(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
                   JqEmit emit);
  JqFlow attempt(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
                 JqEmit emit);
  JqFlow fold(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
              JqEmit emit);
  JqFlow assign(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
                JqEmit emit);
  JqFlow update(const JqNode& target, const JqScope* scope, const Value& in, JqEmit change,
                Value& out);
  JqFlow bind(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
              JqEmit emit);
  using Inner = JqEmit;  // called with the scope in `bound_`
  JqFlow destructure(std::span<const JqPattern* const> patterns, std::span<const Value> values,
                     const JqScope* scope, const Value& in, Inner body);
  JqFlow call(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
              JqEmit emit);
  JqFlow call_definition(const JqDefinition& definition, const JqScope* known, size_t parameter,
                         const JqScope* inner, const JqNode& node, const JqScope* scope,
                         const Value& in, const JqPath* path, JqEmit emit);
  JqFlow call_values(const JqNode& node, size_t left, std::vector<Value>& arguments,
                     const JqScope* scope, const Value& in, const JqPath* path, JqEmit emit);
  JqFlow call_special(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
                      JqEmit emit, bool& known);

  // Of the functions that take filters: jq_special.cc.
  JqFlow some_of(const JqNode& filter, const JqScope* scope, const Value& in, const JqPath* path,
                 double count, JqEmit emit);
  JqFlow last_of(const JqNode& filter, const JqScope* scope, const Value& in, const JqPath* path,
                 JqEmit emit);
  JqFlow along(const Value& value, std::span<const Value> keys, const JqPath* path, JqEmit emit);
  JqFlow range(double from, double to, double by, const JqPath* path, JqEmit emit);
  JqFlow call_range(const JqNode& node, const JqScope* scope, const Value& in, const JqPath* path,
                    JqEmit emit);
  JqFlow iterate_state(const JqNode& node, const JqScope* scope, Value state, JqEmit emit);
  JqFlow collect(const JqNode& filter, const JqScope* scope, const Value& in,
                 std::vector<Value>& out);
  JqFlow recurse_by(const JqNode& filter, const JqScope* scope, const Value& in, const JqPath* path,
                    JqEmit emit);

  base::Time now_;
  Value error_;
  bool for_good_ = false;
  const JqScope* bound_ = nullptr;      // the scope that destructure() made, for its body
  const JqEmit* bound_take_ = nullptr;  // what update() does with the new value of a path
  uint64_t label_ = 0, labels_ = 0;     // the label that a break goes to; how many there were
  int depth_ = 0;
  uint64_t steps_left_ = 1'000'000, values_left_ = 2'000'000;
  JqPath nowhere_{nullptr, {}, JqPath::Kind::kNowhere};
};

// A function of values alone; null: there is none of that name and number of arguments.
using JqFunction = JqResult (*)(const JqEvaluator& evaluator, const Value& in,
                                std::span<const Value> arguments);
JqFunction find_jq_function(std::string_view name, size_t arguments);
// One that is written in jq; null: there is none.
const JqDefinition* find_jq_definition(std::string_view name, size_t arguments);
// One that eval() itself knows ("empty", "path", "first", …).
bool is_jq_special(std::string_view name, size_t arguments);

}  // namespace expr
