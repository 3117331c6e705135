// json.h — JSON text to Values and back.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "text/value.h"

namespace text {

// One JSON value and nothing behind it. Each Value knows its place. A duplicate key is an error.
base::Result<Value> parse_json(std::string_view source, std::string_view file = {});

// One member of the map that `source` is; null when it has none of that name. Members before it are
// skipped by their brackets and strings, those behind it are not looked at: for texts that have
// been parsed and written before.
base::Result<Value> parse_json_member(std::string_view source, std::string_view key);

// Compact, keys in the map's order. Not escaped: "<", ">", "&" (unlike Go's encoder).
std::string to_json(const Value& value);
void append_json(std::string& out, const Value& value);
std::string to_json_pretty(const Value& value, int indent = 2);

// Appends `text` as a JSON string with its quotes. Invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

}  // namespace text
