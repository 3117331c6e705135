#include "runtime/image_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <atomic>
#include <thread>

#include "runtime/registry_test.h"
#include "text/base64.h"
#include "text/json.h"

namespace runtime {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

void run(const std::vector<std::string>& argv) {
  const auto result = run_command(argv);
  ASSERT_TRUE(result) << result.error().to_string();
  ASSERT_EQ(result->exit_code, 0) << argv[0] << ": " << result->err;
}

std::string sha256_file(const fs::path& path) {
  return run_command({"sha256sum", path.string()})->out.substr(0, 64);
}

// An OCI layout with the given layers, each a folder's contents, and configuration.
class LayoutMaker {
 public:
  explicit LayoutMaker(fs::path folder) : folder_(std::move(folder)) {
    fs::create_directories(folder_ / "blobs/sha256");
    std::ofstream(folder_ / "oci-layout") << R"({"imageLayoutVersion":"1.0.0"})";
  }
  // A layer of one file.
  LayoutMaker& layer(const std::string& path, const std::string& text) {
    const fs::path content = folder_ / "content";
    fs::create_directories((content / path).parent_path());
    std::ofstream(content / path) << text;
    const fs::path tar = folder_ / "layer.tar";
    run({"tar", "-C", content.string(), "--sort=name", "--mtime=@0", "--owner=0", "--group=0",
         "-cf", tar.string(), "."});
    fs::remove_all(content);
    diff_ids_ += (diff_ids_.empty() ? "\"sha256:" : ",\"sha256:") + sha256_file(tar) + "\"";
    run({"gzip", "-n", tar.string()});
    layers_ += (layers_.empty() ? "" : ",") +
               put(tar.string() + ".gz", "application/vnd.oci.image.layer.v1.tar+gzip");
    return *this;
  }
  fs::path finish(const std::string& config) {
    const fs::path file = folder_ / "json";
    std::ofstream(file) << R"({"os":"linux","architecture":"amd64","config":)" << config
                        << R"(,"rootfs":{"type":"layers","diff_ids":[)" << diff_ids_ << "]}}";
    const std::string config_row = put(file, "application/vnd.oci.image.config.v1+json");
    std::ofstream(file) << R"({"schemaVersion":2,"config":)" << config_row << R"(,"layers":[)"
                        << layers_ << "]}";
    const std::string row = put(file, "application/vnd.oci.image.manifest.v1+json");
    std::ofstream(folder_ / "index.json") << R"({"schemaVersion":2,"manifests":[)" << row << "]}";
    return folder_;
  }

 private:
  std::string put(const fs::path& file, const std::string& type) {
    const std::string hex = sha256_file(file);
    const auto size = fs::file_size(file);
    fs::rename(file, folder_ / "blobs/sha256" / hex);
    return R"({"mediaType":")" + type + R"(","digest":"sha256:)" + hex + R"(","size":)" +
           std::to_string(size) + "}";
  }

  fs::path folder_;
  std::string layers_, diff_ids_;
};

class ImageStoreTest : public testing::Test {
 protected:
  ImageStoreConfig config() const {
    ImageStoreConfig made;
    made.root = (scratch_.path() / "store").string();
    return made;
  }
  fs::path layout(const std::string& name, const std::string& top = "hello") {
    return LayoutMaker(scratch_.path() / name)
        .layer("etc/base", "shared by all")
        .layer("etc/motd", top)
        .finish(R"({"Entrypoint":["/bin/say"],"Cmd":["hi"],"Env":["A=1"],"User":"app",)"
                R"("WorkingDir":"/srv"})");
  }
  void push(const fs::path& from, const Registry& registry, const std::string& name,
            const std::string& credentials = "") {
    std::vector<std::string> argv = {"skopeo", "copy", "--insecure-policy",
                                     "--dest-tls-verify=false"};
    if (!credentials.empty()) argv.push_back("--dest-creds=" + credentials);
    argv.insert(argv.end(), {"oci:" + from.string(), "docker://" + registry.host() + "/" + name});
    run(argv);
  }
  size_t layers_on_disk() const {
    size_t count = 0;
    for (const auto& file : fs::directory_iterator(scratch_.path() / "store/layers"))
      count += file.is_directory();
    return count;
  }
  size_t blobs_on_disk() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(scratch_.path() / "store/blobs/sha256"), {}));
  }
  bool temporary_is_empty() const { return fs::is_empty(scratch_.path() / "store/tmp"); }

  Scratch scratch_;
};

