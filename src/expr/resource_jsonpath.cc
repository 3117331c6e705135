#include "expr/resource_jsonpath.h"

#include <algorithm>
#include <array>
#include <compare>
#include <utility>
#include <vector>

#include "expr/jsonpath_node.h"
#include "expr/value.h"

namespace expr {
namespace {

using Node = JsonPathNode;
using Kind = JsonPathNode::Kind;
using Nodes = std::vector<Node>;
using Values = std::vector<Value>;

constexpr int kDepthMax = 500;

class Filling {
 public:
  explicit Filling(const Nodes& nodes) : nodes_(nodes) {}

  base::Result<std::string> fill(Value object) {
    if (!block(0, Values{std::move(object)}, true)) return tl::unexpected(std::move(error_));
    return std::move(out_);
  }

 private:
  // Each step replaces the values that it is given. Where it fails, what it leaves there is what a
  // filter that asks for existence counts.
  bool fail(std::string text) {
    error_ = {base::Code::kInvalid, std::move(text)};
    return false;
  }

  bool spend(size_t values, size_t bytes) {
    if (values > values_left_ || bytes > bytes_left_) {
      values_left_ = bytes_left_ = 0;
      return fail("the JSONPath gives more than a million values or 64 MiB of text");
    }
    values_left_ -= values;
    bytes_left_ -= bytes;
    return true;
  }

  // The nodes from `from` on, to the end or to the {end} of the loop they are in, whose place is
  // put into last_end_.
  bool block(size_t from, const Values& current, bool prints) {
    for (size_t i = from; i < nodes_.size(); ++i) {
      Values values = current;
      if (!walk(values, nodes_[i])) return false;
      if (ends_ > 0 && ends_ <= inside_) {
        --ends_;
        last_end_ = i;
        return true;
      }
      if (begins_ > 0) {
        --begins_;
        if (!loop(i, values, prints)) return false;
        if (last_end_ > i) i = last_end_;
        continue;
      }
      if (prints && !print(values)) return false;
    }
    return true;
  }

  bool loop(size_t at, const Values& values, bool prints) {
    if (inside_ == kDepthMax) return fail("range is nested too deeply");
    ++inside_;
    for (const Value& value : values)
      if (!block(at + 1, {value}, prints)) return false;
    // Without items the body is gone through all the same, to find its end.
    if (values.empty() && !block(at + 1, {Value()}, false)) return false;
    --inside_;
    return true;
  }

  bool print(const Values& values) {
    for (size_t i = 0; i < values.size(); ++i) {
      std::string text;
      if (values[i].is_list() || values[i].is_map()) {
        auto json = to_json(values[i]);
        if (!json) return fail(json.error().text);
        text = std::move(*json);
      } else {
        text = values[i].is_nil() ? "null" : go_text(values[i]);
      }
      if (!spend(0, text.size() + 1)) return false;
      out_ += text;
      if (i + 1 < values.size()) out_ += ' ';
    }
    return true;
  }

  bool walk(Values& values, const Node& node) {
    if (!spend(values.size() + 1, 0)) return false;
    switch (node.kind) {
      case Kind::kList:
        return list(values, node.lists[0]);
      case Kind::kText:
        values = {Value(node.text)};
        return true;
      case Kind::kField:
        field(values, node.text);
        return true;
      case Kind::kSlice:
        return slice(values, node);
      case Kind::kFilter:
        return filter(values, node);
      case Kind::kWhole:
        values.assign(values.size(), Value(node.whole));
        return true;
      case Kind::kFloat:
        values.assign(values.size(), Value(node.real));
        return true;
      case Kind::kBool:
        values.assign(values.size(), Value(node.whole != 0));
        return true;
      case Kind::kWildcard:
        return wildcard(values);
      case Kind::kRecursive:
        return recursive(values);
      case Kind::kUnion:
        return both(values, node);
      case Kind::kIdentifier:
        return identifier(values, node.text);
    }
    return true;
  }

  bool list(Values& values, const Nodes& steps) {
    for (const Node& step : steps)
      if (!walk(values, step)) return false;
    return true;
  }

  bool identifier(Values& values, const std::string& name) {
    if (name == "range") {
      ++begins_;
      return true;
    }
    if (name != "end") return fail("unknown word \"" + name + "\" in the JSONPath");
    values.clear();
    if (inside_ == 0) return fail("{end} without {range}");
    ++ends_;
    return true;
  }

  static void field(Values& values, const std::string& name) {
    Values found;
    for (const Value& value : values)
      if (const Value* inner = value.is_map() ? find(value.as_map(), name) : nullptr)
        found.push_back(*inner);
    values = std::move(found);
  }

  bool slice(Values& values, const Node& node) {
    Values found;
    for (const Value& value : values) {
      if (value.is_nil()) continue;
      if (!value.is_list()) return fail("a " + go_type_name(value) + " is not a list");
      const Values& items = value.items();
      const auto size = static_cast<int64_t>(items.size());
      std::array<Node::Bound, 3> bounds = node.bounds;
      int64_t &from = bounds[0].value, &to = bounds[1].value;
      if (from < 0) from += size;
      if (!bounds[1].known) to = size;
      if (to < 0 || (to == 0 && bounds[1].derived)) to += size;
      if (from == to) {  // nothing is asked for
        values = std::move(found);
        return true;
      }
      const auto outside = [&](int64_t index) {
        return fail("the index " + std::to_string(index) + " is out of bounds: the list has " +
                    std::to_string(size) + " items");
      };
      if (from >= size || from < 0) return outside(from);
      if (to > size || to < 0) return outside(to - 1);
      if (from > to) return fail("the slice ends before it begins");
      const int64_t step = bounds[2].known ? bounds[2].value : 1;
      if (step <= 0) return fail("the step of a slice must be at least 1");
      for (int64_t i = from; i < to; i += std::min(step, to - i))
        found.push_back(items[static_cast<size_t>(i)]);
    }
    values = std::move(found);
    return true;
  }

