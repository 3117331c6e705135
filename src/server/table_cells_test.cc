#include "server/table_cells.h"

#include <gtest/gtest.h>

#include "kube/kinds.h"
#include "server/custom_cells.h"
#include "server/pod_cells.h"
#include "server/table_columns.h"
#include "server/view.h"
#include "text/json.h"

namespace server {
namespace {

using text::Value;

Value json(std::string_view text) {
  auto value = text::parse_json(text);
  EXPECT_TRUE(value) << text;
  return value.value_or(Value());
}

const base::Time kNow = *base::parse_rfc3339("2026-01-02T04:00:00Z");

// What Kubernetes' printers show for these, read off its tests.
TEST(PodCells, AreInAWordHowThePodIs) {
  struct Case {
    const char *name, *spec, *status;
    const char *ready, *word, *restarts;
  };
  constexpr const char* kTwo = R"({"containers":[{"name":"a"},{"name":"b"}]})";
  constexpr const char* kInit =
      R"({"containers":[{"name":"a"}],"initContainers":[{"name":"i"},{"name":"j"}]})";
  constexpr const char* kSidecar =
      R"({"containers":[{"name":"a"}],"initContainers":[{"name":"s","restartPolicy":"Always"}]})";
  for (const Case& c : {
           Case{"pending", kTwo, R"({"phase":"Pending"})", "0/2", "Pending", "0"},
           Case{"running", kTwo,
                R"({"phase":"Running","containerStatuses":[
                    {"name":"a","ready":true,"restartCount":2,"state":{"running":{}},
                     "lastState":{"terminated":{"finishedAt":"2026-01-02T03:55:00Z"}}},
                    {"name":"b","ready":false,"restartCount":1,"state":{"running":{}}}]})",
                "1/2", "Running", "3 (5m ago)"},
           Case{"waiting", kTwo,
                R"({"phase":"Running","containerStatuses":[
                    {"name":"a","restartCount":0,
                     "state":{"waiting":{"reason":"CrashLoopBackOff"}}}]})",
                "0/2", "CrashLoopBackOff", "0"},
           Case{"exit code", kTwo,
                R"({"phase":"Failed","containerStatuses":[
                    {"name":"a","state":{"terminated":{"exitCode":3}}}]})",
                "0/2", "ExitCode:3", "0"},
           Case{"completed", kTwo,
                R"({"phase":"Succeeded","containerStatuses":[
                    {"name":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]})",
                "0/2", "Completed", "0"},
           Case{"one ended, one runs", kTwo,
                R"({"phase":"Running","conditions":[{"type":"Ready","status":"False"}],
                    "containerStatuses":[
                    {"name":"a","state":{"terminated":{"exitCode":0,"reason":"Completed"}}},
                    {"name":"b","ready":true,"state":{"running":{}}}]})",
                "1/2", "NotReady", "0"},
           Case{"second init container", kInit,
                R"({"phase":"Pending","initContainerStatuses":[
                    {"name":"i","state":{"terminated":{"exitCode":0}}},
                    {"name":"j","state":{"running":{}}}]})",
                "0/1", "Init:1/2", "0"},
           Case{"init failed", kInit,
                R"({"phase":"Pending","initContainerStatuses":[
                    {"name":"i","restartCount":4,"state":{"terminated":{"exitCode":7}}}]})",
                "0/1", "Init:ExitCode:7", "4"},
           Case{"sidecar", kSidecar,
                R"({"phase":"Running","conditions":[{"type":"Initialized","status":"True"}],
                    "initContainerStatuses":[
                    {"name":"s","ready":true,"started":true,"state":{"running":{}}}],
                    "containerStatuses":[{"name":"a","ready":true,"state":{"running":{}}}]})",
                "2/2", "Running", "0"},
           Case{"evicted", kTwo, R"({"phase":"Failed","reason":"Evicted"})", "0/2", "Evicted", "0"},
       }) {
    Value pod;
    pod["spec"] = json(c.spec);
    pod["status"] = json(c.status);
    const PodCells cells = pod_cells(pod, kNow);
    EXPECT_EQ(cells.ready, c.ready) << c.name;
    EXPECT_EQ(cells.status, c.word) << c.name;
    EXPECT_EQ(cells.restarts, c.restarts) << c.name;
    pod["metadata"]["deletionTimestamp"] = "2026-01-02T03:04:05Z";
    const std::string_view phase = pod.string_at("status", "phase");
    if (phase == "Running" || phase == "Pending") {
      EXPECT_EQ(pod_cells(pod, kNow).status, "Terminating") << c.name;
    }
  }
}

