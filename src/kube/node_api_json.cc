#include "kube/node_api_json.h"

#include "base/time.h"

namespace kube {
namespace {

bool flag(const text::Value& value, std::string_view key) {
  const text::Value* found = value.find(key);
  return found && found->is_bool() && found->as_bool();
}

}  // namespace

text::Value to_json_value(const ImageInfo& image) {
  text::Value value;
  value["name"] = image.name;
  value["digest"] = image.digest;
  value["sizeBytes"] = static_cast<int64_t>(image.size_bytes);
  if (image.pulled_at.is_set()) value["pulledAt"] = base::to_rfc3339_nano(image.pulled_at);
  return value;
}

ImageInfo parse_image(const text::Value& value) {
  ImageInfo image;
  image.name = value.string_at("name");
  image.digest = value.string_at("digest");
  const text::Value* size = value.find("sizeBytes");
  image.size_bytes = size ? static_cast<uint64_t>(size->to_int().value_or(0)) : 0;
  image.pulled_at = base::parse_rfc3339(value.string_at("pulledAt")).value_or(base::Time());
  return image;
}

text::Value to_json_value(const DoctorFinding& finding) {
  text::Value value;
  value["ok"] = finding.ok;
  value["fatal"] = finding.fatal;
  value["what"] = finding.what;
  value["detail"] = finding.detail;
  value["advice"] = finding.advice;
  return value;
}

DoctorFinding parse_finding(const text::Value& value) {
  DoctorFinding finding;
  finding.ok = flag(value, "ok");
  finding.fatal = flag(value, "fatal");
  finding.what = value.string_at("what");
  finding.detail = value.string_at("detail");
  finding.advice = value.string_at("advice");
  return finding;
}

}  // namespace kube