// The image, or a failed test and an image without layers.
std::shared_ptr<const Image> must(base::Result<std::shared_ptr<const Image>> image) {
  EXPECT_TRUE(image) << image.error().to_string();
  return image ? *image
               : std::make_shared<const Image>(Image{"", "", {"", ""}, {}, {}, {}, "", ""});
}

std::vector<std::string> names_in(ImageStore& store) {
  std::vector<std::string> names;
  const auto infos = store.list();
  EXPECT_TRUE(infos);
  for (const kube::ImageInfo& info : *infos) names.push_back(info.name);
  return names;
}

TEST_F(ImageStoreTest, PullsThroughAMirrorOnceAndThenFindsIt) {
  Registry registry(scratch_.path() / "registry");
  push(layout("image"), registry, "argoproj/argosay:v2");
  ImageStoreConfig with_mirror = config();
  with_mirror.mirrors = {{"docker.io", registry.url()}};
  auto store = open_image_store(with_mirror);
  EXPECT_EQ(store->find("argoproj/argosay:v2"), nullptr);

  std::vector<std::string> lines;
  const auto tell = [&](std::string_view line) { lines.emplace_back(line); };
  const auto image = store->ensure("argoproj/argosay:v2", PullPolicy::kIfNotPresent, {}, tell);
  ASSERT_TRUE(image) << image.error().to_string();
  EXPECT_EQ((*image)->name, "argoproj/argosay:v2");
  EXPECT_THAT((*image)->entrypoint, ElementsAre("/bin/say"));
  EXPECT_THAT((*image)->command, ElementsAre("hi"));
  EXPECT_THAT((*image)->env, ElementsAre("A=1"));
  EXPECT_EQ((*image)->user, "app");
  EXPECT_EQ((*image)->working_dir, "/srv");
  ASSERT_EQ((*image)->layer_dirs.size(), 2u);
  EXPECT_EQ(read_text((*image)->layer_dirs[0] + "/etc/motd"), "hello") << "uppermost first";
  EXPECT_EQ(read_text((*image)->layer_dirs[1] + "/etc/base"), "shared by all");
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.front(),
            "pulling argoproj/argosay:v2 from " + registry.host() + "/argoproj/argosay");
  EXPECT_THAT(lines.back(), HasSubstr("pulled argoproj/argosay:v2 (" + (*image)->digest + ")"));
  EXPECT_TRUE(temporary_is_empty());

  registry.stop();
  EXPECT_EQ(store->find("docker.io/argoproj/argosay:v2"), *image) << "another spelling";
  EXPECT_TRUE(store->ensure("argoproj/argosay:v2", PullPolicy::kIfNotPresent, {}, {}));
  EXPECT_TRUE(store->ensure("argoproj/argosay:v2", PullPolicy::kNever, {}, {}));
  const auto always = store->ensure("argoproj/argosay:v2", PullPolicy::kAlways, {}, {});
  EXPECT_FALSE(always) << "Always asks the registry, which is gone";
}

TEST_F(ImageStoreTest, TheDigestIsTheRegistrys) {
  Registry registry(scratch_.path() / "registry");
  push(layout("image"), registry, "app:1");
  auto store = open_image_store(config());
  const auto image = store->ensure(registry.host() + "/app:1", PullPolicy::kIfNotPresent, {}, {});
  ASSERT_TRUE(image) << image.error().to_string();
  const auto answer =
      run_command({"skopeo", "inspect", "--tls-verify=false", "--format={{.Digest}}",
                   "docker://" + registry.host() + "/app:1"});
  EXPECT_EQ((*image)->digest + "\n", answer->out);
  const std::string by_digest = registry.host() + "/app@" + (*image)->digest;
  const auto again = store->ensure(by_digest, PullPolicy::kNever, {}, {});
  ASSERT_TRUE(again) << "an image that is here under a tag is here under its digest";
  EXPECT_EQ((*again)->layer_dirs, (*image)->layer_dirs);
}

