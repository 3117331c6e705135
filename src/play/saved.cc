#include "play/saved.h"

#include <algorithm>

#include "text/json.h"

namespace play {
namespace {

using text::Value;

constexpr std::string_view kPlaces[] = {"artifactory", "azure", "git", "gcs", "hdfs",
                                        "http",        "oss",   "raw", "s3",  "plugin"};

bool has_place(const Value& artifact) {
  return std::any_of(std::begin(kPlaces), std::end(kPlaces),
                     [&](std::string_view place) { return artifact.find(place) != nullptr; });
}

// How the packed file's name ends.
std::string_view ending(const Value& artifact) {
  if (artifact.find_path("archive", "none") != nullptr) return "";
  return artifact.find_path("archive", "zip") != nullptr ? ".zip" : ".tgz";
}

}  // namespace

engine::Settings rehearsed_settings() {
  engine::Settings out;
  Value& place = out.artifact_repository["s3"];
  place["endpoint"] = Value("artifacts.invalid");
  place["bucket"] = Value("rehearsal");
  return out;
}

std::string saved_artifacts(const Value& made, const std::vector<std::string>& missing,
                            std::string& lacking) {
  const Value* list = made.find_path("outputs", "artifacts");
  if (list == nullptr || !list->is_list() || list->as_list().empty()) return {};
  text::List out;
  for (const Value& declared : list->as_list()) {
    const std::string name(declared.string_at("name"));
    if (std::find(missing.begin(), missing.end(), name) != missing.end()) {
      const Value* optional = declared.find("optional");
      const bool may_miss = optional != nullptr && optional->is_bool() && optional->as_bool();
      if (!may_miss && lacking.empty()) lacking = name;
      continue;
    }
    Value artifact = declared;
    if (!has_place(artifact)) {
      const std::string folder(made.string_at("archiveLocation", "s3", "key"));
      artifact["s3"]["key"] = Value(folder + "/" + name + std::string(ending(artifact)));
    }
    out.push_back(std::move(artifact));
  }
  return text::to_json(Value(std::move(out)));
}

}  // namespace play
