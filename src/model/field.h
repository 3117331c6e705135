// field.h — one row a field: what a field of a resource is, and how Argon treats it.
//
// The tables (tables/*.cc) are the source of truth for parsing, unknown-field errors, warnings and
// refusals, `argo explain` and the OpenAPI document. To support a field, flip its row to acts().
// To add one, add its row; if the engine reads it, add a member in workflow.h and a row in
// decode.cc. The columns behind the help say how the API server merges and completes objects.
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

// How server-side apply takes a list (Kubernetes' x-kubernetes-list-type).
enum class ListType : uint8_t {
  kAtomic,  // a value as a whole
  kSet,     // scalars, each of which has its owner
  kMap      // structs that are told apart by Field::keys
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
  ListType list = ListType::kAtomic;
  bool is_whole = false;               // of a map: server-side apply takes it as one value
  bool retain_keys = false;            // strategic merge: members that the other side lacks go
  bool replaces = false;               // strategic merge: a patch replaces it, maps too
  std::string_view keys = {};          // of kMap: "containerPort,protocol"
  std::string_view merge_key = {};     // strategic merge of a list: by this member; "*": of scalars
  std::string_view default_json = {};  // what the API server fills in; empty: nothing

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
  constexpr Field map_by(std::string_view names) const {
    Field copy = *this;
    copy.list = ListType::kMap;
    copy.keys = names;
    return copy;
  }
  constexpr Field set() const {
    Field copy = *this;
    copy.list = ListType::kSet;
    return copy;
  }
  constexpr Field whole() const {
    Field copy = *this;
    copy.is_whole = true;
    return copy;
  }
  constexpr Field merged_by(std::string_view key) const {
    Field copy = *this;
    copy.merge_key = key;
    return copy;
  }
  constexpr Field retaining_keys() const {
    Field copy = *this;
    copy.retain_keys = true;
    return copy;
  }
  constexpr Field replacing() const {
    Field copy = *this;
    copy.replaces = true;
    return copy;
  }
  constexpr Field or_else(std::string_view json) const {
    Field copy = *this;
    copy.default_json = json;
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
  bool is_whole = false;       // server-side apply takes it as one value
};

}  // namespace model
