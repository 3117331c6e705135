#include "model/openapi_v2_proto.h"

#include <span>

#include "text/json.h"
#include "text/proto.h"

namespace model {
namespace {

using text::ProtoWriter;
using text::Value;

enum class Form : uint8_t {
  kString,
  kBool,
  kStrings,
  kStringList,      // a message with the strings
  kAny,             // a value as YAML
  kMessage,         // of `below`
  kMessages,        // a list of them
  kMessageList,     // a message with one
  kNamed,           // a message of named ones, sorted by the map
  kSchemaOrFlag,    // additionalProperties
  kSchemaItem,      // of an answer
  kParameters,      // each in its form
  kSecurity,        // [{name: []}]
  kSecuritySchemes  // of keys only
};

struct Message;
struct Row {
  std::string_view key;
  uint32_t number;
  Form form;
  const Message* below = nullptr;
};
struct Message {
  std::span<const Row> rows;
  uint32_t extension;  // number of x-…
  uint32_t named = 0;  // keys that are no rows are names of `named_message`
  uint32_t wrap = 0;   // of what is named: the number inside of its "oneof"
  const Message* named_message = nullptr;
};

extern const Message kSchema;

constexpr Row kSchemaRows[] = {
    {"$ref", 1, Form::kString},
    {"format", 2, Form::kString},
    {"title", 3, Form::kString},
    {"description", 4, Form::kString},
    {"default", 5, Form::kAny},
    {"required", 19, Form::kStrings},
    {"additionalProperties", 21, Form::kSchemaOrFlag},
    {"type", 22, Form::kStringList},
    {"items", 23, Form::kMessageList, &kSchema},
    {"allOf", 24, Form::kMessages, &kSchema},
    {"properties", 25, Form::kNamed, &kSchema},
};
const Message kSchema{kSchemaRows, 31};

constexpr Row kResponseRows[] = {
    {"description", 1, Form::kString},
    {"schema", 2, Form::kSchemaItem},
};
const Message kResponse{kResponseRows, 5};
const Message kResponses{{}, 2, 1, 1, &kResponse};

constexpr Row kOperationRows[] = {
    {"tags", 1, Form::kStrings},          {"summary", 2, Form::kString},
    {"description", 3, Form::kString},    {"operationId", 5, Form::kString},
    {"produces", 6, Form::kStrings},      {"consumes", 7, Form::kStrings},
    {"parameters", 8, Form::kParameters}, {"responses", 9, Form::kMessage, &kResponses},
};
const Message kOperation{kOperationRows, 13};

constexpr Row kPathItemRows[] = {
    {"get", 2, Form::kMessage, &kOperation},   {"put", 3, Form::kMessage, &kOperation},
    {"post", 4, Form::kMessage, &kOperation},  {"delete", 5, Form::kMessage, &kOperation},
    {"patch", 8, Form::kMessage, &kOperation}, {"parameters", 9, Form::kParameters},
};
const Message kPathItem{kPathItemRows, 10};
const Message kPaths{{}, 1, 2, 0, &kPathItem};

constexpr Row kInfoRows[] = {
    {"title", 1, Form::kString},
    {"version", 2, Form::kString},
    {"description", 3, Form::kString},
};
const Message kInfo{kInfoRows, 7};

constexpr Row kDocumentRows[] = {
    {"swagger", 1, Form::kString},         {"info", 2, Form::kMessage, &kInfo},
    {"paths", 8, Form::kMessage, &kPaths}, {"definitions", 9, Form::kNamed, &kSchema},
    {"security", 12, Form::kSecurity},     {"securityDefinitions", 13, Form::kSecuritySchemes},
};
const Message kDocument{kDocumentRows, 16};

constexpr Row kBodyRows[] = {
    {"description", 1, Form::kString},
    {"name", 2, Form::kString},
    {"in", 3, Form::kString},
    {"required", 4, Form::kBool},
    {"schema", 5, Form::kMessage, &kSchema},
};
const Message kBody{kBodyRows, 6};
constexpr Row kQueryRows[] = {
    {"required", 1, Form::kBool}, {"in", 2, Form::kString},   {"description", 3, Form::kString},
    {"name", 4, Form::kString},   {"type", 6, Form::kString}, {"format", 7, Form::kString},
};
const Message kQuery{kQueryRows, 23};
constexpr Row kPathParameterRows[] = {
    {"required", 1, Form::kBool}, {"in", 2, Form::kString},   {"description", 3, Form::kString},
    {"name", 4, Form::kString},   {"type", 5, Form::kString}, {"format", 6, Form::kString},
};
const Message kPathParameter{kPathParameterRows, 22};
constexpr Row kApiKeyRows[] = {
    {"type", 1, Form::kString},
    {"name", 2, Form::kString},
    {"in", 3, Form::kString},
    {"description", 4, Form::kString},
};
const Message kApiKey{kApiKeyRows, 5};

void write(ProtoWriter& out, const Message& message, const Value& value);

void write_message(ProtoWriter& out, uint32_t number, const Message& message, const Value& value) {
  const size_t mark = out.begin(number);
  write(out, message, value);
  out.end(mark);
}

// Any is a message of its own: {yaml = 2}. JSON is YAML.
void write_any(ProtoWriter& out, uint32_t number, const Value& value) {
  const size_t mark = out.begin(number);
  out.bytes(2, text::to_json(value));
  out.end(mark);
}

// {name = 1, value = 2}, where the value may stand in a "oneof" of its own.
void write_named(ProtoWriter& out, uint32_t number, const text::Member& member,
                 const Message& message, uint32_t wrap) {
  const size_t mark = out.begin(number);
  out.bytes(1, member.key);
  const size_t value = out.begin(2);
  if (wrap != 0)
    write_message(out, wrap, message, member.value);
  else
    write(out, message, member.value);
  out.end(value);
  out.end(mark);
}

// ParametersItem{parameter = 1: Parameter{body = 1, other = 2: {query = 3, path = 4}}}.
void write_parameter(ProtoWriter& out, uint32_t number, const Value& value) {
  const size_t item = out.begin(number);
  const size_t parameter = out.begin(1);
  const std::string_view where = value.string_at("in");
  if (where == "body") {
    write_message(out, 1, kBody, value);
  } else {
    const size_t other = out.begin(2);
    if (where == "query")
      write_message(out, 3, kQuery, value);
    else
      write_message(out, 4, kPathParameter, value);
    out.end(other);
  }
  out.end(parameter);
  out.end(item);
}

void write_strings(ProtoWriter& out, uint32_t number, const Value& value) {
  if (value.is_string()) return out.bytes(number, value.as_string());
  if (!value.is_list()) return;
  for (const Value& one : value.as_list())
    if (one.is_string()) out.bytes(number, one.as_string());
}

void write_security(ProtoWriter& out, uint32_t number, const Value& value) {
  for (const Value& one : value.as_list())
    for (const text::Member& member : one.as_map()) {
      const size_t requirement = out.begin(number);
      const size_t named = out.begin(1);
      out.bytes(1, member.key);
      out.bytes(2, {});
      out.end(named);
      out.end(requirement);
    }
}

void write_field(ProtoWriter& out, const Row& row, const Value& value) {
  const uint32_t number = row.number;
  size_t mark = 0;
  switch (row.form) {
    case Form::kString:
      return value.is_string() ? out.bytes(number, value.as_string()) : void();
    case Form::kBool:
      return value.is_bool() && value.as_bool() ? out.varint(number, 1) : void();
    case Form::kStrings:
      return write_strings(out, number, value);
    case Form::kStringList:
      mark = out.begin(number);
      write_strings(out, 1, value);
      return out.end(mark);
    case Form::kAny:
      return write_any(out, number, value);
    case Form::kMessage:
      return write_message(out, number, *row.below, value);
    case Form::kMessages:
      for (const Value& one : value.as_list()) write_message(out, number, *row.below, one);
      return;
    case Form::kMessageList:
      mark = out.begin(number);
      write_message(out, 1, *row.below, value);
      return out.end(mark);
    case Form::kNamed:
      mark = out.begin(number);
      for (const text::Member& member : value.as_map()) write_named(out, 1, member, *row.below, 0);
      return out.end(mark);
    case Form::kSchemaOrFlag:
      mark = out.begin(number);
      if (value.is_bool())
        out.varint(2, value.as_bool() ? 1 : 0);
      else
        write_message(out, 1, kSchema, value);
      return out.end(mark);
    case Form::kSchemaItem:
      mark = out.begin(number);
      write_message(out, 1, kSchema, value);
      return out.end(mark);
    case Form::kParameters:
      for (const Value& one : value.as_list()) write_parameter(out, number, one);
      return;
    case Form::kSecurity:
      return write_security(out, number, value);
    case Form::kSecuritySchemes:
      mark = out.begin(number);
      for (const text::Member& member : value.as_map()) write_named(out, 1, member, kApiKey, 2);
      return out.end(mark);
  }
}

void write(ProtoWriter& out, const Message& message, const Value& value) {
  if (!value.is_map()) return;
  for (const text::Member& member : value.as_map()) {
    const Row* row = nullptr;
    for (const Row& one : message.rows)
      if (one.key == member.key) row = &one;
    if (row) {
      write_field(out, *row, member.value);
    } else if (member.key.starts_with("x-")) {
      const size_t mark = out.begin(message.extension);
      out.bytes(1, member.key);
      write_any(out, 2, member.value);
      out.end(mark);
    } else if (message.named_message) {
      write_named(out, message.named, member, *message.named_message, message.wrap);
    }
  }
}

}  // namespace

std::string to_v2_protobuf(const Value& document) {
  std::string out;
  ProtoWriter writer(out);
  write(writer, kDocument, document);
  return out;
}

}  // namespace model