TEST_F(ImageStoreTest, AMovedTagIsSeenByAlwaysOnly) {
  Registry registry(scratch_.path() / "registry");
  const std::string name = registry.host() + "/app:latest";
  push(layout("old", "old"), registry, "app:latest");
  auto store = open_image_store(config());
  auto old = must(store->ensure(name, PullPolicy::kIfNotPresent, {}, {}));
  push(layout("new", "new"), registry, "app:latest");
  EXPECT_EQ(must(store->ensure(name, PullPolicy::kIfNotPresent, {}, {})), old);
  const auto fresh = must(store->ensure(name, PullPolicy::kAlways, {}, {}));
  EXPECT_NE(fresh->digest, old->digest);
  EXPECT_EQ(read_text(fresh->layer_dirs[0] + "/etc/motd"), "new");
  EXPECT_EQ(fresh->layer_dirs[1], old->layer_dirs[1]) << "the common layer is shared";
  EXPECT_EQ(layers_on_disk(), 3u);
  EXPECT_EQ(read_text(old->layer_dirs[0] + "/etc/motd"), "old") << "leased, so still there";
  old.reset();
  EXPECT_GT(*store->prune(), 0u);
  EXPECT_EQ(layers_on_disk(), 2u);
  EXPECT_EQ(blobs_on_disk(), 4u) << "manifest, configuration, two layers";
  EXPECT_EQ(*store->prune(), 0u);
}

TEST_F(ImageStoreTest, ConcurrentPullsAreOnePull) {
  Registry registry(scratch_.path() / "registry");
  push(layout("image"), registry, "app:1");
  push(layout("other", "other"), registry, "other:1");
  auto store = open_image_store(config());
  std::atomic<int> pulled_lines = 0;
  std::vector<std::shared_ptr<const Image>> images(8);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < images.size(); ++i)
    threads.emplace_back([&, i] {
      const std::string name = registry.host() + (i % 2 ? "/app:1" : "/other:1");
      auto image = store->ensure(name, PullPolicy::kAlways, {}, [&](std::string_view line) {
        if (line.starts_with("unpacking")) ++pulled_lines;
      });
      if (image) images[i] = *image;
    });
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < images.size(); ++i) {
    ASSERT_TRUE(images[i]);
    EXPECT_EQ(images[i], images[i % 2]);
  }
  EXPECT_GT(pulled_lines.load(), 0);
  EXPECT_EQ(images[0]->layer_dirs[1], images[1]->layer_dirs[1]);
  EXPECT_EQ(layers_on_disk(), 3u);
  EXPECT_TRUE(temporary_is_empty());
}

TEST_F(ImageStoreTest, CredentialsComeFromTheUsersConfigOrASecret) {
  Registry registry(scratch_.path() / "registry",
                    run_command({"htpasswd", "-nbB", "me", "pass"})->out);
  push(layout("image"), registry, "private:1", "me:pass");
  const std::string name = registry.host() + "/private:1";
  const auto auths = [&](const std::string& user) {
    return R"({"auths":{")" + registry.host() + R"(":{"auth":")" + text::to_base64(user) +
           R"("}}})";
  };
  ImageStoreConfig mine = config();
  mine.docker_config = (scratch_.path() / "config.json").string();
  std::ofstream(mine.docker_config) << auths("me:wrong");
  auto store = open_image_store(mine);
  const auto refused = store->ensure(name, PullPolicy::kIfNotPresent, {}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kUnauthorized) << refused.error().text;
  EXPECT_THAT(refused.error().text, Not(HasSubstr("wrong")));
  EXPECT_TRUE(store->ensure(name, PullPolicy::kIfNotPresent, {auths("me:pass")}, {}));
  ASSERT_TRUE(store->remove(name));
  EXPECT_FALSE(store->ensure(name, PullPolicy::kIfNotPresent, {}, {}));
  std::ofstream(mine.docker_config) << auths("me:pass");
  EXPECT_TRUE(store->ensure(name, PullPolicy::kIfNotPresent, {}, {}));
  ASSERT_TRUE(store->remove(name));
  const std::string words = R"({")" + registry.host() + R"(":{"username":"me","password":"pass"}})";
  EXPECT_TRUE(store->ensure(name, PullPolicy::kIfNotPresent, {words}, {})) << "dockercfg";
  const auto junk =
      store->ensure(registry.host() + "/x", PullPolicy::kIfNotPresent, {"s3cret"}, {});
  ASSERT_FALSE(junk);
  EXPECT_THAT(junk.error().text, Not(HasSubstr("s3cret")));
}

