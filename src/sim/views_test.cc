// The forms in which objects are listed and watched, and the documents about them, over HTTP.
#include <set>

#include "server/argo_operations.h"
#include "sim/server_fixture.h"

namespace sim {
namespace {

constexpr const char* kMaps = "/api/v1/namespaces/n/configmaps";
constexpr const char* kTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

class Views : public ServerTest {
 protected:
  void create_map(const std::string& name) {
    ASSERT_EQ(send("POST", kMaps, R"({"metadata":{"name":")" + name + "\"}}").status, 201);
  }
  sys::HttpResponse get(const std::string& target, const std::string& accept,
                        const std::string& known = "") const {
    auto answer =
        client()->send({"GET", target, {{"Accept", accept}, {"If-None-Match", known}}, ""});
    EXPECT_TRUE(answer) << answer.error().text;
    return answer.value_or(sys::HttpResponse{});
  }
  Value get_json(const std::string& target, const std::string& accept) const {
    return text::parse_json(get(target, accept).body).value_or(Value());
  }
};

TEST_F(Views, TheFirstFormThatThereIsIsAnswered) {
  create_map("a");
  struct Case {
    const char *accept, *kind, *version;
  };
  for (const Case& c : {
           Case{"", "ConfigMapList", "v1"},
           Case{"application/json", "ConfigMapList", "v1"},
           Case{kTable, "Table", "meta.k8s.io/v1"},
           Case{"application/json;as=Table;v=v1beta1;g=meta.k8s.io", "Table",
                "meta.k8s.io/v1beta1"},
           Case{"application/json;as=Table;v=v9;g=meta.k8s.io, application/json", "ConfigMapList",
                "v1"},
           Case{"application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
                "PartialObjectMetadataList", "meta.k8s.io/v1"},
       }) {
    const Value list = get_json(kMaps, c.accept);
    EXPECT_EQ(list.string_at("kind"), c.kind) << c.accept;
    EXPECT_EQ(list.string_at("apiVersion"), c.version) << c.accept;
    EXPECT_NE(list.string_at("metadata", "resourceVersion"), "") << c.accept;
  }
  EXPECT_EQ(get(kMaps, "application/json;as=Table;v=v9;g=meta.k8s.io").status, 406);
  EXPECT_EQ(get(std::string(kMaps) + "?includeObject=Some", kTable).status, 422);
}

TEST_F(Views, WatchesAndObjectsAreTablesToo) {
  create_map("a");
  EXPECT_EQ(get_json(std::string(kMaps) + "/a", kTable).find("rows")->as_list().size(), 1u);
  for (const std::string selector : {"", "&fieldSelector=metadata.name%3Da"}) {
    std::string text;
    (void)client()->stream({"GET",
                            std::string(kMaps) + "?watch=1&timeoutSeconds=5" + selector,
                            {{"Accept", kTable}},
                            ""},
                           [&](std::string_view bytes) {
                             text += bytes;
                             return text.find('\n') == std::string::npos;
                           });
    const Value event = text::parse_json(text.substr(0, text.find('\n'))).value_or(Value());
    EXPECT_EQ(event.string_at("type"), "ADDED") << text;
    EXPECT_EQ(event.string_at("object", "kind"), "Table") << text;
  }
}

TEST_F(Views, PagesCarryTheRevisionOfTheFirst) {
  for (const char* name : {"a", "b", "c"}) create_map(name);
  const Value first = json("GET", std::string(kMaps) + "?limit=2");
  create_map("d");
  const std::string token(first.string_at("metadata", "continue"));
  ASSERT_NE(token, "");
  const Value second = json("GET", std::string(kMaps) + "?limit=2&continue=" + token);
  EXPECT_EQ(first.find("items")->as_list().size(), 2u);
  EXPECT_EQ(second.find("items")->as_list()[0].string_at("metadata", "name"), "c");
  EXPECT_EQ(second.string_at("metadata", "resourceVersion"),
            first.string_at("metadata", "resourceVersion"));
  EXPECT_EQ(send("GET", std::string(kMaps) + "?limit=2&continue=nonsense").status, 422);
}

TEST_F(Views, ALongListComesWhole) {
  const kube::Kind& kind = kube::kind_of("configmaps");
  constexpr size_t kCount = 1201;
  for (size_t i = 0; i < kCount; ++i) {
    Value object;
    object["metadata"]["name"] = "m" + std::to_string(i);
    ASSERT_TRUE(api_.create(kind, "n", std::move(object), false));
  }
  std::set<std::string> names;
  const Value list = json("GET", kMaps);
  ASSERT_NE(list.find("items"), nullptr);
  for (const Value& item : list.find("items")->as_list())
    names.emplace(item.string_at("metadata", "name"));
  EXPECT_EQ(names.size(), kCount);
  EXPECT_EQ(list.find("items")->as_list().size(), kCount);
  EXPECT_NE(list.string_at("metadata", "resourceVersion"), "");
}

TEST_F(Views, ListsSayHowNewTheyAre) {
  create_map("a");
  const std::string seen(json("GET", kMaps).string_at("metadata", "resourceVersion"));
  const auto at = [&](const std::string& query) {
    return send("GET", std::string(kMaps) + "?" + query).status;
  };
  EXPECT_EQ(at("resourceVersion=0"), 200);
  EXPECT_EQ(at("resourceVersion=" + seen + "&resourceVersionMatch=NotOlderThan"), 200);
  EXPECT_EQ(at("resourceVersion=" + seen + "&resourceVersionMatch=Exact"), 200);
  EXPECT_EQ(at("resourceVersion=999999999"), 504);
  EXPECT_EQ(at("resourceVersionMatch=Exact"), 422);
  EXPECT_EQ(at("resourceVersion=0&resourceVersionMatch=Exact"), 422);
  EXPECT_EQ(at("resourceVersion=1&resourceVersionMatch=Maybe"), 422);
  // What another kind does changes nothing here; a change of this kind does.
  ASSERT_EQ(send("POST", "/api/v1/namespaces/n/secrets", R"({"metadata":{"name":"s"}})").status,
            201);
  EXPECT_EQ(at("resourceVersion=" + seen + "&resourceVersionMatch=Exact"), 200);
  create_map("b");
  EXPECT_EQ(at("resourceVersion=" + seen + "&resourceVersionMatch=Exact"), 410);
}

TEST_F(Views, DocumentsAreKnownByTheirHash) {
  const auto index = get("/openapi/v3", "application/json");
  ASSERT_EQ(index.status, 200);
  EXPECT_EQ(get("/openapi/v3", "application/json", index.header("ETag")).status, 304);
  const Value groups = text::parse_json(index.body).value_or(Value());
  const std::string path(
      groups.string_at("paths", "apis/argoproj.io/v1alpha1", "serverRelativeURL"));
  ASSERT_NE(path.find("?hash="), std::string::npos) << index.body;
  const auto document = get(path, "application/json");
  EXPECT_EQ(document.status, 200);
  EXPECT_NE(document.header("Cache-Control").find("immutable"), std::string::npos);
  EXPECT_EQ(get(path.substr(0, path.find('?')) + "?hash=1", "application/json").status, 301);
  EXPECT_EQ(get("/openapi/v3/apis/no.such/v1", "application/json").status, 404);
  // As Debian's kubectl asks, and in a media type that it can read.
  const auto v2 = get("/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
  EXPECT_EQ(v2.header("Content-Type"),
            "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
  EXPECT_EQ(text::parse_json(get("/openapi/v2", "application/json").body)
                .value_or(Value())
                .string_at("swagger"),
            "2.0");
}

// A row without a route is told by its absence; a path of a row leads somewhere.
TEST_F(Views, ArgosDocumentsTellTheRoutes) {
  const Value swagger = json("GET", "/api/openapi-spec/swagger.json");
  const Value openapi = json("GET", "/api/openapi-spec/openapi.json");
  EXPECT_EQ(swagger.string_at("swagger"), "2.0");
  EXPECT_EQ(openapi.string_at("openapi"), "3.0.0");
  for (const model::RestOperation& row : server::argo_operations()) {
    std::string method(row.method);
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    for (const Value* document : {&swagger, &openapi}) {
      const Value* operation = document->find_path("paths", row.pattern, method);
      ASSERT_NE(operation, nullptr) << row.method << " " << row.pattern << " has no route";
      EXPECT_EQ(operation->string_at("operationId"), row.id);
      EXPECT_NE(operation->string_at("description"), "") << row.id;
    }
  }
  EXPECT_EQ(swagger.string_at("definitions", "io.argoproj.workflow.v1alpha1.WorkflowCreateRequest",
                              "properties", "workflow", "$ref"),
            "#/definitions/io.argoproj.workflow.v1alpha1.Workflow");
}

TEST_F(Views, ThePageLoadsNothingFromElsewhere) {
  for (const char* path : {"/apidocs", "/apidocs/page.js", "/apidocs/page.css"}) {
    const auto page = send("GET", path);
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_EQ(page.body.find("://"), std::string::npos) << path;
    EXPECT_NE(page.header("Content-Security-Policy").find("default-src 'none'"), std::string::npos);
  }
}

}  // namespace
}  // namespace sim
