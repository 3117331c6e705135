// structural_schema.h — the schema of a custom resource: what it may hold, what is filled in, what
// is dropped.
//
// Kubernetes' structural schemas (apiextensions.k8s.io/v1, openAPIV3Schema) with its words in
// refusals. Rules in CEL (x-kubernetes-validations) are not evaluated: compile() says so.
// Immutable, any thread.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kube/fixed_fields.h"
#include "text/value.h"

namespace kube {

class StructuralSchema {
 public:
  // `path` is where the schema stands, for the problems. Null where there are any.
  static std::shared_ptr<const StructuralSchema> compile(const text::Value& open_api,
                                                         const std::string& path,
                                                         std::vector<Cause>& problems,
                                                         std::vector<std::string>& warnings);
  ~StructuralSchema();

  // Takes out the members that it does not name, and gives their paths: "spec.size".
  std::vector<std::string> prune(text::Value& object) const;
  void fill_defaults(text::Value& object) const;
  std::vector<Cause> validate(const text::Value& object) const;

  struct Node;

 private:
  StructuralSchema();
  std::unique_ptr<const Node> root_;
};

}  // namespace kube
