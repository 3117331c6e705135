#include "expr/signature.h"

#include <algorithm>
#include <string>
#include <vector>

#include "expr/sprig.h"

namespace expr {
namespace {

using Kind = Type::Kind;

struct LetterRow {
  char letter;
  Kind kind;
  std::string_view name;
};
constexpr LetterRow kLetters[] = {
    {'s', Kind::kString, "string"},
    {'i', Kind::kInt, "int"},
    {'f', Kind::kFloat, "float64"},
    {'b', Kind::kBool, "bool"},
    {'d', Kind::kLength, "time.Duration"},
    {'t', Kind::kTime, "time.Time"},
    {'z', Kind::kZone, "*time.Location"},
    {'L', Kind::kList, "[]interface {}"},
    {'M', Kind::kMap, "map[string]interface {}"},
    {'m', Kind::kNamedInt, "time.Month"},
    {'v', Kind::kUnknown, "*semver.Version"},
    {'c', Kind::kUnknown, "sprig.certificate"},
};

Type kind_only(Kind kind) {
  Type type;
  type.kind = kind;
  return type;
}

std::string_view name_of_letter(char letter) {
  for (const LetterRow& row : kLetters)
    if (row.letter == letter) return row.name;
  return "interface {}";
}

// One overload's letters without its star; how many are needed; whether more may follow.
struct Form {
  std::string_view letters;
  size_t min = 0;
  bool more = false;
  char at(size_t index) const { return letters[std::min(index, letters.size() - 1)]; }
  bool takes(size_t count) const { return count >= min && (more || count == min); }
};

Form form_of(std::string_view text) {
  const bool more = text.ends_with('*');
  if (more) text.remove_suffix(1);
  return {text, text.size() - (more ? 1 : 0), more};
}

std::string_view without_mark(std::string_view takes) {
  if (!takes.empty() && (takes[0] == '$' || takes[0] == '?' || takes[0] == '!'))
    takes.remove_prefix(1);
  return takes;
}

// Calls `use` with each overload until it gives true.
template <class Use>
bool any_form(std::string_view takes, Use use) {
  takes = without_mark(takes);
  for (;;) {
    const size_t bar = takes.find('|');
    if (use(form_of(takes.substr(0, bar)))) return true;
    if (bar == std::string_view::npos) return false;
    takes.remove_prefix(bar + 1);
  }
}

std::string wrong_count(const Function& function, size_t count) {
  bool fewer = true;
  any_form(function.takes, [&](const Form& form) {
    fewer = count < form.min;
    return false;
  });
  return std::string(fewer ? "not enough" : "too many") + " arguments to call " +
         std::string(function.name);
}

bool fits(const Type& type, char letter) {
  if (letter == 'a' || type.unknown()) return true;
  // A whole number written out is a float where one is wanted.
  if (letter == 'f') return type.number();
  // Months and lengths of time are whole numbers too; the function itself may refuse them.
  const bool counts = type.number() || type.is(Kind::kNamedInt) || type.is(Kind::kLength);
  if (letter == 'n') return counts;
  if (letter == 'N') return counts || type.is(Kind::kString);
  if (letter == 'g') return type.is(Kind::kList) || type.is(Kind::kMap);
  if (letter == 'X') return type.is(Kind::kList);
  if (letter == 'A') return counts || type.is(Kind::kList);
  if (letter == 'l') return type.is(Kind::kList) || type.is(Kind::kMap) || type.is(Kind::kString);
  return letter_of(type) == letter;
}

// `strict`: as Go's reflection has it, an int64 is no int.
bool value_fits(const Value& value, char letter, bool strict) {
  if (letter == 'a' || letter == 'g') return true;
  if (letter == 'i') return value.is_int() && (!strict || value.as_int().type == IntType::kInt);
  if (letter == 'n') return value.is_number();
  if (letter == 'N')
    return value.is_string() || value.is(Value::Kind::kFloat) || value.is(Value::Kind::kInt) ||
           value.is(Value::Kind::kLength);
  if (letter == 'A' || letter == 'X') return true;
  if (letter == 'v') return is_version_pointer(value);
  if (letter == 'c') return is_certificate(value);
  if (letter == 'l') return value.is_list() || value.is_map() || value.is_string();
  return letter_of(type_of(value)) == letter;
}

Value zero_of(char letter) {
  switch (letter) {
    case 's':
      return "";
    case 'i':
      return 0;
    case 'f':
      return 0.0;
    case 'b':
      return false;
    case 'd':
      return Length{};
    case 't':
      return kZeroInstant;
    case 'L':
      return Value::nil_list(ListType::kAny);
    case 'M':
      return make_map({});
    default:
      return {};
  }
}

}  // namespace

char letter_of(const Type& type) {
  if (type.unknown()) return 'a';
  for (const LetterRow& row : kLetters)
    if (row.kind == type.kind) return row.letter;
  return 'a';
}

Type type_of_letter(char letter) {
  if (letter == 'S') {  // a list of texts
    Type type = kind_only(Kind::kList);
    type.element = std::make_shared<const Type>(kind_only(Kind::kString));
    type.typed = true;
    return type;
  }
  if (letter == 'K') {  // a map with keys of any type
    Type type = kind_only(Kind::kMap);
    type.any_keys = true;
    return type;
  }
  for (const LetterRow& row : kLetters)
    if (row.letter == letter) return kind_only(row.kind);
  return {};
}

base::Result<Type> check_call(const Function& function, std::span<const Type> arguments) {
  Type result = type_of_letter(function.gives);
  // "0": the type of the first argument.
  if (function.gives == '0' && !arguments.empty()) result = arguments[0];
  if (function.gives == 'A' &&
      std::all_of(arguments.begin(), arguments.end(),
                  [](const Type& type) { return !type.unknown() && !type.is(Kind::kList); }))
    result = arguments.empty() ? Type{} : arguments[0];
  if (function.takes.starts_with('?')) return result;
  std::string wrong;
  const bool ok = any_form(function.takes, [&](const Form& form) {
    if (!form.takes(arguments.size())) return false;
    for (size_t i = 0; i < arguments.size(); ++i) {
      // Behind a list, or what may be one, expr-lang looks at no argument of these functions.
      if (form.at(i) == 'A' && (arguments[i].unknown() || arguments[i].is(Kind::kList))) break;
      if (fits(arguments[i], form.at(i))) continue;
      wrong = "cannot use " +
              (arguments[i].is(Kind::kNil) ? std::string("nil") : name_of(arguments[i])) +
              " as argument (type " + std::string(name_of_letter(form.at(i))) + ") to call " +
              std::string(function.name);
      return false;
    }
    return true;
  });
  if (ok) return result;
  if (wrong.empty()) wrong = wrong_count(function, arguments.size());
  return base::fail(base::Code::kInvalid, std::move(wrong));
}

base::Result<Value> call(const Function& function, CallContext& context, Arguments arguments,
                         const Value* receiver) {
  std::vector<Value> given;
  std::string wrong;
  const bool ok = any_form(function.takes, [&](const Form& form) {
    if (!form.takes(arguments.size())) return false;
    given.assign(arguments.begin(), arguments.end());
    for (size_t i = 0; i < given.size(); ++i) {
      const char letter = form.at(i);
      if (given[i].is_nil() && letter != 'a' && function.takes.starts_with('?'))
        given[i] = zero_of(letter);
      else if (letter == 'f' && given[i].is_int() && !function.takes.starts_with('?'))
        given[i] = given[i].number();
      if (value_fits(given[i], letter, function.takes.starts_with('?'))) continue;
      wrong = "cannot use " + go_type_name(given[i]) + " as argument (type " +
              std::string(name_of_letter(letter)) + ") to call " + std::string(function.name);
      return false;
    }
    return true;
  });
  if (!ok)
    return base::fail(base::Code::kInvalid,
                      wrong.empty() ? wrong_count(function, arguments.size()) : wrong);
  if (receiver) given.insert(given.begin(), *receiver);
  return function.body(context, given);
}

}  // namespace expr
