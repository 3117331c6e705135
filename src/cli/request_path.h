// request_path.h — a request of Argo's REST taken apart, for those who answer it by other means.
#pragma once
#include <map>
#include <string>
#include <vector>

namespace cli {

struct RequestPath {
  bool is_argo = false;            // below /api/v1
  std::vector<std::string> parts;  // behind /api/v1 there, else of the whole path; decoded
  std::map<std::string, std::string> query;  // decoded

  std::string get(const std::string& key) const {
    const auto found = query.find(key);
    return found == query.end() ? std::string() : found->second;
  }
};

// Kubernetes has an /api/v1 too: "namespaces" and the kinds of a cluster there are not Argo's.
RequestPath split_target(const std::string& target);
// The target of an Argo request.
std::string join_target(const RequestPath& path);

}  // namespace cli
