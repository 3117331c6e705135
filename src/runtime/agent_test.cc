// Pods that run and end: what a user sees of them. Real containers.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <fstream>

#include "runtime/container_dir.h"
#include "runtime/machine_test.h"
#include "text/json.h"

namespace runtime {
namespace {

using testing::HasSubstr;

std::string quoted(const std::string& text) { return text::to_json(text::Value(text)); }

std::string spec(const std::string& script, const std::string& more = "") {
  return "containers:\n- name: main\n  image: busybox\n  command: [sh, -c, " + quoted(script) +
         "]\n" + more;
}

// One agent for all of these: the tests do not touch each other's pods.
class AgentRuns : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (can_run_containers()) machine_ = std::make_unique<Machine>();
  }
  static void TearDownTestSuite() { machine_.reset(); }
  void SetUp() override { NEEDS_CONTAINERS(); }
  static std::unique_ptr<Machine> machine_;
  Machine& machine() { return *machine_; }
};
std::unique_ptr<Machine> AgentRuns::machine_;

struct EndCase {
  const char *name, *spec, *phase;
  int exit_code;
  const char *reason, *message, *log;
};
class AgentEnds : public AgentRuns, public testing::WithParamInterface<EndCase> {};

TEST_P(AgentEnds, AsTheUserSeesIt) {
  const EndCase& c = GetParam();
  machine().create(c.name, c.spec);
  const text::Value pod = machine().wait_end(c.name);
  EXPECT_EQ(pod.string_at("status", "phase"), c.phase) << to_json(pod);
  EXPECT_EQ(exit_code(pod), c.exit_code) << to_json(pod);
  EXPECT_EQ(terminated(pod).string_at("reason"), c.reason);
  EXPECT_THAT(std::string(terminated(pod).string_at("message")), HasSubstr(c.message));
  EXPECT_THAT(machine().log(c.name), HasSubstr(c.log));
}

INSTANTIATE_TEST_SUITE_P(
    Pods, AgentEnds,
    testing::Values(
        EndCase{"success", "containers: [{name: main, image: busybox, command: [echo, hello]}]",
                "Succeeded", 0, "Completed", "", "hello\n"},
        EndCase{"failure",
                "containers: [{name: main, image: busybox, command: [sh, -c, 'echo no; exit 7']}]",
                "Failed", 7, "Error", "", "no\n"},
        EndCase{"signal",
                "containers: [{name: main, image: busybox, command: [sh, -c, 'sleep 9 & kill -9 "
                "$!; wait $!']}]",
                "Failed", 137, "Error", "", ""},
        EndCase{"missing-command",
                "containers: [{name: main, image: busybox, command: [no-such-program]}]", "Failed",
                128, "StartError", "no-such-program", "no-such-program"},
        EndCase{"numeric-user",
                "containers: [{name: main, image: busybox, command: [id, -u], securityContext: "
                "{runAsUser: 12345, runAsGroup: 54321}}]",
                "Succeeded", 0, "Completed", "", "12345\n"},
        EndCase{"non-root-refused",
                "containers: [{name: main, image: busybox, command: [id], securityContext: "
                "{runAsNonRoot: true}}]",
                "Failed", 128, "StartError", "runAsNonRoot", ""},
        EndCase{"read-only-root",
                "containers: [{name: main, image: busybox, command: [sh, -c, 'touch /x || exit 3'],"
                " securityContext: {readOnlyRootFilesystem: true}}]",
                "Failed", 3, "Error", "", "Read-only file system"},
        EndCase{"image-without-shell", "containers: [{name: main, image: bare}]", "Succeeded", 0,
                "Completed", "", "from the image\n"},
        EndCase{"arguments-for-the-entrypoint",
                "containers: [{name: main, image: bare, args: [$(A), '$$(A)'], env: [{name: A, "
                "value: x}]}]",
                "Succeeded", 0, "Completed", "", "x $(A)\n"},
        EndCase{"image-config", "containers: [{name: main, image: app}]", "Succeeded", 0,
                "Completed", "", "77\n88\n/tmp\nyes\n"},
        EndCase{"out-of-memory",
                "containers: [{name: main, image: busybox, command: [sh, -c, 'x=a; while true; do "
                "x=$x$x$x; done'], resources: {limits: {memory: 16Mi}}}]",
                "Failed", 137, "OOMKilled", "memory", ""},
        EndCase{"working-dir",
                "containers: [{name: main, image: busybox, command: [pwd], workingDir: /etc}]",
                "Succeeded", 0, "Completed", "", "/etc\n"},
        EndCase{"hostname", "containers: [{name: main, image: busybox, command: [hostname]}]",
                "Succeeded", 0, "Completed", "", "hostname\n"},
        EndCase{"no-new-mounts",
                "containers: [{name: main, image: busybox, command: [sh, -c, 'mount -t tmpfs x "
                "/tmp; unshare -m true; exit 4']}]",
                "Failed", 4, "Error", "", "denied"},
        EndCase{"termination-message",
                "containers: [{name: main, image: busybox, command: [sh, -c, 'echo why > "
                "/dev/termination-log; exit 1'], terminationMessagePolicy: File}]",
                "Failed", 1, "Error", "why", ""},
        EndCase{"cpu-limit",
                "containers: [{name: main, image: busybox, command: [\"true\"], resources: "
                "{limits: {cpu: 500m, memory: 64Mi}}}]",
                "Succeeded", 0, "Completed", "", ""}),
    [](const auto& row) {
      std::string name = row.param.name;
      for (char& c : name)
        if (c == '-') c = '_';
      return name;
    });