TEST_F(ImageStoreTest, FailuresKeepTheAnswerAndNameTheWaysOut) {
  Registry registry(scratch_.path() / "registry");
  auto store = open_image_store(config());
  const auto missing =
      store->ensure(registry.host() + "/nothing:1", PullPolicy::kIfNotPresent, {}, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::Code::kNotFound) << missing.error().text;
  EXPECT_THAT(missing.error().text, HasSubstr("/nothing:1\" could not be pulled: "));
  EXPECT_THAT(missing.error().hint,
              HasSubstr("argo image import FILE --name " + registry.host() + "/nothing:1"));
  registry.stop();
  const auto unreached =
      store->ensure(registry.host() + "/nothing:1", PullPolicy::kIfNotPresent, {}, {});
  ASSERT_FALSE(unreached);
  EXPECT_EQ(unreached.error().code, base::Code::kUnavailable);
  EXPECT_THAT(unreached.error().text, HasSubstr("connection refused"));
  const auto never = store->ensure("nothing", PullPolicy::kNever, {}, {});
  ASSERT_FALSE(never);
  EXPECT_THAT(never.error().text, HasSubstr("pull policy of Never"));
  EXPECT_EQ(store->ensure("Not A Name", PullPolicy::kNever, {}, {}).error().code,
            base::Code::kInvalid);
  EXPECT_TRUE(temporary_is_empty());
}

TEST_F(ImageStoreTest, BusyboxIsBuiltInWhereNoRegistryAnswers) {
  ImageStoreConfig lonely = config();
  lonely.offline = true;
  lonely.builtin_busybox = "/bin/busybox";
  auto store = open_image_store(lonely);
  for (const char* name : {"busybox", "busybox:latest", "docker.io/library/busybox:1.36"}) {
    const auto image = store->ensure(name, PullPolicy::kAlways, {}, {});
    ASSERT_TRUE(image) << image.error().to_string();
    EXPECT_THAT((*image)->command, ElementsAre("sh"));
    ASSERT_EQ((*image)->layer_dirs.size(), 1u);
    const fs::path root = (*image)->layer_dirs[0];
    const auto said = run_command({(root / "bin/sh").string(), "-c", "echo hello"});
    ASSERT_TRUE(said);
    EXPECT_EQ(said->out, "hello\n");
    EXPECT_THAT(read_text(root / "etc/passwd"), HasSubstr("nobody:x:65534:"));
    EXPECT_EQ(fs::status(root / "tmp").permissions(), fs::perms(01777));
  }
  EXPECT_EQ(layers_on_disk(), 1u);
  const auto other = store->ensure("alpine", PullPolicy::kIfNotPresent, {}, {});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().text, HasSubstr("set to ask no registry"));
  EXPECT_FALSE(store->ensure("quay.io/library/busybox", PullPolicy::kIfNotPresent, {}, {}));
}

TEST_F(ImageStoreTest, ARegistrysBusyboxIsPreferredToTheBuiltIn) {
  Registry registry(scratch_.path() / "registry");
  push(layout("image"), registry, "library/busybox:latest");
  ImageStoreConfig both = config();
  both.mirrors = {{"docker.io", registry.url()}};
  both.builtin_busybox = "/bin/busybox";
  auto store = open_image_store(both);
  const auto image = store->ensure("busybox", PullPolicy::kIfNotPresent, {}, {});
  ASSERT_TRUE(image);
  EXPECT_EQ((*image)->user, "app");
}

