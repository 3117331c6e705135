// sprig's functions on maps, and its questions about values.
#include <algorithm>
#include <array>

#include "expr/builtins.h"
#include "expr/sprig.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

constexpr int kDepthMax = 500;

Result dict(CallContext&, Arguments a) {
  Entries entries;
  for (size_t i = 0; i < a.size(); i += 2)
    entries.insert_or_assign(Value(go_text(a[i])), i + 1 < a.size() ? a[i + 1] : Value(""));
  return make_map(std::move(entries));
}
Result get(CallContext&, Arguments a) {
  const Value* found = find(a[0].as_map(), a[1].as_string());
  return found ? *found : Value("");
}
Result set(CallContext&, Arguments a) {
  Entries entries = a[0].as_map().entries;
  entries.insert_or_assign(a[1], a[2]);
  return make_map(std::move(entries));
}
Result unset(CallContext&, Arguments a) {
  Entries entries = a[0].as_map().entries;
  entries.erase(a[1]);
  return make_map(std::move(entries));
}
Result has_key(CallContext&, Arguments a) {
  return find(a[0].as_map(), a[1].as_string()) != nullptr;
}
Result pluck(CallContext&, Arguments a) {
  std::vector<Value> out;
  for (size_t i = 1; i < a.size(); ++i)
    if (const Value* found = find(a[i].as_map(), a[0].as_string())) out.push_back(*found);
  return Value::list(std::move(out));
}
Result keys(CallContext&, Arguments a) {
  std::vector<Value> out;
  for (const Value& map : a)
    for (const auto& [key, value] : map.as_map().entries) out.push_back(key);
  return Value::list(std::move(out), ListType::kString);
}
Result values(CallContext&, Arguments a) {
  std::vector<Value> out;
  for (const auto& [key, value] : a[0].as_map().entries) out.push_back(value);
  return Value::list(std::move(out));
}
Result pick(CallContext&, Arguments a) {
  Entries entries;
  for (size_t i = 1; i < a.size(); ++i)
    if (const Value* found = find(a[0].as_map(), a[i].as_string())) entries.emplace(a[i], *found);
  return make_map(std::move(entries));
}
Result omit(CallContext&, Arguments a) {
  Entries entries = a[0].as_map().entries;
  for (size_t i = 1; i < a.size(); ++i) entries.erase(a[i]);
  return make_map(std::move(entries));
}

// Puts `from` into `into`; what is there and not empty stays, or with `overwrite` makes room.
void merge_into(Entries& into, const Entries& from, bool overwrite, int depth) {
  for (const auto& [key, value] : from) {
    if (value.is_nil()) {
      if (overwrite) into.insert_or_assign(key, value);
      continue;
    }
    const auto [it, added] = into.emplace(key, value);
    if (added || depth > kDepthMax) continue;
    if (it->second.is_map() && value.is_map()) {
      Entries inner = it->second.as_map().entries;
      merge_into(inner, value.as_map().entries, overwrite, depth + 1);
      it->second = make_map(std::move(inner));
    } else if (overwrite || is_empty(it->second)) {
      it->second = value;
    }
  }
}
Result merged(Arguments a, bool overwrite) {
  Entries entries = a[0].as_map().entries;
  for (size_t i = 1; i < a.size(); ++i) merge_into(entries, a[i].as_map().entries, overwrite, 0);
  return make_map(std::move(entries));
}
Result merge(CallContext&, Arguments a) { return merged(a, false); }
Result merge_overwrite(CallContext&, Arguments a) { return merged(a, true); }

Result dig(CallContext&, Arguments a) {
  if (a.size() < 3) return call_error("dig needs at least three arguments");
  const Value* at = &a.back();
  if (!at->is_map()) return call_error("dig needs a map as its last argument");
  for (size_t i = 0; i + 2 < a.size(); ++i)
    if (!a[i].is_string()) return call_error("dig takes names, not " + go_type_name(a[i]));
  for (size_t i = 0; i + 2 < a.size(); ++i) {
    if (!at->is_map()) return call_error("dig: no map at \"" + a[i].as_string() + "\"");
    at = find(at->as_map(), a[i].as_string());
    if (!at) return a[a.size() - 2];
  }
  return *at;
}
Result deep_copy(CallContext&, Arguments a) {
  if (a[0].is_nil()) return call_error("cannot copy nil");
  return a[0];
}

