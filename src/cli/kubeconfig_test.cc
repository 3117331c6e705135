// Which cluster a command goes to, and as whom: kubeconfigs, flags, plugins.
#include "cli/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/stage.h"

namespace cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

constexpr const char* kFile = R"(apiVersion: v1
kind: Config
current-context: dev
contexts:
- name: dev
  context: {cluster: near, user: tom, namespace: play}
- name: prod
  context: {cluster: far, user: plug}
- name: lost
  context: {cluster: none, user: tom}
clusters:
- name: near
  cluster: {server: "https://near:6443", certificate-authority-data: Q0E=}
- name: far
  cluster:
    server: https://far
    certificate-authority: ca.pem
    proxy-url: http://proxy:3128
    tls-server-name: api
users:
- name: tom
  user: {token: of-tom}
- name: basic
  user: {username: u, password: p, as: boss, as-groups: [a, b]}
- name: pair
  user: {client-certificate: own.pem, client-key: /keys/own.key}
- name: old
  user: {auth-provider: {name: gcp}}
- name: plug
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/login
      args: [--region, x]
      env: [{name: A, value: b}]
      interactiveMode: IfAvailable
      provideClusterInfo: true
)";

class Cluster : public testing::Test {
 protected:
  Cluster() {
    put("/home/user/.kube/config", kFile);
    put("/home/user/.kube/ca.pem", "FARCA");
    put("/home/user/.kube/own.pem", "OWN");
    put("/keys/own.key", "KEY");
  }
  void put(const std::string& path, std::string_view text) {
    ASSERT_TRUE(stage_.files.write_durably(path, text, 0600));
  }
  base::Result<ClusterAccess> read(const ClusterOverrides& overrides) {
    return read_kubeconfig(stage_.around, overrides);
  }
  ClusterAccess good(const ClusterOverrides& overrides) {
    auto access = read(overrides);
    EXPECT_TRUE(access) << access.error().to_string();
    return access ? *access : ClusterAccess{};
  }

  Stage stage_;
};

TEST_F(Cluster, TheCurrentContext) {
  const ClusterAccess access = good({});
  EXPECT_EQ(access.endpoint.url, "https://near:6443");
  EXPECT_EQ(access.endpoint.ca_pem, "CA");
  EXPECT_EQ(access.endpoint.bearer_token, "of-tom");
  EXPECT_EQ(access.name_space, "play");
}

TEST_F(Cluster, FlagsWin) {
  ClusterOverrides flags;
  flags.user = "basic";
  flags.server = "other:1";
  flags.as = "me";
  flags.as_groups = {"c"};
  const ClusterAccess access = good(flags);
  EXPECT_EQ(access.endpoint.url, "https://other:1");
  EXPECT_THAT(access.endpoint.headers,
              ElementsAre(Pair("Authorization", "Basic dTpw"), Pair("Impersonate-User", "me"),
                          Pair("Impersonate-Group", "c")));
  flags.token = "t";
  EXPECT_EQ(good(flags).endpoint.bearer_token, "t");
}

TEST_F(Cluster, PathsAreRelativeToTheFile) {
  ClusterOverrides flags;
  flags.cluster = "far";
  flags.user = "pair";
  const sys::Endpoint to = good(flags).endpoint;
  EXPECT_EQ(to.ca_pem, "FARCA");
  EXPECT_EQ(to.client_certificate_pem, "OWN");
  EXPECT_EQ(to.client_key_pem, "KEY");
  EXPECT_EQ(to.proxy_url, "http://proxy:3128");
  EXPECT_EQ(to.tls_server_name, "api");
}

