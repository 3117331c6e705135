// pod_test.h — a pod written as YAML, and an API server that holds a few objects.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "kube/api.h"
#include "text/yaml.h"

namespace runtime {

inline text::Value yaml(std::string_view source) {
  // The marker keeps flow maps from being taken for JSON.
  auto documents = text::parse_yaml("---\n" + std::string(source), "test.yaml");
  EXPECT_TRUE(documents) << documents.error().to_string();
  EXPECT_EQ(documents->size(), 1u);
  return documents->front();
}

// Answers get() from a list; everything else is not asked by a node agent's volumes.
class KeptObjects final : public kube::Api {
 public:
  explicit KeptObjects(std::vector<text::Value> objects) : objects_(std::move(objects)) {}
  base::Result<text::Value> get(const kube::ObjectRef& ref) override {
    for (const text::Value& object : objects_)
      if (object.string_at("kind") == ref.kind->kind &&
          object.string_at("metadata", "namespace") == ref.namespace_ &&
          object.string_at("metadata", "name") == ref.name)
        return object;
    return base::fail(base::Code::kNotFound, ref.name);
  }
  base::Result<kube::ObjectList> list(const kube::Kind&, std::string_view,
                                      const kube::ListOptions&) override {
    return not_asked();
  }
  base::Result<text::Value> create(const kube::Kind&, std::string_view, text::Value,
                                   bool) override {
    return not_asked();
  }
  base::Result<text::Value> update(const kube::ObjectRef&, text::Value) override {
    return not_asked();
  }
  base::Result<text::Value> update_status(const kube::ObjectRef&, text::Value) override {
    return not_asked();
  }
  base::Result<text::Value> patch(const kube::ObjectRef&, kube::PatchType,
                                  const text::Value&) override {
    return not_asked();
  }
  base::Result<text::Value> patch_status(const kube::ObjectRef&, kube::PatchType,
                                         const text::Value&) override {
    return not_asked();
  }
  base::Status remove(const kube::ObjectRef&, const kube::DeleteOptions&) override {
    return not_asked();
  }
  base::Result<std::unique_ptr<kube::Watch>> watch(const kube::Kind&, std::string_view,
                                                   const kube::ListOptions&,
                                                   std::string_view) override {
    return not_asked();
  }

 private:
  static tl::unexpected<base::Error> not_asked() {
    return base::fail(base::Code::kUnsupported, "only get is asked for");
  }
  std::vector<text::Value> objects_;
};

}  // namespace runtime
