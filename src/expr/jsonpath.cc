// JSONPath as the jsonpath() function has it: $.a['b'][0], [-1], [1:3], [*], ..name, .length,
// [a,b] and filters [?(@.x=='y')].
#include <charconv>
#include <optional>

#include "expr/builtins.h"
#include "expr/number_text.h"
#include "expr/operators.h"

namespace expr {
namespace {

using Result = base::Result<Value>;

// One step of a path, already split.
struct Step {
  enum class Kind : uint8_t { kKey, kIndex, kSlice, kAll, kUnion, kFilter, kLength };
  Kind kind = Kind::kKey;
  bool recursive = false;
  std::string text;                       // the key; the filter's text
  int64_t index = 0;                      // kIndex
  std::optional<int64_t> from, to, step;  // kSlice
  std::vector<Step> parts;                // kUnion
};

class PathParser {
 public:
  explicit PathParser(std::string_view path) : path_(path) {}

  base::Result<std::vector<Step>> parse() {
    if (!path_.starts_with('$') && !path_.starts_with('@')) return fail("must begin with $");
    at_ = 1;
    std::vector<Step> steps;
    while (at_ < path_.size()) {
      auto step = next();
      if (!step) return tl::unexpected(step.error());
      steps.push_back(std::move(*step));
    }
    return steps;
  }

 private:
  tl::unexpected<base::Error> fail(std::string_view text) const {
    return call_error("invalid JSONPath selector '" + std::string(path_) +
                      "': " + std::string(text));
  }

  base::Result<Step> next() {
    Step step;
    if (path_[at_] == '[') return bracket();
    if (path_[at_] != '.') return fail("unexpected character");
    ++at_;
    if (at_ < path_.size() && path_[at_] == '.') {
      ++at_;
      step.recursive = true;
      if (at_ < path_.size() && path_[at_] == '[') {
        auto inner = bracket();
        if (inner) inner->recursive = true;
        return inner;
      }
    }
    const size_t end = std::min(path_.find_first_of(".[", at_), path_.size());
    step.text = path_.substr(at_, end - at_);
    at_ = end;
    if (step.text.empty()) return fail("a name is missing");
    if (step.text == "*") step.kind = Step::Kind::kAll;
    if (step.text == "length") step.kind = Step::Kind::kLength;
    return step;
  }

  // The end of the bracket that begins at `at_`: quotes and inner brackets are skipped.
  size_t closing() const {
    int depth = 0;
    char quote = '\0';
    for (size_t i = at_; i < path_.size(); ++i) {
      const char c = path_[i];
      if (quote != '\0') {
        if (c == '\\') ++i;
        if (c == quote) quote = '\0';
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '[' || c == '(') {
        ++depth;
      } else if ((c == ']' || c == ')') && --depth == 0) {
        return i;
      }
    }
    return std::string_view::npos;
  }

  base::Result<Step> bracket() {
    const size_t end = closing();
    if (end == std::string_view::npos) return fail("a bracket is not closed");
    const std::string inside = trim_space(path_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return content(inside);
  }

  base::Result<Step> content(std::string_view text) {
    Step step;
    if (text == "*") {
      step.kind = Step::Kind::kAll;
      return step;
    }
    if (text.starts_with("?(") && text.ends_with(")")) {
      step.kind = Step::Kind::kFilter;
      step.text = text.substr(2, text.size() - 3);
      return step;
    }
    if (text.starts_with('(')) return fail("script expressions are not supported yet");
    const auto parts = top_level_parts(text);
    if (parts.size() > 1) {
      step.kind = Step::Kind::kUnion;
      for (const std::string_view part : parts) {
        auto inner = content(trim_space(part));
        if (!inner) return inner;
        step.parts.push_back(std::move(*inner));
      }
      return step;
    }
    if (text.size() >= 2 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0])
      return key(text.substr(1, text.size() - 2));
    if (text.find(':') != std::string_view::npos) return slice_step(text);
    step.kind = Step::Kind::kIndex;
    if (!whole(text, step.index)) return fail("a name in brackets needs quotes");
    return step;
  }

  static Step key(std::string_view text) {
    Step step;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      step.text += text[i];
    }
    return step;
  }