  // What is in a value; a text holds its bytes.
  static Values inside(const Value& value) {
    Values out;
    if (value.is_list()) return value.items();
    if (value.is_map())
      for (const auto& [key, item] : value.as_map().entries) out.push_back(item);
    if (value.is_string())
      for (const char c : value.as_string())
        out.emplace_back(static_cast<int64_t>(static_cast<unsigned char>(c)));
    return out;
  }

  bool wildcard(Values& values) {
    Values found;
    for (const Value& value : values) {
      Values items = inside(value);
      if (!spend(items.size(), 0)) return false;
      found.insert(found.end(), std::make_move_iterator(items.begin()),
                   std::make_move_iterator(items.end()));
    }
    values = std::move(found);
    return true;
  }

  bool recursive(Values& values) {
    Values found;
    for (const Value& value : values)
      if (!descend(value, found, 0)) return false;
    values = std::move(found);
    return true;
  }

  // The value, when there is something in it, and all such values below.
  bool descend(const Value& value, Values& found, int depth) {
    if (depth > kDepthMax) return fail("the object is nested too deeply");
    const Values items = inside(value);
    if (items.empty()) return true;
    if (!spend(items.size() + 1, 0)) return false;
    found.push_back(value);
    if (value.is_string()) return true;
    for (const Value& item : items)
      if (!descend(item, found, depth + 1)) return false;
    return true;
  }

  bool both(Values& values, const Node& node) {
    Values found;
    for (const Nodes& path : node.lists) {
      Values some = values;
      if (!list(some, path)) return false;
      found.insert(found.end(), some.begin(), some.end());
    }
    values = std::move(found);
    return true;
  }

  bool filter(Values& values, const Node& node) {
    Values found;
    for (const Value& value : values) {
      if (!value.is_list()) return fail("a " + go_type_name(value) + " cannot be filtered");
      for (const Value& item : value.items()) {
        bool passes = false;
        if (!holds(node, item, passes)) return false;
        if (passes) found.push_back(item);
      }
    }
    values = std::move(found);
    return true;
  }

  bool holds(const Node& node, const Value& item, bool& passes) {
    Values left = {item};
    const bool left_holds = list(left, node.lists[0]);
    if (values_left_ == 0) return false;
    if (node.text == "exists") {  // where it failed, what it left counts
      passes = !left.empty();
      return true;
    }
    if (!left_holds) return false;
    if (left.empty()) return true;
    if (left.size() > 1) return fail("a filter compares one value, not several");
    Values right = {item};
    if (!list(right, node.lists[1])) return false;
    if (right.empty()) return true;
    if (right.size() > 1) return fail("a filter compares one value, not several");
    return compare(left[0], right[0], node.text, passes);
  }

  // As Go's text/template compares: two values of one type.
  bool compare(const Value& a, const Value& b, const std::string& op, bool& passes) {
    std::partial_ordering order = std::partial_ordering::unordered;
    const bool equality = op == "==" || op == "!=";
    if (!equality && op != "<" && op != "<=" && op != ">" && op != ">=")
      return fail("unknown operator \"" + op + "\" in a filter");
    if (a.kind() != b.kind())
      return fail("cannot compare a " + go_type_name(a) + " with a " + go_type_name(b));
    if (a.is(Value::Kind::kInt))
      order = a.as_int().value <=> b.as_int().value;
    else if (a.is(Value::Kind::kFloat))
      order = a.as_float() <=> b.as_float();
    else if (a.is_string())
      order = a.as_string() <=> b.as_string();
    else if (a.is(Value::Kind::kBool) && equality)
      order = a.as_bool() <=> b.as_bool();
    else
      return fail("a " + go_type_name(a) + " has no order");
    passes = op == "=="   ? order == 0
             : op == "!=" ? order != 0
             : op == "<"  ? order < 0
             : op == "<=" ? order <= 0
             : op == ">"  ? order > 0
                          : order >= 0;
    return true;
  }

  const Nodes& nodes_;
  std::string out_;
  base::Error error_;
  size_t values_left_ = 1'000'000, bytes_left_ = 64 << 20;
  int begins_ = 0, inside_ = 0, ends_ = 0;
  size_t last_end_ = 0;
};

}  // namespace

base::Result<ResourceJsonPath> ResourceJsonPath::parse(std::string_view source) {
  if (source.empty())
    return base::fail(base::Code::kInvalid, "the JSONPath is empty", {},
                      "write it as {.status.phase}");
  auto nodes = parse_jsonpath(source);
  if (!nodes) return tl::unexpected(nodes.error());
  ResourceJsonPath out;
  out.nodes_ = std::make_shared<const Nodes>(std::move(*nodes));
  return out;
}

base::Result<std::string> ResourceJsonPath::fill(const text::Value& object,
                                                 JsonNumbers numbers) const {
  return Filling(*nodes_).fill(from_json(object, numbers));
}

}  // namespace expr
