#include "runtime/volumes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runtime/mount_points.h"
#include "runtime/pod_test.h"
#include "runtime/scratch_test.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class VolumesTest : public testing::Test {
 protected:
  VolumesTest()
      : api_({yaml("{kind: ConfigMap, metadata: {name: config, namespace: argo}, "
                   "data: {a.txt: alpha, b.txt: beta}}"),
              yaml("{kind: Secret, metadata: {name: secret, namespace: argo}, "
                   "data: {key: czNjcmV0}}")}) {
    around_.api = &api_;
    around_.pod_dir = (scratch_.path() / "pod").string();
  }
  ~VolumesTest() override { EXPECT_TRUE(release_volumes(around_.pod_dir)); }

  // `volumes`: the list of spec.volumes.
  text::Value pod(const std::string& volumes) const {
    text::Value made = yaml(
        "{metadata: {name: p, namespace: argo, uid: u, labels: {b: '2', a: \"q\\\"1\"}}, spec: "
        "{containers: [{name: main, resources: {limits: {memory: 32Mi}}}]}}");
    made["spec"]["volumes"] = yaml(volumes);
    return made;
  }
  base::Result<std::vector<PreparedVolume>> prepare(const std::string& volumes) {
    return prepare_volumes(pod(volumes), around_);
  }
  base::Result<std::vector<VolumeMount>> mounts(const std::string& volumes, const std::string& rows,
                                                const std::vector<std::string>& env = {}) {
    const auto prepared = prepare(volumes);
    if (!prepared) return tl::unexpected(prepared.error());
    text::Value container = yaml("{name: main}");
    container["volumeMounts"] = yaml(rows);
    return container_mounts(container, *prepared, env, around_);
  }
  static mode_t mode_of(const fs::path& path) {
    struct stat status = {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777;
  }

  Scratch scratch_;
  KeptObjects api_;
  PodSurroundings around_;
};

TEST_F(VolumesTest, AnEmptyDirIsForEverybodyAndKeptWhenPreparedAgain) {
  const auto volumes = prepare("[{name: work, emptyDir: {}}, {name: plain}]");
  ASSERT_TRUE(volumes) << volumes.error().to_string();
  const fs::path work = (*volumes)[0].host_path;
  EXPECT_EQ(mode_of(work), 0777u);
  EXPECT_FALSE((*volumes)[0].read_only);
  EXPECT_EQ(mode_of((*volumes)[1].host_path), 0777u) << "no source means emptyDir";
  std::ofstream(work / "kept") << "kept";
  ASSERT_TRUE(prepare("[{name: work, emptyDir: {sizeLimit: 1Gi}}]"));
  EXPECT_EQ(read_text(work / "kept"), "kept");
  EXPECT_EQ(prepare("[{name: work, emptyDir: {sizeLimit: 1Gi}}]")->front().size_limit_bytes,
            int64_t{1} << 30);
}

TEST_F(VolumesTest, MemoryIsATmpfsOfTheGivenSize) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to mount";
  const std::string volume = "[{name: ram, emptyDir: {medium: Memory, sizeLimit: 8Mi}}]";
  const auto volumes = prepare(volume);
  ASSERT_TRUE(volumes) << volumes.error().to_string();
  struct statfs status = {};
  ASSERT_EQ(::statfs(volumes->front().host_path.c_str(), &status), 0);
  EXPECT_EQ(status.f_type, 0x01021994) << "tmpfs";
  EXPECT_EQ(status.f_blocks * static_cast<uint64_t>(status.f_bsize), 8u << 20);
  EXPECT_EQ(mode_of(volumes->front().host_path), 0777u);
  ASSERT_TRUE(prepare(volume));
  EXPECT_EQ(mounts_below(around_.pod_dir).size(), 1u) << "not mounted twice";
  ASSERT_TRUE(release_volumes(around_.pod_dir));
  EXPECT_TRUE(mounts_below(around_.pod_dir).empty());
  EXPECT_FALSE(fs::exists(volumes->front().host_path));
  EXPECT_TRUE(release_volumes(around_.pod_dir)) << "safe to repeat";
}