  static std::vector<std::string_view> top_level_parts(std::string_view text) {
    std::vector<std::string_view> parts;
    char quote = '\0';
    size_t start = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      if (quote != '\0') {
        if (text[i] == '\\')
          ++i;
        else if (text[i] == quote)
          quote = '\0';
      } else if (text[i] == '\'' || text[i] == '"') {
        quote = text[i];
      } else if (text[i] == ',') {
        parts.push_back(text.substr(start, i - start));
        start = i + 1;
      }
    }
    parts.push_back(text.substr(start));
    return parts;
  }

  static bool whole(std::string_view text, int64_t& out) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
    return result.ec == std::errc() && result.ptr == text.data() + text.size();
  }

  base::Result<Step> slice_step(std::string_view text) {
    Step step;
    step.kind = Step::Kind::kSlice;
    std::optional<int64_t>* const bounds[3] = {&step.from, &step.to, &step.step};
    for (std::optional<int64_t>* bound : bounds) {
      const size_t colon = text.find(':');
      const std::string part = trim_space(text.substr(0, colon));
      int64_t value = 0;
      if (!part.empty()) {
        if (!whole(part, value)) return fail("a slice takes whole numbers");
        *bound = value;
      }
      if (colon == std::string_view::npos) break;
      text.remove_prefix(colon + 1);
    }
    if (step.step && *step.step <= 0) return fail("a slice's step must be positive");
    return step;
  }

  std::string_view path_;
  size_t at_ = 0;
};

// A filter as an expression: @ is the item, the rest is the language of expressions.
class ItemEnvironment : public Environment {
 public:
  explicit ItemEnvironment(const text::Value& item) : item_(item) {}
  std::optional<text::Value> find(std::string_view name) const override {
    if (name == "item_") return item_;
    return std::nullopt;
  }

 private:
  const text::Value& item_;
};

base::Result<std::shared_ptr<const Expression>> compile_filter(std::string_view text) {
  std::string source;
  char quote = '\0';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '@') {
      source += "item_";
      continue;
    } else if (c == '.' && i > 0) {
      source += "?.";  // a missing member is no error
      continue;
    }
    source += c;
  }
  return Expression::compile(source);
}

class Query {
 public:
  Query(const std::vector<Step>& steps, Budget& budget) : steps_(steps), budget_(budget) {}

  Result run(const Value& root) {
    std::vector<Value> found = {root};
    bool many = false;
    for (const Step& step : steps_) {
      std::vector<Value> next;
      for (const Value& value : found)
        if (auto status = apply_step(step, value, many, next); !status)
          return tl::unexpected(status.error());
      many = many || step.recursive || is_many(step);
      found = std::move(next);
    }
    if (many) return Value::list(std::move(found));
    return found.empty() ? Value() : found.front();
  }

 private:
  static bool is_many(const Step& step) {
    return step.kind != Step::Kind::kKey && step.kind != Step::Kind::kIndex &&
           step.kind != Step::Kind::kLength;
  }

  base::Status apply_step(const Step& step, const Value& value, bool lenient,
                          std::vector<Value>& out) {
    if (auto status = budget_.step(); !status) return status;
    if (step.recursive) return descend(step, value, out, 0);
    switch (step.kind) {
      case Step::Kind::kKey:
        return key(step, value, lenient, out);
      case Step::Kind::kIndex:
        return index(step, value, lenient, out);
      case Step::Kind::kLength:
        return length(step, value, lenient, out);
      case Step::Kind::kAll:
        return children(value, out);
      case Step::Kind::kSlice:
        return slice_of(step, value, lenient, out);
      case Step::Kind::kUnion:
        for (const Step& part : step.parts)
          if (auto status = apply_step(part, value, lenient, out); !status) return status;
        return {};
      case Step::Kind::kFilter:
        return filter(step, value, out);
    }
    return {};
  }

  static base::Status key(const Step& step, const Value& value, bool lenient,
                          std::vector<Value>& out) {
    const Value* found = value.is_map() ? find(value.as_map(), step.text) : nullptr;
    if (found) out.push_back(*found);
    if (!found && !lenient)
      return call_error("key: invalid token key '" + step.text + "' not found");
    return {};
  }

