// jq_value.h — what jq does with values: order, arithmetic, indexes and paths; used by jq*.cc
// alone.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "expr/jq_node.h"
#include "expr/value.h"

namespace expr {

// An error of jq is a value, which `catch` sees.
using JqResult = tl::expected<Value, Value>;
tl::unexpected<Value> jq_error(std::string text);
// "string (\"abc\")": for messages.
std::string jq_shown(const Value& value);

bool jq_truth(const Value& value);  // all but null and false
std::string_view jq_type(const Value& value);
// null < false < true < numbers < strings < arrays < objects.
int jq_compare(const Value& a, const Value& b);
// tojson and tostring of what is no string.
std::string jq_json(const Value& value);
std::string jq_string(const Value& value);
// @text, @json, @csv, …
JqResult jq_format(std::string_view format, const Value& value);

JqResult jq_binary(JqNode::Op op, const Value& a, const Value& b);
JqResult jq_index(const Value& value, const Value& key);
JqResult jq_slice(const Value& value, const Value& from, const Value& to);
JqResult jq_has(const Value& value, const Value& key);
bool jq_contains(const Value& a, const Value& b);

// A key of a path is a string, a number, or {"start": …, "end": …}.
using JqKeys = std::vector<Value>;
JqResult jq_get(const Value& value, const JqKeys& keys);
JqResult jq_set(const Value& value, const JqKeys& keys, Value to);
JqResult jq_delete(const Value& value, std::vector<JqKeys> paths);

// How many values a copy of it copies: what a step that makes it anew costs.
size_t jq_size(const Value& value);

}  // namespace expr
