// field.h — one row a field: what a field of a resource is, and how Argon treats it.
//
// The tables (tables/*.cc) are the source of truth for parsing, unknown-field errors, warnings and
// refusals, `argo explain` and the OpenAPI document. To support a field, flip its row to acts().
// To add one, add its row; if the engine reads it, add a member in workflow.h and a row in
// decode.cc.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace model {

enum class Treatment : uint8_t {
  kActs,     // does what its help says
  kDecided,  // known to the engine: simulated and tested, but not run yet: an error at submit
  kHint,     // kept and shown, but without effect here: one warning that names its path
  kRefused   // would change results or security and is not there yet: an error at submit
};

// How a type is written: string, bool, int, number, AnyString (any scalar, kept as text),
// IntOrString, Quantity, Time, Item (any value), object (any map), the name of a Type, and
// "[]T", "map[string]T" of these.
struct Field {
  std::string_view name;
  std::string_view type;
  std::string_view help;  // one line, lower case
  Treatment treatment = Treatment::kActs;
  bool required = false;
  std::string_view words = {};  // the words it may hold, "A|B"; empty: any

  constexpr Field must() const {
    Field copy = *this;
    copy.required = true;
    return copy;
  }
  constexpr Field one_of(std::string_view allowed) const {
    Field copy = *this;
    copy.words = allowed;
    return copy;
  }
};

constexpr Field acts(std::string_view name, std::string_view type, std::string_view help) {
  return {name, type, help};
}
constexpr Field hint(std::string_view name, std::string_view type, std::string_view help) {
  return {name, type, help, Treatment::kHint};
}
constexpr Field decided(std::string_view name, std::string_view type, std::string_view help) {
  return {name, type, help, Treatment::kDecided};
}
constexpr Field refused(std::string_view name, std::string_view type, std::string_view help) {
  return {name, type, help, Treatment::kRefused};
}

struct Type {
  std::string_view name;
  std::string_view help;  // one sentence
  std::span<const Field> fields;
  std::string_view base = {};  // a Type whose fields this one has too
};

}  // namespace model