TEST_F(ImageStoreTest, AMappingLeadsToAnotherImage) {
  ImageStoreConfig mapped = config();
  mapped.offline = true;
  mapped.builtin_busybox = "/bin/busybox";
  mapped.mappings = {{"alpine:3.7", "busybox"}};
  auto store = open_image_store(mapped);
  EXPECT_TRUE(store->ensure("docker.io/library/alpine:3.7", PullPolicy::kIfNotPresent, {}, {}));
  EXPECT_NE(store->find("alpine:3.7"), nullptr);
  EXPECT_EQ(store->find("alpine:3.8"), nullptr);
}

TEST_F(ImageStoreTest, ImportsLayoutsAndArchives) {
  const fs::path folder = layout("image");
  const auto in = [&](const char* name) { return (scratch_.path() / name).string(); };
  run({"skopeo", "copy", "--insecure-policy", "oci:" + folder.string(),
       "docker-archive:" + in("docker.tar") + ":my/app:3"});
  run({"skopeo", "copy", "--insecure-policy", "oci:" + folder.string(), "dir:" + in("dir")});
  run({"tar", "-C", folder.string(), "-cf", in("oci.tar"), "."});
  auto store = open_image_store(config());
  const auto named = store->import(in("docker.tar"), "");
  ASSERT_TRUE(named) << named.error().to_string();
  EXPECT_EQ(named->name, "my/app:3");
  EXPECT_GT(named->size_bytes, 0u);
  for (const auto& [path, name] : {std::pair{folder.string(), "from-layout:1"},
                                   {in("oci.tar"), "from-tar:1"},
                                   {in("dir"), "from-dir:1"},
                                   {in("docker.tar"), "renamed:1"}}) {
    const auto info = store->import(path, name);
    ASSERT_TRUE(info) << path << ": " << info.error().to_string();
    EXPECT_EQ(info->name, name);
    const auto image = store->ensure(name, PullPolicy::kNever, {}, {});
    ASSERT_TRUE(image);
    EXPECT_EQ(read_text((*image)->layer_dirs[0] + "/etc/motd"), "hello");
    EXPECT_EQ((*image)->user, "app");
  }
  EXPECT_EQ(layers_on_disk(), 2u) << "the same layers, however they came";
  EXPECT_TRUE(temporary_is_empty());

  const auto nameless = store->import(folder.string(), "");
  ASSERT_FALSE(nameless);
  EXPECT_THAT(nameless.error().text, HasSubstr("has no name"));
  EXPECT_EQ(store->import("/nowhere", "a").error().code, base::Code::kNotFound);
  std::ofstream(in("junk")) << "junk";
  EXPECT_EQ(store->import(in("junk"), "a").error().code, base::Code::kInvalid);
  EXPECT_EQ(store->import(in("registry"), "a").error().code, base::Code::kNotFound);
}

TEST_F(ImageStoreTest, RemovingTakesTheNameAndLastTheFiles) {
  const fs::path folder = layout("image");
  auto store = open_image_store(config());
  ASSERT_TRUE(store->import(folder.string(), "a"));
  ASSERT_TRUE(store->import(folder.string(), "b"));
  EXPECT_THAT(names_in(*store), ElementsAre("a:latest", "b:latest"));
  ASSERT_TRUE(store->remove("a"));
  EXPECT_EQ(store->remove("a").error().code, base::Code::kNotFound);
  EXPECT_EQ(layers_on_disk(), 2u);
  auto leased = store->find("b");
  const std::string digest = leased->digest;
  ASSERT_TRUE(store->remove("b"));
  EXPECT_EQ(store->find("b"), nullptr);
  EXPECT_EQ(read_text(leased->layer_dirs[0] + "/etc/motd"), "hello") << "leased";
  EXPECT_THAT(names_in(*store), ElementsAre("<none>"));

  leased.reset();
  store.reset();
  store = open_image_store(config());
  leased = store->find(digest);
  ASSERT_NE(leased, nullptr) << "an agent that was restarted leases again what its pods run on";
  *store->prune();
  EXPECT_EQ(layers_on_disk(), 2u);
  leased.reset();
  EXPECT_GT(*store->prune(), 0u);
  EXPECT_EQ(layers_on_disk(), 0u);
  EXPECT_EQ(blobs_on_disk(), 0u);
  EXPECT_THAT(names_in(*store), ElementsAre());
}