TEST(TableCells, AreAsKubernetesPrintsThem) {
  struct Case {
    const char *source, *object, *wanted;
  };
  for (const Case& c : {
           Case{".a.b", R"({"a":{"b":3}})", "3"},
           Case{".a.b", R"({"a":1})", "null"},
           Case{"age .a .b", R"({"b":"2026-01-02T03:58:00Z"})", "\"2m\""},
           Case{"age .a", R"({"a":null})", "null"},
           Case{"count .a .b", R"({"a":{"x":1,"y":2},"b":[1]})", "3"},
           Case{"selector .s", R"({"s":{"a":"b","c":"d"}})", "\"a=b,c=d\""},
           Case{"selector .s",
                R"({"s":{"matchLabels":{"a":"b"},"matchExpressions":[
                    {"key":"k","operator":"In","values":["x","y"]},
                    {"key":"n","operator":"DoesNotExist"}]}})",
                "\"a=b,k in (x,y),!n\""},
           Case{"selector .s", R"({"s":{}})", "\"<none>\""},
           Case{"access-modes .m", R"({"m":["ReadWriteMany","ReadWriteOnce"]})", "\"RWO,RWX\""},
           Case{"service-ports", R"({"spec":{"ports":[{"port":80,"nodePort":30080},
                                                     {"port":53,"protocol":"UDP"}]}})",
                "\"80:30080/TCP,53/UDP\""},
           Case{"external-ip", R"({"spec":{"type":"LoadBalancer"}})", "\"<pending>\""},
           Case{"external-ip", R"({"spec":{"type":"ClusterIP"}})", "null"},
           Case{"event-object", R"({"involvedObject":{"kind":"Pod","name":"p"}})", "\"pod/p\""},
           Case{"job-completions", R"({"spec":{"completions":3},"status":{"succeeded":1}})",
                "\"1/3\""},
           Case{"job-duration", R"({"status":{"startTime":"2026-01-02T03:59:00Z"}})", "\"60s\""},
           Case{"node-status", R"({"spec":{"unschedulable":true},
                                   "status":{"conditions":[{"type":"Ready","status":"True"}]}})",
                "\"Ready,SchedulingDisabled\""},
           Case{"endpoints",
                R"({"subsets":[{"addresses":[{"ip":"1.1.1.1"},{"ip":"1.1.1.2"}],
                                "ports":[{"port":80},{"port":81}]}]})",
                "\"1.1.1.1:80,1.1.1.1:81,1.1.1.2:80 + 1 more...\""},
       })
    EXPECT_EQ(text::to_json(cell_of(c.source, json(c.object), kNow)), c.wanted)
        << c.source << " " << c.object;
}

// A column whose word is misspelt would show nothing for ever.
TEST(TableColumns, HaveSourcesThatAreThere) {
  const Value empty = json(R"({"metadata":{"name":"x"},"spec":{},"status":{}})");
  for (const kube::Kind& kind : kube::kinds()) {
    bool has_wide = false;
    for (const Column& column : columns_of(kind)) {
      EXPECT_TRUE(column.source.starts_with('.') || is_word(column.source))
          << kind.kind << " " << column.source;
      (void)cell_of(column.source, empty, kNow);
      has_wide |= column.priority > 0;
    }
    EXPECT_TRUE(has_wide || kind.plural != "pods");
  }
}

TEST(CustomCells, AreOfTheColumnsType) {
  const Value object = json(
      R"({"spec":{"replicas":3,"name":"n","on":true,"list":[{"t":"a","s":"x"},{"t":"b","s":"y"}]},
          "status":{"at":"2026-01-02T03:58:00Z"}})");
  struct Case {
    const char *type, *path, *wanted;
  };
  for (const Case& c : {
           Case{"integer", ".spec.replicas", "3"},
           Case{"string", ".spec.replicas", "\"3\""},
           Case{"string", ".spec.name", "\"n\""},
           Case{"boolean", ".spec.on", "true"},
           Case{"integer", ".spec.name", "null"},
           Case{"string", ".spec.absent", "null"},
           Case{"date", ".status.at", "\"2m\""},
           Case{"string", ".spec.list[?(@.t==\"b\")].s", "\"y\""},
           Case{"string", ".spec.list[", "null"},
       }) {
    kube::PrinterColumn column;
    column.type = c.type;
    column.path = c.path;
    EXPECT_EQ(text::to_json(custom_cell(column, object, kNow)), c.wanted) << c.type << c.path;
  }
}

TEST(View, ARowHasWhatWasAskedFor) {
  const sys::ManualClock clock(kNow);
  const kube::Kind& kind = kube::kind_of("configmaps");
  const Value object = json(
      R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","resourceVersion":"7",
          "creationTimestamp":"2026-01-02T03:59:00Z"},"data":{"a":"b"}})");
  View view;
  view.as = View::As::kTable;
  view.clock = &clock;
  const Value table = json(shown(kind, view, object));
  EXPECT_EQ(table.string_at("kind"), "Table");
  EXPECT_EQ(table.string_at("apiVersion"), "meta.k8s.io/v1");
  EXPECT_EQ(table.string_at("metadata", "resourceVersion"), "7");
  EXPECT_EQ(table.find("columnDefinitions")->as_list().size(), 3u);
  const Value& row = table.find("rows")->as_list().front();
  EXPECT_EQ(text::to_json(*row.find("cells")), R"(["c",1,"60s"])");
  EXPECT_EQ(row.string_at("object", "kind"), "PartialObjectMetadata");
  EXPECT_EQ(row.find_path("object", "data"), nullptr);
  view.include = View::Include::kObject;
  EXPECT_EQ(json(shown(kind, view, object)).find("rows")->as_list()[0].string_at("object", "kind"),
            "ConfigMap");
  view.include = View::Include::kNone;
  EXPECT_EQ(json(shown(kind, view, object)).find("rows")->as_list()[0].find("object"), nullptr);
}

}  // namespace
}  // namespace server
