// api_contract_test.h — kube/api.h over every body that can stand alone, for tests of its verbs.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kube/garbage_collector.h"
#include "kube/kinds.h"
#include "kube/store_api.h"
#include "store/failing.h"
#include "store/memory.h"
#include "store/sqlite.h"
#include "text/json.h"

namespace kube {

inline text::Value json(std::string_view source) { return text::parse_json(source).value(); }

class ApiContract : public testing::TestWithParam<const char*> {
 protected:
  ApiContract() : clock_(base::parse_rfc3339("2026-01-02T03:04:05Z").value()), random_(1) {
    if (GetParam() == std::string("sqlite")) {
      char name[] = "/tmp/argon-api-XXXXXX";
      directory_ = ::mkdtemp(name);
      store::SqliteOptions options;
      options.directory = directory_;
      inner_ = store::open_sqlite(options).value();
    } else {
      inner_ = store::make_memory_store();
    }
    store_ = std::make_unique<store::FailingStore>(*inner_);
    api_ = std::make_unique<StoreApi>(*store_, clock_, random_);
    collector_ = std::make_unique<GarbageCollector>(*api_);
  }
  ~ApiContract() override {
    collector_.reset();
    api_.reset();
    store_.reset();
    inner_.reset();
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  StoreApi& api() { return *api_; }
  void collect() { ASSERT_TRUE(collector_->run_once()); }
  static ObjectRef ref(std::string_view plural, std::string name) {
    return {&kind_of(plural), "argo", std::move(name)};
  }
  text::Value create(std::string_view plural, std::string_view source) {
    auto created = api().create(kind_of(plural), "argo", json(source), false);
    EXPECT_TRUE(created) << (created ? "" : created.error().text);
    return created.value();
  }
  text::Value get(std::string_view plural, std::string name) {
    return api().get(ref(plural, std::move(name))).value();
  }
  bool exists(std::string_view plural, std::string name) {
    return api().get(ref(plural, std::move(name))).has_value();
  }
  std::string owner_of(const text::Value& owner, bool blocks = false) {
    return R"("ownerReferences":[{"apiVersion":")" + std::string(owner.string_at("apiVersion")) +
           R"(","kind":")" + std::string(owner.string_at("kind")) + R"(","name":")" +
           std::string(owner.string_at("metadata", "name")) + R"(","uid":")" +
           std::string(owner.string_at("metadata", "uid")) + R"(","blockOwnerDeletion":)" +
           (blocks ? "true" : "false") + "}]";
  }
  std::vector<std::string> names(std::string_view plural, const ListOptions& options) {
    std::vector<std::string> names;
    const auto list = api().list(kind_of(plural), "", options);
    EXPECT_TRUE(list) << (list ? "" : list.error().text);
    for (const text::Value& item : list->items)
      names.emplace_back(item.string_at("metadata", "name"));
    return names;
  }
  // "+a" added, "~a" modified, "-a" deleted.
  static std::string seen(Watch& watch) {
    std::string seen;
    const std::vector<WatchEvent> events = watch.next(0).value();
    for (const WatchEvent& event : events) {
      seen += event.type == WatchEvent::Type::kAdded      ? "+"
              : event.type == WatchEvent::Type::kModified ? "~"
                                                          : "-";
      seen += std::string(event.object.string_at("metadata", "name")) + " ";
    }
    return seen;
  }
  std::unique_ptr<Watch> watch(std::string_view plural, const ListOptions& options,
                               std::string_view from) {
    return api().watch(kind_of(plural), "", options, from).value();
  }
  std::string now() { return std::to_string(inner_->revision()); }

  sys::ManualClock clock_;
  sys::SeededRandom random_;
  std::string directory_;
  std::unique_ptr<store::Store> inner_;
  std::unique_ptr<store::FailingStore> store_;
  std::unique_ptr<StoreApi> api_;
  std::unique_ptr<GarbageCollector> collector_;
};

// Runs the tests of a class derived from ApiContract.
#define ON_EVERY_BODY(Tests)                                                   \
  INSTANTIATE_TEST_SUITE_P(Bodies, Tests, testing::Values("memory", "sqlite"), \
                           [](const auto& body) { return std::string(body.param); })

}  // namespace kube
