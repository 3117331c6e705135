// argo_documents.h — the OpenAPI documents of Argo's REST, and a page to browse them: /apidocs.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "model/argo_openapi.h"
#include "server/router.h"

namespace server {

class ArgoDocuments {
 public:
  explicit ArgoDocuments(std::string_view program_version) : program_version_(program_version) {}

  // Adds to `routes` those of the documents, which are about the others. Called once.
  void add_to(std::vector<Route>& routes);

 private:
  void answer(model::OpenApi version, Call& call);

  const std::string program_version_;
  std::vector<model::RestOperation> operations_;
  std::mutex mutex_;  // of the next: made on first use
  std::shared_ptr<const std::string> made_[2];
};

}  // namespace server
