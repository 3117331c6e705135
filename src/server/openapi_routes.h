// openapi_routes.h — the OpenAPI documents of Kubernetes' REST: /openapi/v2 and /openapi/v3.
//
// Made on first use, and again when the kinds that are served have changed. Only hashes are kept of
// documents that clients keep for long; the others stay.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "kube/store_api.h"
#include "server/router.h"

namespace server {

class OpenApiDocuments {
 public:
  explicit OpenApiDocuments(kube::StoreApi& api) : api_(api) {}

  // GET /openapi/v2, /openapi/v3 and what that refers to. Any thread.
  std::vector<Route> routes();

 private:
  struct Document {
    std::shared_ptr<const std::string> text;
    std::string hash;
  };
  Document document(const std::string& key);
  std::string make(const std::string& key);
  std::vector<std::string> groups();  // "api/v1", "apis/argoproj.io/v1alpha1"

  void answer_v2(Call& call);
  void answer_index(Call& call);
  void answer_v3(const std::string& path, Call& call);

  kube::StoreApi& api_;
  std::mutex mutex_;  // of the rest
  uint64_t generation_ = 0;
  std::map<std::string, Document> made_;
};

}  // namespace server
