#include "model/check.h"

#include <cassert>
#include <cmath>

#include "model/path.h"
#include "model/schema.h"
#include "text/quantity.h"

namespace model {

namespace {

using base::Severity;
using text::Member;
using text::Place;
using text::Value;

// What a value of this shape looks like, for messages.
std::string_view wanted(Kind kind) {
  switch (kind) {
    case Kind::kString:
    case Kind::kAnyString:
      return "a string";
    case Kind::kBool:
      return "true or false";
    case Kind::kInt:
      return "a whole number";
    case Kind::kNumber:
      return "a number";
    case Kind::kIntOrString:
      return "a whole number or a string";
    case Kind::kQuantity:
      return "a quantity";
    case Kind::kTime:
      return "a time";
    case Kind::kObject:
    case Kind::kStruct:
    case Kind::kMap:
      return "a map";
    case Kind::kList:
      return "a list";
    case Kind::kItem:
      return "a value";
  }
  return "a value";
}

bool is_whole(const Value& value) {
  if (value.to_int()) return true;
  // YAML's 1.0 and 1e3 are whole numbers to Kubernetes' tools.
  const std::optional<double> number = value.to_double();
  return number && std::trunc(*number) == *number && std::abs(*number) < 9e18;
}

// Null, false, zero, "" and empty collections ask for nothing.
bool asks_for_nothing(const Value& value) {
  if (value.is_null()) return true;
  if (value.is_bool()) return !value.as_bool();
  if (value.is_string()) return value.as_string().empty();
  if (value.is_list()) return value.as_list().empty();
  return false;
}

bool among(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const size_t end = words.find('|');
    if (words.substr(0, end) == word) return true;
    words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
  }
  return false;
}

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

// Both checks are one walk over value and tables; a subclass says what it looks for.
class Walk {
 public:
  Walk(std::string_view file, base::Diagnostics& found) : file_(file), found_(found) {}
  virtual ~Walk() = default;

  void any(const Value& value, const Shape& shape, const Path& path) {
    if (value.is_null()) return;
    switch (shape.kind) {
      case Kind::kStruct:
        if (value.is_map()) return structure(value, *shape.type, path);
        break;
      case Kind::kMap:
        if (!value.is_map()) break;
        for (const Member& member : value.as_map())
          any(member.value, *shape.element, Path(path, member.key));
        return;
      case Kind::kList:
        if (!value.is_list()) break;
        for (size_t i = 0; i < value.as_list().size(); ++i)
          any(value.as_list()[i], *shape.element, Path(path, i));
        return;
      default:
        return scalar(value, shape, path);
    }
    mismatch(value, shape, path);
  }

 protected:
  virtual void structure(const Value& value, const SchemaType& type, const Path& path) = 0;
  virtual void scalar(const Value& value, const Shape& shape, const Path& path) = 0;
  virtual void mismatch(const Value& value, const Shape& shape, const Path& path) = 0;

  void report(Severity severity, std::string rule, Place place, std::string path, std::string text,
              std::string hint = {}) {
    // Ten thousand of a sort are enough to read, and a file of slips must not fill the memory.
    constexpr size_t kMost = 10'000;
    size_t& count = severity == Severity::kError ? errors_ : warnings_;
    if (count++ >= kMost) return;
    found_.push_back({severity,
                      std::move(rule),
                      {std::string(file_), place.line, place.column},
                      std::move(path),
                      std::move(text),
                      std::move(hint)});
  }

 private:
  std::string_view file_;
  base::Diagnostics& found_;
  size_t errors_ = 0, warnings_ = 0;
};

class FieldWalk : public Walk {
 public:
  FieldWalk(std::string_view file, Strictness strictness, base::Diagnostics& found)
      : Walk(file, found), strictness_(strictness) {}

 protected:
  void structure(const Value& value, const SchemaType& type, const Path& path) override {
    types_.push_back({&type, &path});
    const bool is_step = type.row->name == "WorkflowStep";
    inside_steps_ += is_step;
    for (const Member& member : value.as_map()) {
      const SchemaField* field = type.find(member.key);
      if (!field) {
        unknown(member, type, path);
        continue;
      }
      if (strictness_ == Strictness::kLenient && member.key == "status" && path.is_root()) continue;
      any(member.value, *field->shape, Path(path, member.key));
    }
    types_.pop_back();
    inside_steps_ -= is_step;
  }