TEST_F(AgentRuns, OutputsComeWithTheLastStatus) {
  machine().create("outputs",
                   spec("echo 42; mkdir /tmp/d; printf hello > /tmp/d/x; ln -s /tmp/d/x /tmp/y",
                        "  volumeMounts: [{name: v, mountPath: /data}]\nvolumes: [{name: v, "
                        "emptyDir: {}}]\n"),
                   R"({"result": true, "parameters": [{"name": "p", "path": "/tmp/y"},
                    {"name": "q", "path": "/data/none", "optional": true}]})");
  const text::Value pod = machine().wait_end("outputs");
  EXPECT_EQ(pod.string_at("metadata", "annotations", kube::kOutputs),
            R"({"result":"42","exitCode":"0","parameters":[{"name":"p","value":"hello"}],)"
            R"("missing":["q"]})")
      << to_json(pod);
}

TEST_F(AgentRuns, AnOutputOnAVolumeIsRead) {
  machine().create("volume-output",
                   spec("echo -n deep > /data/sub/x",
                        "  volumeMounts: [{name: v, mountPath: /data/sub, subPath: a/b}]\n"
                        "volumes: [{name: v, emptyDir: {}}]\n"),
                   R"({"parameters": [{"name": "p", "path": "/data/sub/x"}]})");
  const text::Value pod = machine().wait_end("volume-output");
  EXPECT_THAT(std::string(pod.string_at("metadata", "annotations", kube::kOutputs)),
              HasSubstr(R"("value":"deep")"))
      << to_json(pod);
}

