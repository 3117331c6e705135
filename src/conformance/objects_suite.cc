#include "conformance/objects_suite.h"

#include "conformance/cases.h"
#include "kube/defaults.h"
#include "kube/three_way_patch.h"
#include "kube/typed_merge.h"
#include "kube/unknown_fields.h"
#include "model/api_types.h"
#include "text/json.h"

namespace conformance {
namespace {

using text::Value;

const model::SchemaType* type_of(const Value& object) {
  return model::find_api_type(object.string_at("apiVersion"), object.string_at("kind"));
}

bool is_error(const Value& expected) {
  const Value* error = expected.find("error");
  return error && error->is_bool() && error->as_bool();
}

void run_patch(const Report& report, const Value& test) {
  const Value& input = *test.find("input");
  const Value& expected = *test.find("expected");
  const Value& config = *input.find("config");
  // The clients that the answers were recorded from do not know the types of this group.
  const bool is_known = !config.string_at("apiVersion").starts_with("apiextensions.k8s.io/");
  const auto got = kube::three_way_patch(input.find("lastApplied"), config, *input.find("live"),
                                         is_known ? type_of(config) : nullptr);
  Value shown;
  if (got) {
    shown["kind"] = got->is_strategic ? "strategic" : "jsonmerge";
    shown["patch"] = got->patch;
    if (got->is_strategic) shown["result"] = got->result;
  } else {
    shown["error"] = got.error().text;
  }
  const bool ok = is_error(expected) ? !got : same_json(expected, shown);
  report({std::string(test.string_at("id")), ok, text::to_json(expected), text::to_json(shown)});
}

void run_defaults(const Report& report, const Value& test) {
  Value object = *test.find_path("input", "object");
  const Value& expected = *test.find_path("expected", "object");
  kube::fill_defaults(type_of(object), object);
  report({std::string(test.string_at("id")), same_json(expected, object), text::to_json(expected),
          text::to_json(object)});
}

void run_structured_merge(const Report& report, const Value& test) {
  const Value& live = *test.find_path("input", "live");
  const Value& expected = *test.find("expected");
  const model::SchemaType* type = type_of(live);
  const auto apply_type = kube::ApplyType::of_object(type);
  Value config = *test.find_path("input", "config");
  auto got = kube::merge_typed(live, config, apply_type);
  // What the configuration brings is completed; what only the live object has is left alone.
  kube::fill_defaults(type, config, kube::EmptyStructs::kHidden);
  if (got) got = kube::merge_typed(std::move(config), *got, apply_type);
  Value checked = live;
  if (type)
    for (const std::string& path : kube::take_unknown_fields(*type, checked))
      got = base::fail(base::Code::kInvalid, path + ": field not declared in schema");
  const std::string id(test.string_at("id"));
  if (is_error(expected) || !got)
    return report({id, is_error(expected) && !got, text::to_json(expected),
                   got ? text::to_json(*got) : "error: " + got.error().text});
  const Value& normalized = *expected.find("normalizedLive");
  const Value& predicted = *expected.find("predictedLive");
  const bool is_modified = !same_json(normalized, *got);
  const bool ok = same_json(predicted, *got) && *expected.find("modified") == Value(is_modified);
  report({id, ok, text::to_json(predicted), text::to_json(*got)});
}

constexpr CaseFile kStructuredMerges[] = {{"diff_structured_merge.json", run_structured_merge}};
constexpr CaseFile kDefaults[] = {{"k8s_defaults.json", run_defaults}};
constexpr CaseFile kPatches[] = {{"three_way_patch.json", run_patch}};

}  // namespace

base::Status run_three_way_patch(const std::string& folder, const Report& report) {
  return run_files(folder, kPatches, report);
}

base::Status run_k8s_defaults(const std::string& folder, const Report& report) {
  return run_files(folder, kDefaults, report);
}

base::Status run_diff_structured_merge(const std::string& folder, const Report& report) {
  return run_files(folder, kStructuredMerges, report);
}

}  // namespace conformance