  void scalar(const Value& value, const Shape& shape, const Path& path) override {
    switch (shape.kind) {
      case Kind::kItem:
        return;
      case Kind::kObject:
        if (!value.is_map()) mismatch(value, shape, path);
        return;
      case Kind::kString:
        if (!value.is_string()) mismatch(value, shape, path);
        return;
      case Kind::kBool:
        if (!value.is_bool()) mismatch(value, shape, path);
        return;
      case Kind::kInt:
        if (!value.is_number() || !is_whole(value)) mismatch(value, shape, path);
        return;
      case Kind::kNumber:
        if (!value.is_number()) mismatch(value, shape, path);
        return;
      case Kind::kIntOrString:
        if (!value.is_string() && (!value.is_number() || !is_whole(value)))
          mismatch(value, shape, path);
        return;
      case Kind::kAnyString:
        if (value.is_list() || value.is_map())
          report(Severity::kWarning, "text-from-json", value.place, path.to_string(),
                 quoted(path.key()) + " is text; this " + std::string(value.kind_name().substr(2)) +
                     " is kept as JSON text",
                 "write the JSON in quotes");
        return;
      case Kind::kQuantity:
        return quantity(value, shape, path);
      case Kind::kTime:
        if (!value.is_string()) return mismatch(value, shape, path);
        if (!base::parse_rfc3339(value.as_string()))
          report(Severity::kError, "bad-time", value.place, path.to_string(),
                 quoted(value.as_string()) + " is not a time", "write it as 2026-01-31T23:59:59Z");
        return;
      default:
        assert(false);
    }
  }

  void mismatch(const Value& value, const Shape& shape, const Path& path) override {
    std::string text = quoted(path.key()) + ": expected " + std::string(wanted(shape.kind)) +
                       ", got " + std::string(value.kind_name());
    if (path.is_root()) text = "expected a map, got " + std::string(value.kind_name());
    report(Severity::kError, "wrong-type", value.place, path.to_string(), std::move(text),
           mismatch_hint(value, shape));
  }

 private:
  static std::string mismatch_hint(const Value& value, const Shape& shape) {
    const bool is_text = shape.kind == Kind::kString;
    if (is_text && (value.is_number() || value.is_bool()))
      // Of a boolean it is not known how it was written: yes, on, true.
      return value.is_bool() ? "put it in quotes"
                             : "put it in quotes: \"" + value.to_any_string() + '"';
    if (shape.kind == Kind::kList && value.is_map()) return "begin each entry with \"- \"";
    if (shape.kind == Kind::kList && value.is_string()) return "write [" + value.as_string() + "]";
    if (shape.kind == Kind::kStruct && value.is_list()) return "remove the \"- \"";
    if (shape.kind == Kind::kInt && value.is_string())
      return Value(text::Number{value.as_string()}).to_int() ? "remove the quotes"
                                                             : "write a whole number, as 10";
    if (shape.kind == Kind::kBool && value.is_string())
      return value.as_string() == "true" || value.as_string() == "false" ? "remove the quotes"
                                                                         : "write true or false";
    return {};
  }

  void quantity(const Value& value, const Shape& shape, const Path& path) {
    if (!value.is_string() && !value.is_number()) return mismatch(value, shape, path);
    const std::string written = value.to_any_string();
    if (text::parse_quantity_milli(written)) return;
    report(Severity::kError, "bad-quantity", value.place, path.to_string(),
           quoted(written) + " is not a quantity", "write it as 500m, 2 or 1Gi");
  }

  void unknown(const Member& member, const SchemaType& type, const Path& path) {
    constexpr size_t kMostHints = 1000;
    // Argo reads steps by a reader of its own: strictly always, but not what is in a step's fields.
    const bool is_step = type.row->name == "WorkflowStep";
    const bool is_error = is_step || (strictness_ == Strictness::kStrict && inside_steps_ == 0);
    report(is_error ? Severity::kError : Severity::kWarning, "unknown-field", member.key_place,
           Path(path, member.key).to_string(),
           "unknown field " + quoted(member.key) +
               (path.is_root() ? std::string() : " in " + path.to_string()),
           hints_++ < kMostHints ? suggestion(member.key, type) : std::string());
  }