TEST_F(AgentRuns, AnOutputThatLeadsOutOfTheContainerStaysInside) {
  std::ofstream(machine().folder() + "/secret") << "host";
  machine().create("escape", spec("ln -s " + machine().folder() + "/secret /out"),
                   R"({"parameters": [{"name": "p", "path": "/out"}]})");
  const text::Value pod = machine().wait_end("escape");
  const std::string outputs(pod.string_at("metadata", "annotations", kube::kOutputs));
  EXPECT_THAT(outputs, HasSubstr(R"("error":"cannot read /out: No such file)"));
}

TEST_F(AgentRuns, AStepCannotForgeItsExitOrItsLog) {
  const std::string state = machine().state_folder("forger");
  machine().create("forger", spec("mkdir -p " + state + "; echo '{\"exitCode\":0}' > " + state +
                                  "/state; echo forged >> " + state + "/log; exit 5"));
  const text::Value pod = machine().wait_end("forger");
  EXPECT_EQ(exit_code(pod), 5);
  EXPECT_EQ(machine().log("forger"), "");
}

TEST_F(AgentRuns, AStepThatIgnoresTermAndForksIsKilledAfterItsGrace) {
  machine().create("stubborn",
                   spec("trap '' TERM; (trap '' TERM; sleep 300) & echo up; sleep 300; sleep 300",
                        "terminationGracePeriodSeconds: 1\n"));
  machine().wait_running("stubborn");
  machine().annotate("stubborn", kube::kStop, "TERM");
  const text::Value pod = machine().wait_end("stubborn", 15);
  EXPECT_EQ(exit_code(pod), 137) << to_json(pod);
}

TEST_F(AgentRuns, AStepWithoutAHandlerEndsAtTerm) {
  machine().create("plain", spec("sleep 300"));
  machine().wait_running("plain");
  machine().annotate("plain", kube::kStop, "TERM");
  const text::Value pod = machine().wait_end("plain", 10);
  EXPECT_EQ(exit_code(pod), 143) << to_json(pod);
}

TEST_F(AgentRuns, AHandlerOfTermDecidesHowItEnds) {
  machine().create("polite", spec("trap 'echo bye; exit 9' TERM; sleep 300 & wait"));
  machine().wait_running("polite");
  machine().annotate("polite", kube::kStop, "TERM");
  const text::Value pod = machine().wait_end("polite", 10);
  EXPECT_EQ(exit_code(pod), 9);
  EXPECT_EQ(machine().log("polite"), "bye\n");
}

TEST_F(AgentRuns, TheDeadlineEndsIt) {
  machine().create("late", spec("sleep 300", "activeDeadlineSeconds: 1\n"));
  const text::Value pod = machine().wait_end("late", 15);
  EXPECT_EQ(pod.string_at("status", "reason"), "DeadlineExceeded") << to_json(pod);
  EXPECT_EQ(pod.string_at("status", "phase"), "Failed");
}

TEST_F(AgentRuns, AHundredMegabytesOfOutputAreKept) {
  machine().create("much",
                   spec("yes 0123456789012345678901234567890123456789 | head -c "
                        "100000000; echo; echo last"),
                   R"({"result": true})");
  const text::Value pod = machine().wait_end("much", 60);
  const auto outputs = text::parse_json(pod.string_at("metadata", "annotations", kube::kOutputs));
  ASSERT_TRUE(outputs) << to_json(pod).substr(0, 2000);
  const std::string_view result = outputs->string_at("result");
  EXPECT_EQ(result.size(), 256 * 1024 - 1);
  EXPECT_TRUE(result.ends_with("\nlast"));
  size_t bytes = 0;
  kube::LogOptions options;
  ASSERT_TRUE(machine().agent().logs("uid-much", options, [&](std::string_view line) {
    bytes += line.size() + 1;
    return true;
  }));
  EXPECT_EQ(bytes, 100'000'000u + 1 + 5);
}

TEST_F(AgentRuns, BinaryOutputIsKeptInTheLogAndMadeValidInTheResult) {
  machine().create("binary", spec(R"(printf '\377\000a\nb\200')"), R"({"result": true})");
  const text::Value pod = machine().wait_end("binary");
  EXPECT_EQ(machine().log("binary"), std::string("\377\0a\nb\200\n", 7));
  const auto outputs = text::parse_json(pod.string_at("metadata", "annotations", kube::kOutputs));
  ASSERT_TRUE(outputs);
  EXPECT_EQ(outputs->string_at("result"), std::string_view("\xEF\xBF\xBD\0a\nb\xEF\xBF\xBD", 10));
}

TEST_F(AgentRuns, TheTailOfALog) {
  machine().create("tail", spec("seq 1 5"));
  machine().wait_end("tail");
  kube::LogOptions options;
  options.tail_lines = 2;
  std::vector<std::string> lines;
  ASSERT_TRUE(machine().agent().logs("uid-tail", options, [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  }));
  EXPECT_THAT(lines, testing::ElementsAre("4", "5"));
}

TEST_F(AgentRuns, ALogIsFollowedToItsEnd) {
  machine().create("follow", spec("for i in 1 2 3; do echo $i; sleep 0.1; done"));
  kube::LogOptions options;
  options.follow = true;
  std::string lines;
  machine().api.wait_for(
      "follow", [](const text::Value& pod) { return !pod.string_at("status", "phase").empty(); });
  ASSERT_TRUE(machine().agent().logs("uid-follow", options, [&](std::string_view line) {
    lines.append(line);
    return true;
  }));
  EXPECT_EQ(lines, "123");
}

TEST_F(AgentRuns, InitContainersGoFirstInOrderAndSidecarsEndWithMain) {
  machine().create("order", R"(
terminationGracePeriodSeconds: 2
volumes: [{name: v, emptyDir: {}}]
initContainers:
- {name: one, image: busybox, command: [sh, -c, 'echo one >> /v/x'],
   volumeMounts: [{name: v, mountPath: /v}]}
- {name: two, image: busybox, command: [sh, -c, 'echo two >> /v/x'],
   volumeMounts: [{name: v, mountPath: /v}]}
containers:
- {name: main, image: busybox, command: [sh, -c,
   'cat /v/x; until [ -e /v/up ]; do sleep 0.01; done'],
   volumeMounts: [{name: v, mountPath: /v}]}
- {name: helper, image: busybox, command: [sh, -c, 'touch /v/up; sleep 300'],
   volumeMounts: [{name: v, mountPath: /v}]}
)");
  const text::Value pod = machine().wait_end("order");
  EXPECT_EQ(pod.string_at("status", "phase"), "Succeeded") << to_json(pod);
  EXPECT_EQ(machine().log("order"), "one\ntwo\n");
  EXPECT_EQ(exit_code(pod, 1), 143);
}

TEST_F(AgentRuns, AFailedInitContainerFailsThePodAndMainNeverBegins) {
  machine().create("bad-init", R"(
initContainers: [{name: one, image: busybox, command: [sh, -c, 'exit 3']}]
containers: [{name: main, image: busybox, command: [echo, never]}]
)");
  const text::Value pod = machine().wait_end("bad-init");
  EXPECT_EQ(pod.string_at("status", "phase"), "Failed");
  EXPECT_TRUE(terminated(pod).is_null()) << to_json(pod);
}

TEST_F(AgentRuns, ContainersOfAPodShareTheirLoopback) {
  machine().create("shared", R"(
terminationGracePeriodSeconds: 1
containers:
- name: main
  image: busybox
  command: [sh, -c, 'until wget -q -O - http://127.0.0.1:8080/x; do sleep 0.05; done']
- name: server
  image: busybox
  command: [sh, -c, 'mkdir /w; echo served > /w/x; exec httpd -f -p 8080 -h /w']
)");
  const text::Value pod = machine().wait_end("shared");
  EXPECT_EQ(pod.string_at("status", "phase"), "Succeeded") << to_json(pod);
  EXPECT_THAT(machine().log("shared"), HasSubstr("served\n"));
}

std::string web_server(const std::string& text) {
  return "terminationGracePeriodSeconds: 1\ncontainers:\n- name: main\n  image: busybox\n"
         "  command: [sh, -c, 'mkdir /w; echo " +
         text +
         " > /w/x; exec httpd -f -p 8080 -h /w']\n"
         "  readinessProbe: {httpGet: {path: /x, port: 8080}, periodSeconds: 1}\n";
}

bool is_ready(const text::Value& pod) {
  const text::Value* const all = pod.find_path("status", "containerStatuses");
  if (all == nullptr || all->as_list().empty()) return false;
  const text::Value* const ready = all->as_list()[0].find("ready");
  return ready != nullptr && ready->as_bool();
}

TEST_F(AgentRuns, TwoPodsListenOnOnePortAndAThirdReachesBoth) {
  machine().create("web-1", web_server("first"));
  machine().create("web-2", web_server("second"));
  const text::Value one = machine().api.wait_for("web-1", is_ready);
  const text::Value two = machine().api.wait_for("web-2", is_ready);
  ASSERT_TRUE(is_ready(one) && is_ready(two)) << to_json(one) << to_json(two);
  const std::string first(one.string_at("status", "podIP")),
      second(two.string_at("status", "podIP"));
  EXPECT_NE(first, second);
  machine().create("client", spec("wget -q -O - http://" + first + ":8080/x; wget -q -O - http://" +
                                  second + ":8080/x"));
  machine().wait_end("client");
  EXPECT_EQ(machine().log("client"), "first\nsecond\n");
  for (const char* name : {"web-1", "web-2"}) machine().annotate(name, kube::kStop, "KILL");
  EXPECT_EQ(exit_code(machine().wait_end("web-1")), 137);
  EXPECT_EQ(exit_code(machine().wait_end("web-2")), 137);
}

TEST_F(AgentRuns, ThePodCannotReachTheHostsLoopback) {
  const sys::Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  socklen_t size = sizeof address;
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  const std::string port = std::to_string(ntohs(address.sin_port));
  machine().create("loopback", spec("nc -w 1 127.0.0.1 " + port +
                                    " </dev/null && exit 0; gw=$(ip "
                                    "route | sed -n 's/default via //;s/ .*//p' | head -1); nc -w "
                                    "1 $gw " +
                                    port + " </dev/null && exit 0; exit 6"));
  EXPECT_EQ(exit_code(machine().wait_end("loopback")), 6);
}

TEST_F(AgentRuns, ProbesDecideReadinessAndLife) {
  machine().create("alive", R"(
terminationGracePeriodSeconds: 1
containers:
- name: main
  image: busybox
  command: [sh, -c, 'touch /alive; sleep 1.5; rm /alive; sleep 300']
  readinessProbe: {exec: {command: [test, -e, /alive]}, periodSeconds: 1}
  livenessProbe: {exec: {command: [test, -e, /alive]}, periodSeconds: 1, failureThreshold: 1}
)");
  EXPECT_TRUE(is_ready(machine().api.wait_for("alive", is_ready)));
  const text::Value pod = machine().wait_end("alive");
  EXPECT_EQ(terminated(pod).string_at("reason"), "Unhealthy") << to_json(pod);
}

struct RefusedCase {
  const char *name, *spec, *message;
};
class AgentRefuses : public AgentRuns, public testing::WithParamInterface<RefusedCase> {};

TEST_P(AgentRefuses, ByTheFieldsName) {
  machine().create(GetParam().name, GetParam().spec);
  const text::Value pod = machine().wait_end(GetParam().name);
  EXPECT_EQ(pod.string_at("status", "phase"), "Failed");
  EXPECT_THAT(std::string(pod.string_at("status", "message")), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, AgentRefuses,
    testing::Values(
        RefusedCase{"host-pid", "hostPID: true\ncontainers: [{name: main, image: busybox}]",
                    "spec.hostPID"},
        RefusedCase{"restart", "restartPolicy: Always\ncontainers: [{name: main, image: busybox}]",
                    "spec.restartPolicy"},
        RefusedCase{"lifecycle",
                    "containers: [{name: main, image: busybox, lifecycle: {preStop: {}}}]",
                    "spec.containers[0].lifecycle"},
        RefusedCase{"volume",
                    "volumes: [{name: v, nfs: {}}]\ncontainers: [{name: main, image: "
                    "busybox}]",
                    "nfs"},
        RefusedCase{"bad-quantity",
                    "containers: [{name: main, image: busybox, resources: {limits: {cpu: fast}}}]",
                    "spec.containers[0].resources.limits.cpu"},
        RefusedCase{"two-of-a-name",
                    "containers: [{name: main, image: busybox}, {name: main, image: busybox}]",
                    "main"}),
    [](const auto& row) {
      std::string name = row.param.name;
      for (char& c : name)
        if (c == '-') c = '_';
      return name;
    });

TEST_F(AgentRuns, AnImageThatIsNowhereKeepsThePodPendingWithTheReason) {
  machine().create("no-image", "containers: [{name: main, image: example.invalid/none:1}]");
  const text::Value pod = machine().api.wait_for("no-image", [](const text::Value& p) {
    const text::Value* const all = p.find_path("status", "containerStatuses");
    return all != nullptr && !all->as_list().empty() &&
           all->as_list()[0].string_at("state", "waiting", "reason") == "ErrImagePull";
  });
  EXPECT_EQ(pod.string_at("status", "phase"), "Pending") << to_json(pod);
  machine().annotate("no-image", kube::kStop, "TERM");
  EXPECT_EQ(machine().wait_end("no-image").string_at("status", "phase"), "Failed");
}

}  // namespace
}  // namespace runtime