Result either(CallContext&, Arguments a) { return a.size() < 2 || is_empty(a[1]) ? a[0] : a[1]; }
Result empty(CallContext&, Arguments a) { return is_empty(a[0]); }
Result coalesce(CallContext&, Arguments a) {
  const auto it = std::find_if_not(a.begin(), a.end(), is_empty);
  return it == a.end() ? Value() : *it;
}
Result all(CallContext&, Arguments a) { return std::none_of(a.begin(), a.end(), is_empty); }
Result any(CallContext&, Arguments a) { return !std::all_of(a.begin(), a.end(), is_empty); }
Result ternary(CallContext&, Arguments a) { return a[2].as_bool() ? a[0] : a[1]; }

Result type_of_value(CallContext&, Arguments a) { return go_type_name(a[0]); }
Result type_is(CallContext&, Arguments a) { return a[0].as_string() == go_type_name(a[1]); }
Result type_is_like(CallContext&, Arguments a) {
  const std::string name = go_type_name(a[1]);
  return a[0].as_string() == name || "*" + a[0].as_string() == name;
}
Result kind_of(CallContext&, Arguments a) { return go_kind_name(a[0]); }
Result kind_is(CallContext&, Arguments a) { return a[0].as_string() == go_kind_name(a[1]); }
Result deep_equal_values(CallContext&, Arguments a) { return deep_equal(a[0], a[1]); }
Result fail(CallContext&, Arguments a) { return call_error(a[0].as_string()); }

constexpr Function kTable[] = {
    {"dict", "?a*", 'a', dict},
    {"get", "?Ms", 'a', get},
    {"set", "?Msa", 'a', set},
    {"unset", "?Ms", 'a', unset},
    {"hasKey", "?Ms", 'a', has_key},
    {"pluck", "?sM*", 'a', pluck},
    {"keys", "?M*", 'a', keys},
    {"values", "?M", 'a', values},
    {"pick", "?Ms*", 'a', pick},
    {"omit", "?Ms*", 'a', omit},
    {"merge", "?MM*", 'a', merge},
    {"mustMerge", "?MM*", 'a', merge},
    {"mergeOverwrite", "?MM*", 'a', merge_overwrite},
    {"mustMergeOverwrite", "?MM*", 'a', merge_overwrite},
    {"dig", "?a*", 'a', dig},
    {"deepCopy", "?a", 'a', deep_copy},
    {"mustDeepCopy", "?a", 'a', deep_copy},
    {"default", "?aa*", 'a', either},
    {"empty", "?a", 'a', empty},
    {"coalesce", "?a*", 'a', coalesce},
    {"all", "?a*", 'a', all},
    {"any", "?a*", 'a', any},
    {"ternary", "?aab", 'a', ternary},
    {"typeOf", "?a", 'a', type_of_value},
    {"typeIs", "?sa", 'a', type_is},
    {"typeIsLike", "?sa", 'a', type_is_like},
    {"kindOf", "?a", 'a', kind_of},
    {"kindIs", "?sa", 'a', kind_is},
    {"deepEqual", "?aa", 'a', deep_equal_values},
    {"fail", "?s", 'a', fail},
};

}  // namespace

bool is_empty(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kNil:
      return true;
    case Value::Kind::kBool:
      return !value.as_bool();
    case Value::Kind::kInt:
      return value.as_int().value == 0;
    case Value::Kind::kFloat:
      return value.as_float() == 0;
    case Value::Kind::kString:
      return value.as_string().empty();
    case Value::Kind::kList:
      return value.items().empty();
    case Value::Kind::kMap:
      return value.as_map().entries.empty();
    case Value::Kind::kLength:
      return value.as_length().ns == 0;
    default:
      return false;
  }
}

std::span<const Function> sprig_maps() { return kTable; }

}  // namespace expr