TEST_F(VolumesTest, ConfigMapsAndSecretsBecomeFiles) {
  const auto volumes = prepare(
      "[{name: all, configMap: {name: config}}, "
      "{name: some, configMap: {name: config, defaultMode: 0400, items: [{key: a.txt, path: x/y}, "
      "{key: b.txt, path: z, mode: 0755}]}}, "
      "{name: s, secret: {secretName: secret}}, "
      "{name: none, configMap: {name: missing, optional: true}}]");
  ASSERT_TRUE(volumes) << volumes.error().to_string();
  const auto in = [&](size_t i) { return fs::path((*volumes)[i].host_path); };
  EXPECT_EQ(read_text(in(0) / "a.txt"), "alpha");
  EXPECT_EQ(mode_of(in(0) / "a.txt"), 0644u);
  EXPECT_TRUE((*volumes)[0].read_only);
  EXPECT_EQ(read_text(in(1) / "x/y"), "alpha");
  EXPECT_EQ(mode_of(in(1) / "x/y"), 0400u);
  EXPECT_EQ(mode_of(in(1) / "z"), 0755u);
  EXPECT_FALSE(fs::exists(in(1) / "a.txt"));
  EXPECT_EQ(read_text(in(2) / "key"), "s3cret");
  EXPECT_TRUE(fs::is_empty(in(3)));
}

TEST_F(VolumesTest, TheDownwardApiAndProjectionsBecomeFiles) {
  const auto volumes = prepare(
      "[{name: d, downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}, "
      "{path: name, fieldRef: {fieldPath: metadata.name}, mode: 0600}, {path: mem, "
      "resourceFieldRef: {containerName: main, resource: limits.memory, divisor: 1Mi}}]}}, "
      "{name: p, projected: {defaultMode: 0440, sources: [{configMap: {name: config, "
      "items: [{key: a.txt, path: c/a}]}}, {secret: {name: secret}}, "
      "{downwardAPI: {items: [{path: uid, fieldRef: {fieldPath: metadata.uid}}]}}]}}]");
  ASSERT_TRUE(volumes) << volumes.error().to_string();
  const fs::path down = volumes->front().host_path, projected = volumes->back().host_path;
  EXPECT_EQ(read_text(down / "labels"), "a=\"q\\\"1\"\nb=\"2\"");
  EXPECT_EQ(read_text(down / "name"), "p");
  EXPECT_EQ(mode_of(down / "name"), 0600u);
  EXPECT_EQ(read_text(down / "mem"), "32");
  EXPECT_EQ(read_text(projected / "c/a"), "alpha");
  EXPECT_EQ(mode_of(projected / "c/a"), 0440u);
  EXPECT_EQ(read_text(projected / "key"), "s3cret");
  EXPECT_EQ(read_text(projected / "uid"), "u");
}

TEST_F(VolumesTest, AHostPathIsCheckedByItsType) {
  const std::string dir = (scratch_.path() / "host").string();
  const auto try_path = [&](const std::string& path, const std::string& type) {
    return prepare("[{name: h, hostPath: {path: " + path + ", type: " + type + "}}]");
  };
  EXPECT_THAT(try_path(dir, "Directory").error().text, HasSubstr("there is no"));
  EXPECT_TRUE(try_path(dir, "DirectoryOrCreate"));
  EXPECT_TRUE(try_path(dir, "Directory"));
  EXPECT_EQ(try_path(dir, "''")->front().host_path, dir);
  EXPECT_THAT(try_path(dir, "File").error().text, HasSubstr("is not a file"));
  EXPECT_TRUE(try_path(dir + "/f", "FileOrCreate"));
  EXPECT_TRUE(try_path(dir + "/f", "File"));
  EXPECT_TRUE(try_path("/dev/null", "CharDevice"));
  EXPECT_THAT(try_path("/dev/null", "Socket").error().text, HasSubstr("is not a socket"));
  EXPECT_THAT(try_path("relative", "''").error().text, HasSubstr("must be absolute"));
  EXPECT_THAT(try_path(dir, "Tape").error().text, HasSubstr("\"Tape\" is unknown"));
  ASSERT_TRUE(release_volumes(around_.pod_dir));
  EXPECT_TRUE(fs::exists(dir + "/f")) << "a hostPath is never removed";
}

struct Refusal {
  const char *volumes, *error;
  base::Code code;
};
class Refusals : public VolumesTest, public testing::WithParamInterface<Refusal> {};