TEST_F(Cluster, APluginSaysWhoWeAre) {
  PluginCall seen;
  stage_.around.run_plugin = [&](const PluginCall& call) -> base::Result<std::string> {
    seen = call;
    return R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",
               "status":{"token":"fresh"}})";
  };
  ClusterOverrides flags;
  flags.context = "prod";
  EXPECT_EQ(good(flags).endpoint.bearer_token, "fresh");
  EXPECT_THAT(seen.argv, ElementsAre("/home/user/.kube/./bin/login", "--region", "x"));
  ASSERT_EQ(seen.environment.size(), 2u);
  EXPECT_THAT(seen.environment[0], Pair("A", "b"));
  EXPECT_THAT(seen.environment[1].second, HasSubstr(R"("server":"https://far")"));
  EXPECT_THAT(seen.environment[1].second, HasSubstr(R"("interactive":false)"));

  stage_.around.run_plugin = [](const PluginCall&) -> base::Result<std::string> { return "hm"; };
  EXPECT_THAT(read(flags).error().text, HasSubstr("gave no ExecCredential"));
  flags.token = "t";  // then nobody asks it
  EXPECT_EQ(good(flags).endpoint.bearer_token, "t");
}

TEST_F(Cluster, SeveralFiles) {
  put("/a", "current-context: x\ncontexts: [{name: x, context: {cluster: near, user: tom}}]\n");
  stage_.around.environment["KUBECONFIG"] = "/a:/missing:/home/user/.kube/config";
  EXPECT_EQ(good({}).endpoint.url, "https://near:6443");
}

TEST_F(Cluster, InAPod) {
  Stage pod;
  ASSERT_TRUE(
      pod.files.write_durably("/var/run/secrets/kubernetes.io/serviceaccount/token", "s", 0600));
  pod.around.environment = {{"KUBERNETES_SERVICE_HOST", "10.0.0.1"},
                            {"KUBERNETES_SERVICE_PORT", "443"}};
  const auto access = read_kubeconfig(pod.around, {});
  ASSERT_TRUE(access);
  EXPECT_EQ(access->endpoint.url, "https://10.0.0.1:443");
  EXPECT_EQ(access->endpoint.bearer_token, "s");
}

TEST_F(Cluster, Mistakes) {
  const auto error = [&](auto change) {
    ClusterOverrides flags;
    change(flags);
    const auto access = read(flags);
    return access ? "" : access.error().to_string();
  };
  EXPECT_THAT(error([](auto& f) { f.kubeconfig = "/missing"; }), HasSubstr("/missing"));
  EXPECT_THAT(error([](auto& f) { f.context = "x"; }), HasSubstr("has no context \"x\""));
  EXPECT_THAT(error([](auto& f) { f.context = "lost"; }), HasSubstr("has no cluster \"none\""));
  EXPECT_THAT(error([](auto& f) { f.user = "old"; }), HasSubstr("auth-provider \"gcp\""));
  EXPECT_THAT(error([](auto& f) { f.client_key = "/keys/own.key"; }),
              HasSubstr("must be provided together"));
  EXPECT_THAT(error([](auto& f) { f.as_uid = "1"; }), HasSubstr("need --as"));
}

struct Case {
  const char* title;
  std::vector<std::string> args;
  std::map<std::string, std::string> environment;
  const char* config;
};

sys::Endpoint endpoint_of(const Case& c) {
  Stage stage(std::vector<Scene>{{"PUT /api/v1/workflows/default/a/suspend", "{}"}});
  stage.around.environment = c.environment;
  EXPECT_TRUE(stage.files.write_durably("/ca", "CA", 0600));
  EXPECT_TRUE(stage.files.write_durably("/home/user/.config/argo/config.yaml", c.config, 0600));
  std::vector<std::string> args = c.args;
  args.insert(args.end(), {"suspend", "a"});
  EXPECT_EQ(stage.run(args), 0) << c.title << stage.err;
  return stage.endpoints.empty() ? sys::Endpoint{} : stage.endpoints[0].value_or(sys::Endpoint{});
}

TEST(Server, FlagsEnvironmentAndFileSayTheSame) {
  const Case cases[] = {
      {"flags",
       {"-s",
        "h:1",
        "--argo-base-href",
        "/argo",
        "-H",
        "X-A: 1,X-B: 2",
        "--request-timeout",
        "2s",
        "--certificate-authority",
        "/ca",
        "--proxy-url",
        "http://p:1",
        "--tls-server-name",
        "tls.test",
        "--argo-http1",
        "--disable-compression",
        "--username",
        "u",
        "--password",
        "p",
        "-k"},
       {},
       ""},
      {"environment",
       {},
       {{"ARGO_SERVER", "h:1"},
        {"ARGO_BASE_HREF", "argo"},
        {"ARGO_HEADER", "X-A: 1,X-B: 2"},
        {"ARGO_REQUEST_TIMEOUT", "2s"},
        {"ARGO_CERTIFICATE_AUTHORITY", "/ca"},
        {"ARGO_PROXY_URL", "http://p:1"},
        {"ARGO_TLS_SERVER_NAME", "tls.test"},
        {"ARGO_HTTP1", "true"},
        {"ARGO_TOKEN", "Basic dTpw"},
        {"ARGO_INSECURE_SKIP_VERIFY", "true"}},
       ""},
      {"file",
       {},
       {},
       "server: h:1\nbaseHref: /argo\nheader: ['X-A: 1', 'X-B: 2']\nrequestTimeout: 2s\n"
       "certificateAuthority: /ca\nproxyUrl: http://p:1\ntlsServerName: tls.test\nhttp1: true\n"
       "username: u\npassword: p\ninsecureSkipVerify: true\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.title);
    const sys::Endpoint to = endpoint_of(c);
    EXPECT_EQ(to.url, "https://h:1/argo");
    EXPECT_THAT(to.headers, testing::UnorderedElementsAre(Pair("Authorization", "Basic dTpw"),
                                                          Pair("X-A", "1"), Pair("X-B", "2")));
    EXPECT_EQ(to.timeout_ms, 2000);
    EXPECT_EQ(to.ca_pem, "CA");
    EXPECT_EQ(to.proxy_url, "http://p:1");
    EXPECT_EQ(to.tls_server_name, "tls.test");
    EXPECT_TRUE(to.insecure_skip_verify);
  }
}

TEST(Server, WhatSaysNothingToItIsRefused) {
  struct Bad {
    std::vector<std::string> args;
    const char* text;
  };
  const Bad cases[] = {
      {{"--token", "t"}, "--token needs a server"},
      {{"-H", "A: b"}, "--header needs a server"},
      {{"-s", "h:1", "--as", "x"}, "--as is for a Kubernetes API"},
      {{"-s", "h:1", "--instanceid", "x"}, "cannot use instance ID with Argo Server"},
      {{"-s", "h:1", "-H", "A"}, "write it as NAME: VALUE"},
      {{"-s", "h:1", "--request-timeout", "soon"}, "--request-timeout: \"soon\""},
      {{"-s", "h:1", "--client-key", "/x"}, "must be provided together"},
      {{"-s", "unix:/x", "--argo-base-href", "/a"}, "a Unix socket has no path"},
      {{"--kubeconfig", "/missing"}, "/missing"},
      {{"--loglevel", "loud"}, "one of debug|info|warn|error"},
  };
  for (const Bad& bad : cases) {
    Stage stage;
    std::vector<std::string> args = bad.args;
    args.insert(args.end(), {"suspend", "a"});
    EXPECT_EQ(stage.run(args), 2) << bad.text;
    EXPECT_THAT(stage.err, HasSubstr(bad.text));
  }
}

TEST(Server, TheKubeconfigSaysWhoWeAreToAFarOne) {
  for (const auto& [server, token] : {std::pair("far:1", "of-tom"), {"localhost:2746", ""}}) {
    Stage stage(std::vector<Scene>{{"PUT /api/v1/workflows/play/a/suspend", "{}"}});
    ASSERT_TRUE(stage.files.write_durably("/home/user/.kube/config", kFile, 0600));
    EXPECT_EQ(stage.run({"-s", server, "-n", "play", "suspend", "a"}), 0) << stage.err;
    ASSERT_TRUE(stage.endpoints[0]);
    EXPECT_EQ(stage.endpoints[0]->bearer_token, token);
    EXPECT_EQ(stage.endpoints[0]->ca_pem, "");
  }
}

TEST(Server, InstanceIds) {
  Stage stage(std::vector<Scene>{
      {"GET /api/v1/workflows/default?fields=metadata%2Citems.metadata.name%2Citems.metadata."
       "creationTimestamp%2Citems.status.finishedAt&listOptions.labelSelector=a%3Db%2Cworkflows."
       "argoproj.io%2Fcontroller-instanceid%3Dmine",
       R"({"items":[]})"}});
  EXPECT_EQ(stage.run({"--instanceid", "mine", "list", "-l", "a=b", "-o", "name"}), 0);
  EXPECT_THAT(stage.unplayed, testing::IsEmpty());

  Stage submit(std::vector<Scene>{{"POST /api/v1/workflows/default", R"({"metadata":{}})"}});
  submit.input =
      "kind: Workflow\napiVersion: argoproj.io/v1alpha1\nmetadata: {name: x}\nspec: {entrypoint: "
      "a, templates: [{name: a, suspend: {}}]}\n";
  submit.around.environment["ARGO_INSTANCEID"] = "mine";
  EXPECT_EQ(submit.run({"submit", "-", "-o", "name"}), 0) << submit.err;
  EXPECT_THAT(submit.bodies.at(0),
              HasSubstr(R"("workflows.argoproj.io/controller-instanceid":"mine")"));

  Stage other(std::vector<Scene>{{"GET /api/v1/workflows/default/x", R"({"metadata":{}})"}});
  EXPECT_EQ(other.run({"--instanceid", "mine", "suspend", "x"}), 1);
  EXPECT_THAT(other.err, HasSubstr("'x' is not managed by the current Argo Server"));
}

TEST(Server, RequestsAreShown) {
  Stage stage(std::vector<Scene>{{"PUT /api/v1/workflows/default/a/suspend", "{}"}});
  EXPECT_EQ(stage.run({"-v", "suspend", "a"}), 0);
  EXPECT_EQ(stage.err, "argo: PUT /api/v1/workflows/default/a/suspend: 200 in 0 ms\n");
  Stage json(std::vector<Scene>{{"PUT /api/v1/workflows/default/a/suspend", "{}"}});
  EXPECT_EQ(json.run({"--loglevel=debug", "--log-format", "json", "suspend", "a"}), 0);
  EXPECT_THAT(json.err, HasSubstr(R"("level":"debug","msg":"PUT /api)"));
}

}  // namespace
}  // namespace cli