  static base::Status index(const Step& step, const Value& value, bool lenient,
                            std::vector<Value>& out) {
    const auto size = value.is_list() ? static_cast<int64_t>(value.items().size()) : 0;
    const int64_t at = step.index < 0 ? step.index + size : step.index;
    if (value.is_list() && at >= 0 && at < size) {
      out.push_back(value.items()[static_cast<size_t>(at)]);
    } else if (!lenient) {
      return call_error("index: invalid token '" + std::to_string(step.index) + "' out of range");
    }
    return {};
  }

  static base::Status length(const Step& step, const Value& value, bool lenient,
                             std::vector<Value>& out) {
    if (value.is_map() && find(value.as_map(), "length")) return key(step, value, lenient, out);
    int64_t size = 0;
    if (value.is_list())
      size = static_cast<int64_t>(value.items().size());
    else if (value.is_map())
      size = static_cast<int64_t>(value.as_map().entries.size());
    else if (value.is_string())
      size = static_cast<int64_t>(value.as_string().size());
    else
      return lenient ? base::Status() : call_error("length: invalid token target");
    out.push_back(Int{size, IntType::kInt64});
    return {};
  }

  base::Status children(const Value& value, std::vector<Value>& out) {
    const uint64_t texts = text_bytes_of(value), items = size_of(value);
    if (auto status = budget_.steps(items + texts / 64); !status) return status;
    if (auto status = budget_.bytes(texts); !status) return status;
    if (value.is_list()) out.insert(out.end(), value.items().begin(), value.items().end());
    if (value.is_map())
      for (const auto& [name, item] : value.as_map().entries) out.push_back(item);
    return {};
  }

  static uint64_t size_of(const Value& value) {
    if (value.is_list()) return value.items().size();
    return value.is_map() ? value.as_map().entries.size() : 0;
  }

  static base::Status slice_of(const Step& step, const Value& value, bool lenient,
                               std::vector<Value>& out) {
    if (!value.is_list())
      return lenient ? base::Status() : call_error("range: invalid token target");
    const auto size = static_cast<int64_t>(value.items().size());
    const auto bound = [&](std::optional<int64_t> given, int64_t otherwise) {
      int64_t at = given.value_or(otherwise);
      if (at < 0) at += size;
      return std::clamp<int64_t>(at, 0, size);
    };
    const int64_t to = bound(step.to, size);
    for (int64_t i = bound(step.from, 0); i < to; i += step.step.value_or(1))
      out.push_back(value.items()[static_cast<size_t>(i)]);
    return {};
  }

  base::Status filter(const Step& step, const Value& value, std::vector<Value>& out) {
    // A filter looks at one item: what it may use, and about what it takes.
    const EvalContext kContext = {
        .now = {}, .limits = {.items = 1000, .bytes = 1 << 16, .steps = 1000, .slow_ms = 0}};
    constexpr uint64_t kSteps = 500;
    if (auto status = budget_.steps(kSteps); !status) return status;
    auto compiled = compile_filter(step.text);
    if (!compiled) return tl::unexpected(compiled.error());
    std::vector<Value> items;
    if (auto status = children(value, items); !status) return status;
    for (const Value& item : items) {
      if (auto status = budget_.steps(kSteps + weight_of(item) / 8); !status) return status;
      auto text = to_text(item);
      if (!text) continue;
      const auto result = (*compiled)->run(ItemEnvironment(*text), kContext, nullptr);
      if (!result) continue;
      const bool holds = result->is(Value::Kind::kBool) ? result->as_bool() : !result->is_nil();
      if (holds) out.push_back(item);
    }
    return {};
  }

  base::Status descend(const Step& step, const Value& value, std::vector<Value>& out, int depth) {
    if (depth > 500) return call_error("the value is nested too deeply");
    Step plain = step;
    plain.recursive = false;
    if (auto status = apply_step(plain, value, true, out); !status) return status;
    std::vector<Value> inner;
    if (auto status = children(value, inner); !status) return status;
    for (const Value& item : inner)
      if (item.is_list() || item.is_map())
        if (auto status = descend(step, item, out, depth + 1); !status) return status;
    return {};
  }

  const std::vector<Step>& steps_;
  Budget& budget_;
};

}  // namespace

base::Result<Value> query_jsonpath(std::string_view path, const Value& value, Budget& budget) {
  auto steps = PathParser(path).parse();
  if (!steps) return tl::unexpected(steps.error());
  return Query(*steps, budget).run(value);
}

}  // namespace expr