TEST_F(ImageStoreTest, ARestartKeepsImagesAndSweepsHalves) {
  {
    auto store = open_image_store(config());
    ASSERT_TRUE(store->import(layout("image").string(), "kept:1"));
    ASSERT_TRUE(store->import(layout("other", "other").string(), "broken:1"));
  }
  const fs::path root = scratch_.path() / "store";
  fs::create_directories(root / "tmp/layer-1-1/etc");
  fs::create_directories(root / "layers/0123456789abcdef01234567/etc");
  std::ofstream(root / "blobs/sha256/half") << "half";
  std::ofstream(root / "images/0000.json") << "{\"digest\": ";
  {
    auto store = open_image_store(config());
    const auto image = store->find("kept:1");
    ASSERT_NE(image, nullptr);
    EXPECT_THAT(image->entrypoint, ElementsAre("/bin/say"));
    EXPECT_TRUE(temporary_is_empty());
    EXPECT_EQ(layers_on_disk(), 3u);
    EXPECT_FALSE(fs::exists(root / "blobs/sha256/half"));
    fs::remove_all(store->find("broken:1")->layer_dirs[0]);
  }
  auto store = open_image_store(config());
  EXPECT_EQ(store->find("broken:1"), nullptr) << "it lost a layer: pull again";
  EXPECT_NE(store->find("kept:1"), nullptr);
}

// The store on a file system of its own, of 6 MiB.
class SmallDisk : public ImageStoreTest {
 protected:
  void SetUp() override {
    fs::create_directories(config().root);
    mounted_ = ::mount("tmpfs", config().root.c_str(), "tmpfs", 0, "size=6m") == 0;
    if (!mounted_) GTEST_SKIP() << "needs root to mount";
  }
  ~SmallDisk() override {
    if (mounted_) ::umount2(config().root.c_str(), MNT_DETACH);
  }

 private:
  bool mounted_ = false;
};

TEST_F(SmallDisk, AFullDiskIsToldAndLeavesNothing) {
  auto store = open_image_store(config());
  ASSERT_TRUE(store->import(layout("small").string(), "small"));
  std::string noise;
  for (uint32_t i = 1; noise.size() < 9 << 20; i = i * 1664525 + 1013904223)
    noise += static_cast<char>(i >> 24);
  const fs::path fetched_in_part =
      LayoutMaker(scratch_.path() / "large").layer("f", noise).finish("{}");
  const fs::path unpacked_in_part =
      LayoutMaker(scratch_.path() / "zeros").layer("f", std::string(9 << 20, 'z')).finish("{}");
  for (const fs::path& image : {fetched_in_part, unpacked_in_part}) {
    const auto full = store->import(image.string(), "large");
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code, base::Code::kUnavailable);
    EXPECT_THAT(full.error().text, testing::ContainsRegex("[Nn]o space left on device"));
    EXPECT_TRUE(temporary_is_empty());
  }
  ASSERT_TRUE(store->prune());
  EXPECT_EQ(blobs_on_disk(), 4u) << "those of the small image";
  EXPECT_NE(store->find("small"), nullptr);
  EXPECT_TRUE(store->import(layout("other", "other").string(), "other")) << "there is room again";
}

TEST_F(ImageStoreTest, ASecondStoreOnTheSameFolderSaysSo) {
  auto first = open_image_store(config());
  auto second = open_image_store(config());
  const auto refused = second->list();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, base::Code::kConflict);
  EXPECT_TRUE(first->list());
}

}  // namespace
}  // namespace runtime
