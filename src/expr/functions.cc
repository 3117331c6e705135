// Finding a function by its name, over all tables.
#include <algorithm>
#include <array>

#include "expr/builtins.h"

namespace expr {
namespace {

const Function* find_in(std::span<const Function> table, std::string_view name) {
  const auto it = std::find_if(table.begin(), table.end(),
                               [&](const Function& row) { return row.name == name; });
  return it == table.end() ? nullptr : &*it;
}

template <class... Tables>
const Function* find_in_all(std::string_view name, Tables... tables) {
  const Function* found = nullptr;
  ((found = found ? found : find_in(tables, name)), ...);
  return found;
}

base::Status used_up(std::string what) { return base::fail(base::Code::kInvalid, std::move(what)); }

}  // namespace

base::Status Budget::slow(uint32_t milliseconds) {
  if (milliseconds <= left_.slow_ms) {
    left_.slow_ms -= milliseconds;
    return {};
  }
  return used_up("the expression takes too long: keys, certificates and passwords of more than " +
                 std::to_string(most_.slow_ms) + " ms");
}
base::Status Budget::no_items_left() const {
  return used_up(
      "memory budget exceeded: the expression makes lists, maps and repeated texts of more than " +
      std::to_string(most_.items) + " items in all");
}
base::Status Budget::no_bytes_left() const {
  return used_up("memory budget exceeded: the expression makes texts of more than " +
                 std::to_string(most_.bytes >> 20) + " MiB in all");
}
base::Status Budget::no_steps_left() const {
  return used_up("the expression takes too many steps: more than " + std::to_string(most_.steps));
}

uint64_t next_random(CallContext& context) {
  uint64_t x = context.random_state += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

const Function* find_builtin(std::string_view name) {
  return find_in_all(name, text_builtins(), number_builtins(), list_builtins(), time_builtins());
}

const Function* find_method(const Value& receiver, std::string_view name) {
  switch (receiver.kind()) {
    case Value::Kind::kTime:
      return find_in(time_methods(), name);
    case Value::Kind::kLength:
      return find_in(length_methods(), name);
    case Value::Kind::kInt:
      return receiver.is_int() ? nullptr : find_in(name_methods(), name);
    case Value::Kind::kZone:
      return find_in(name_methods(), name);
    case Value::Kind::kStruct: {
      const StructType& type = *receiver.as_struct().type;
      return type.methods ? find_in(type.methods(), name) : nullptr;
    }
    default:
      return nullptr;
  }
}

const Function* find_method_of(char receiver_type, std::string_view name) {
  switch (receiver_type) {
    case 't':
      return find_in(time_methods(), name);
    case 'd':
      return find_in(length_methods(), name);
    case 'm':
    case 'z':
      return find_in(name_methods(), name);
    default:
      return nullptr;
  }
}

void for_each_builtin(const std::function<void(const Function&)>& use) {
  for (const auto table : {text_builtins(), number_builtins(), list_builtins(), time_builtins()})
    for (const Function& function : table) use(function);
}

constexpr std::span<const Function> (*kSprigTables[])() = {
    sprig_texts, sprig_numbers, sprig_lists,    sprig_maps, sprig_others,
    sprig_dates, sprig_crypto,  sprig_versions, sprig_urls, sprig_keys};

const Function* find_sprig(std::string_view name) {
  for (const auto table : kSprigTables)
    if (const Function* function = find_in(table(), name)) return function;
  return nullptr;
}

void for_each_sprig(const std::function<void(const Function&)>& use) {
  for (const auto table : kSprigTables)
    for (const Function& function : table()) use(function);
}

}  // namespace expr