TEST_P(Refusals, NameTheField) {
  const auto volumes = prepare(GetParam().volumes);
  ASSERT_FALSE(volumes);
  EXPECT_THAT(volumes.error().text, HasSubstr(GetParam().error));
  EXPECT_EQ(volumes.error().code, GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    Spec, Refusals,
    testing::Values(
        Refusal{"[{name: a}, {name: b, persistentVolumeClaim: {claimName: c}}]",
                "spec.volumes[1].persistentVolumeClaim is not supported", base::Code::kUnsupported},
        Refusal{"[{name: a, nfs: {server: s, path: /}}]", "spec.volumes[0].nfs",
                base::Code::kUnsupported},
        Refusal{"[{name: a, csi: {driver: d}}]", "spec.volumes[0].csi", base::Code::kUnsupported},
        Refusal{"[{name: a, emptyDir: {medium: HugePages}}]", "emptyDir.medium",
                base::Code::kUnsupported},
        Refusal{"[{name: a, projected: {sources: [{serviceAccountToken: {path: t}}]}}]",
                "spec.volumes[0].projected.sources[0].serviceAccountToken",
                base::Code::kUnsupported},
        Refusal{"[{name: a, emptyDir: {}, secret: {secretName: s}}]", "one source, not 2",
                base::Code::kInvalid},
        Refusal{"[{name: a}, {name: a}]", "\"a\" is there twice", base::Code::kInvalid},
        Refusal{"[{name: ../x}]", "is no volume name", base::Code::kInvalid},
        Refusal{"[{name: a, emptyDir: {sizeLimit: many}}]", "emptyDir.sizeLimit",
                base::Code::kInvalid},
        Refusal{"[{name: a, configMap: {name: config, items: [{key: a.txt, path: ../up}]}}]",
                "must not contain '..'", base::Code::kInvalid},
        Refusal{"[{name: a, configMap: {name: config, items: [{key: nope, path: x}]}}]",
                "has no key \"nope\"", base::Code::kNotFound},
        Refusal{"[{name: a, configMap: {name: config, defaultMode: 1000}}]",
                "configMap.defaultMode", base::Code::kInvalid},
        Refusal{"[{name: a, secret: {secretName: nope}}]", "secret \"nope\" not found",
                base::Code::kNotFound}));

TEST_F(VolumesTest, MountsAreOrderedAndChecked) {
  const std::string volumes = "[{name: a, emptyDir: {}}, {name: c, configMap: {name: config}}]";
  const auto made = mounts(volumes,
                           "[{name: a, mountPath: /data/in/}, {name: c, mountPath: /data}, "
                           "{name: a, mountPath: rel, readOnly: true, "
                           "mountPropagation: HostToContainer}]");
  ASSERT_TRUE(made) << made.error().to_string();
  ASSERT_EQ(made->size(), 3u);
  EXPECT_EQ((*made)[0].destination, "/data");
  EXPECT_TRUE((*made)[0].read_only) << "a configMap always is";
  EXPECT_EQ((*made)[1].destination, "/rel");
  EXPECT_TRUE((*made)[1].read_only);
  EXPECT_EQ((*made)[1].propagation, "rslave");
  EXPECT_EQ((*made)[2].destination, "/data/in") << "below /data, so mounted after it";
  EXPECT_FALSE((*made)[2].read_only);
  for (const auto& [rows, error] : std::vector<std::pair<std::string, std::string>>{
           {"[{name: nope, mountPath: /x}]", "there is no volume \"nope\""},
           {"[{name: a, mountPath: /}]", "no place to mount at"},
           {"[{name: a, mountPath: /x}, {name: c, mountPath: /y/../x}]", "is there twice"},
           {"[{name: a, mountPath: /x, mountPropagation: Odd}]", "mountPropagation"},
           {"[{name: a, mountPath: /x, subPath: a, subPathExpr: b}]", "subPath and subPathExpr"},
           {"[{name: a, mountPath: /x, subPath: a/../../b}]", "leads out of its volume"},
           {"[{name: a, mountPath: /x, subPath: /a}]", "must be relative"},
           {"[{name: a, mountPath: /x, subPathExpr: $(NO)}]", "a variable that is not set"},
           {"[{name: a, mountPath: /x, recursiveReadOnly: Enabled}]", "recursiveReadOnly"}}) {
    const auto refused = mounts(volumes, rows);
    ASSERT_FALSE(refused) << rows;
    EXPECT_THAT(refused.error().text, HasSubstr(error));
  }
}

TEST_F(VolumesTest, ASubPathIsMadeAndPinned) {
  const std::string volumes = "[{name: a, emptyDir: {}}, {name: c, configMap: {name: config}}]";
  const auto made = mounts(volumes,
                           "[{name: a, mountPath: /x, subPathExpr: runs/$(ID)}, "
                           "{name: c, mountPath: /etc/a.txt, subPath: a.txt}]",
                           {"ID=7"});
  ASSERT_TRUE(made) << made.error().to_string();
  const fs::path volume = fs::path(around_.pod_dir) / "volumes/a";
  EXPECT_EQ(mode_of(volume / "runs/7"), 0777u);
  std::ofstream(fs::path((*made)[0].host_path) / "file") << "through the pin";
  EXPECT_EQ(read_text(volume / "runs/7/file"), "through the pin");
  EXPECT_EQ(read_text((*made)[1].host_path), "alpha");
  ASSERT_TRUE(mounts(volumes, "[{name: a, mountPath: /x, subPath: runs/7}]")) << "again";
  ASSERT_TRUE(release_volumes(around_.pod_dir));
  EXPECT_TRUE(mounts_below(around_.pod_dir).empty());
}

TEST_F(VolumesTest, ASymbolicLinkCannotLeadASubPathOut) {
  const fs::path secret = scratch_.path() / "secret";
  fs::create_directories(secret);
  std::ofstream(secret / "file") << "untouched";
  ASSERT_TRUE(prepare("[{name: a, emptyDir: {}}]"));
  const fs::path volume = fs::path(around_.pod_dir) / "volumes/a";
  fs::create_directories(volume / "inside");
  fs::create_directory_symlink(secret, volume / "absolute");
  fs::create_directory_symlink("../../../secret", volume / "relative");
  fs::create_directory_symlink("inside", volume / "fine");
  for (const char* bad : {"absolute", "absolute/file", "relative", "relative/new"}) {
    const auto made = mounts("[{name: a, emptyDir: {}}]",
                             std::string("[{name: a, mountPath: /x, subPath: ") + bad + "}]");
    ASSERT_FALSE(made) << bad;
    EXPECT_EQ(made.error().code, base::Code::kInvalid);
    EXPECT_THAT(made.error().text, HasSubstr("leads out of its volume"));
  }
  EXPECT_FALSE(fs::exists(secret / "new"));
  EXPECT_TRUE(mounts("[{name: a, emptyDir: {}}]", "[{name: a, mountPath: /x, subPath: fine}]"));
}

TEST_F(VolumesTest, APinnedHostPathOutlivesTheRelease) {
  const fs::path host = scratch_.path() / "host";
  fs::create_directories(host / "sub");
  std::ofstream(host / "sub/precious") << "precious";
  const auto made = mounts("[{name: h, hostPath: {path: " + host.string() + "}}]",
                           "[{name: h, mountPath: /x, subPath: sub}]");
  ASSERT_TRUE(made) << made.error().to_string();
  EXPECT_EQ(read_text(fs::path(made->front().host_path) / "precious"), "precious");
  ASSERT_TRUE(release_volumes(around_.pod_dir));
  EXPECT_EQ(read_text(host / "sub/precious"), "precious");
}

TEST_F(VolumesTest, TheFsGroupMayUseTheVolumes) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to give files away";
  text::Value with_group =
      pod("[{name: a, emptyDir: {}}, {name: s, secret: {secretName: secret, "
          "defaultMode: 0400}}]");
  with_group["spec"]["securityContext"]["fsGroup"] = 2000;
  const auto volumes = prepare_volumes(with_group, around_);
  ASSERT_TRUE(volumes) << volumes.error().to_string();
  struct stat status = {};
  ASSERT_EQ(::stat(volumes->front().host_path.c_str(), &status), 0);
  EXPECT_EQ(status.st_gid, 2000u);
  EXPECT_TRUE(status.st_mode & S_ISGID);
  ASSERT_EQ(::stat((volumes->back().host_path + "/key").c_str(), &status), 0);
  EXPECT_EQ(status.st_gid, 2000u);
  EXPECT_EQ(status.st_mode & 0777, 0440u);
}

TEST(MountInfo, BlanksInAPathAreRead) {
  EXPECT_THAT(parse_mountinfo("36 35 98:0 / /mnt/two\\040words rw - ext4 /dev/sda rw\n"
                              "37 35 0:5 / /proc rw - proc proc rw\nshort line\n"),
              ElementsAre("/mnt/two words", "/proc"));
}

}  // namespace
}  // namespace runtime