  // A field of something around it (wrong indentation), of something in it, or a slip of the key.
  std::string suggestion(std::string_view word, const SchemaType& type) const {
    for (auto around = types_.rbegin(); around != types_.rend(); ++around) {
      if (around->type == &type || !around->type->find(word)) continue;
      return around->path->is_root() ? quoted(word) + " stands at the top, without indentation"
                                     : quoted(word) + " is a field of " +
                                           around->path->to_string() + ": check the indentation";
    }
    std::vector<std::string_view> names;
    for (const SchemaField& field : type.fields) names.push_back(field.row->name);
    const std::string near = base::nearest(word, names);
    if (!near.empty()) return "did you mean " + quoted(near) + "?";
    for (const SchemaField& field : type.fields)
      if (field.shape->kind == Kind::kStruct && field.shape->type->find(word))
        return quoted(word) + " is a field of " + quoted(field.row->name);
    return {};
  }

  struct Around {
    const SchemaType* type;
    const Path* path;
  };
  Strictness strictness_;
  int inside_steps_ = 0;
  size_t hints_ = 0;
  std::vector<Around> types_;
};

class TreatmentWalk : public Walk {
 public:
  TreatmentWalk(std::string_view file, Purpose purpose, base::Diagnostics& found)
      : Walk(file, found),
        strict_(purpose == Purpose::kSubmit ? Severity::kError : Severity::kWarning),
        is_rehearsal_(purpose == Purpose::kRehearsal) {}

 protected:
  void structure(const Value& value, const SchemaType& type, const Path& path) override {
    size_t required_seen = 0;
    for (const Member& member : value.as_map()) {
      const SchemaField* field = type.find(member.key);
      if (!field) continue;
      if (field->row->required && !member.value.is_null()) ++required_seen;
      if (member.key == "status" && path.is_root()) continue;
      one(member, *field, Path(path, member.key));
    }
    size_t required = 0;
    for (const SchemaField& field : type.fields) required += field.row->required;
    if (required_seen == required) return;
    for (const SchemaField& field : type.fields) {
      const Value* given = value.find(field.row->name);
      if (field.row->required && (!given || given->is_null()))
        report(strict_, "required-field", value.place, path.to_string(),
               quoted(field.row->name) + " is missing in " + path.to_string());
    }
  }
  void scalar(const Value&, const Shape&, const Path&) override {}
  void mismatch(const Value&, const Shape&, const Path&) override {}

 private:
  void one(const Member& member, const SchemaField& field, const Path& path) {
    const Field& row = *field.row;
    if (row.treatment != Treatment::kActs && asks_for_nothing(member.value)) return;
    if (row.treatment == Treatment::kRefused) return refuse(member, path);
    if (row.treatment == Treatment::kDecided && !is_rehearsal_)
      return refuse(member, path, "argo simulate and argo test know it already");
    if (row.treatment == Treatment::kHint)
      return report(Severity::kWarning, "ignored-field", member.key_place, path.to_string(),
                    path.to_string() + " is kept, but has no effect here");
    if (!row.words.empty() && member.value.is_string()) word(member.value, row, path);
    any(member.value, *field.shape, path);
  }

  void refuse(const Member& member, const Path& path, std::string hint = {}) {
    report(strict_, "refused-field", member.key_place, path.to_string(),
           path.to_string() + " is not supported yet", std::move(hint));
  }

  void word(const Value& value, const Field& row, const Path& path) {
    const std::string& given = value.as_string();
    if (given.empty() || given.find("{{") != std::string::npos || among(row.words, given)) return;
    std::vector<std::string_view> words;
    std::string listed;
    for (std::string_view rest = row.words; !rest.empty();) {
      const size_t end = rest.find('|');
      words.push_back(rest.substr(0, end));
      listed += (listed.empty() ? "" : ", ") + std::string(words.back());
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    const std::string near = base::nearest(given, words);
    report(strict_, "unknown-word", value.place, path.to_string(),
           quoted(given) + " is not allowed in " + quoted(row.name) + ": one of " + listed,
           near.empty() ? std::string() : "did you mean " + quoted(near) + "?");
  }

  Severity strict_;
  bool is_rehearsal_;
};

void walk(Walk& walk, const Value& value, std::string_view type, std::string_view path) {
  const SchemaType* known = Schema::get().find(type);
  assert(known);
  Shape shape{Kind::kStruct, nullptr, known};
  walk.any(value, shape, Path(path));
}

}  // namespace

void check_fields(const Value& value, std::string_view type, std::string_view path,
                  std::string_view file, Strictness strictness, base::Diagnostics& found) {
  FieldWalk fields(file, strictness, found);
  walk(fields, value, type, path);
}

void check_treatments(const Value& value, std::string_view type, std::string_view path,
                      std::string_view file, Purpose purpose, base::Diagnostics& found) {
  TreatmentWalk treatments(file, purpose, found);
  walk(treatments, value, type, path);
}

}  // namespace model
