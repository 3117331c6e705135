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

text::Value to_json_value(const ExecRequest& request) {
  text::Value out;
  out["container"] = request.container;
  text::List words;
  for (const std::string& word : request.command) words.emplace_back(word);
  out["command"] = std::move(words);
  out["stdin"] = request.in;
  out["stdout"] = request.out;
  out["stderr"] = request.err;
  out["tty"] = request.tty;
  return out;
}

ExecRequest parse_exec(std::string pod_uid, const text::Value& value) {
  const auto flag = [&](std::string_view name) {
    const text::Value* const found = value.find(name);
    return found != nullptr && found->is_bool() && found->as_bool();
  };
  ExecRequest out;
  out.pod_uid = std::move(pod_uid);
  out.container = value.string_at("container");
  if (const text::Value* words = value.find("command"); words && words->is_list())
    for (const text::Value& word : words->as_list()) out.command.push_back(word.to_any_string());
  out.in = flag("stdin");
  out.out = flag("stdout");
  out.err = flag("stderr");
  out.tty = flag("tty");
  return out;
}

}  // namespace kube
