#include "runtime/image_fetch.h"

#include <fmt/core.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "runtime/image_command.h"
#include "runtime/image_digest.h"
#include "sys/files.h"
#include "text/json.h"

namespace runtime {
namespace {

using base::Code;

// skopeo tells its reasons in words only. This table is the one place that reads them; what it
// does not know is kInvalid, and the words themselves always reach the user.
struct Answer {
  std::string_view words;
  Code code;
};
constexpr Answer kAnswers[] = {
    {"no such host", Code::kUnavailable},
    {"connection refused", Code::kUnavailable},
    {"i/o timeout", Code::kUnavailable},
    {"deadline exceeded", Code::kUnavailable},
    {"network is unreachable", Code::kUnavailable},
    {"no route to host", Code::kUnavailable},
    {"name resolution", Code::kUnavailable},
    {"server misbehaving", Code::kUnavailable},
    {"TLS handshake timeout", Code::kUnavailable},
    {"connection reset", Code::kUnavailable},
    {"no space left on device", Code::kUnavailable},
    {"toomanyrequests", Code::kUnavailable},
    {"unauthorized", Code::kUnauthorized},
    {"authentication required", Code::kUnauthorized},
    {"invalid username/password", Code::kUnauthorized},
    {"access to the resource is denied", Code::kUnauthorized},
    {"manifest unknown", Code::kNotFound},
    {"name unknown", Code::kNotFound},
    {"repository name not known", Code::kNotFound},
    {"not found", Code::kNotFound},
};

Code code_of(std::string_view answer) {
  for (const Answer& row : kAnswers)
    if (answer.find(row.words) != std::string_view::npos) return row.code;
  return Code::kInvalid;
}

// skopeo's last line is `time="…" level=fatal msg="…"`; the user wants the message.
std::string message_of(std::string_view err) {
  while (err.ends_with('\n')) err.remove_suffix(1);
  err.remove_prefix(std::min(err.rfind('\n') + 1, err.size()));
  const size_t at = err.find("msg=\"");
  if (at == std::string_view::npos) return std::string(err);
  std::string message;
  for (size_t i = at + 5; i < err.size() && err[i] != '"'; ++i) {
    if (err[i] == '\\' && i + 1 < err.size()) ++i;
    message += err[i];
  }
  // Said of everything that goes wrong with a name, and true of little of it.
  if (message.starts_with("Error parsing image name \""))
    if (const size_t end = message.find("\": "); end != std::string::npos)
      message.erase(0, end + 3);
  return message;
}

std::vector<std::string> skopeo(const ImageSource& source) {
  std::vector<std::string> argv = {"skopeo"};
  // Debian's package brings a policy that accepts everything; a user's own is respected.
  if (::access("/etc/containers/policy.json", R_OK) != 0) argv.push_back("--insecure-policy");
  if (source.timeout_seconds > 0)
    argv.push_back(fmt::format("--command-timeout={}s", source.timeout_seconds));
  return argv;
}

base::Result<CommandResult> run_skopeo(const ImageSource& source,
                                       const std::vector<std::string>& argv, const Tell& on_line) {
  auto result = run_command(argv, on_line, source.host);
  if (!result && result.error().code == Code::kNotFound)
    return base::fail(Code::kUnavailable, "skopeo, which pulls images, is not installed", {},
                      "apt-get install skopeo");
  if (result && result->exit_code != 0) {
    std::string message = message_of(result->err);
    if (message.empty()) message = fmt::format("skopeo ended with {}", result->exit_code);
    const Code code = code_of(message);
    return base::fail(code, std::move(message));
  }
  return result;
}

// The manifest, or the list of manifests, as the registry has it.
base::Result<std::string> inspect(const ImageSource& source) {
  std::vector<std::string> argv = skopeo(source);
  argv.insert(argv.end(), {"inspect", "--raw"});
  if (!source.auth_file.empty()) argv.push_back("--authfile=" + source.auth_file);
  if (source.insecure) argv.push_back("--tls-verify=false");
  argv.push_back(source.name());
  auto result = run_skopeo(source, argv, {});
  if (!result) return tl::unexpected(result.error());
  return std::move(result->out);
}

base::Result<text::Value> inspect_json(const ImageSource& source) {
  const auto manifest = inspect(source);
  if (!manifest) return tl::unexpected(manifest.error());
  return text::parse_json(*manifest);
}

// Of a list of manifests; "" where there is none.
std::string digest_for_this_machine(const text::Value& list) {
  utsname machine{};
  ::uname(&machine);
  const std::string_view name = machine.machine;
  const std::string_view architecture = name == "x86_64"    ? "amd64"
                                        : name == "aarch64" ? "arm64"
                                                            : name;
  const text::Value* manifests = list.find("manifests");
  if (!manifests || !manifests->is_list()) return "";
  for (const text::Value& one : manifests->as_list())
    if (one.string_at("platform", "os") == "linux" &&
        one.string_at("platform", "architecture") == architecture)
      return std::string(one.string_at("digest"));
  return "";
}

// "Copying blob 1d6a… done" as "blob 1d6a…"; nothing for the lines that say less.
std::optional<std::string> progress_of(std::string_view line) {
  constexpr std::string_view kCopying = "Copying ";
  if (!line.starts_with(kCopying)) return std::nullopt;
  return fmt::format("copying {}", line.substr(kCopying.size(), 32));
}

base::Result<text::Value> read_blob_json(const std::string& path, std::string_view what) {
  auto bytes = sys::RealFiles().read(path, 16 << 20);
  if (!bytes) return tl::unexpected(bytes.error());
  auto value = text::parse_json(*bytes);
  if (value) return value;
  return base::fail(Code::kCorrupt,
                    fmt::format("the image's {} is no JSON: {}", what, value.error().text));
}

// The manifest is verified by skopeo, yet a path is made from these digests.
bool is_sha256(std::string_view digest) {
  return digest.size() == 71 && digest.starts_with("sha256:") &&
         digest.find_first_not_of("0123456789abcdef", 7) == std::string_view::npos;
}

base::Result<FetchedImage> read_layout(const std::string& layout, const std::string& blobs) {
  const auto index = read_blob_json(layout + "/index.json", "index");
  if (!index) return tl::unexpected(index.error());
  const text::Value* manifests = index->find("manifests");
  const auto broken = [] { return base::fail(Code::kCorrupt, "the image's manifest is broken"); };
  if (!manifests || !manifests->is_list() || manifests->as_list().size() != 1) return broken();
  FetchedImage image;
  image.manifest_digest = manifests->as_list()[0].string_at("digest");
  if (!is_sha256(image.manifest_digest)) return broken();
  const auto manifest = read_blob_json(blob_path(blobs, image.manifest_digest), "manifest");
  if (!manifest) return tl::unexpected(manifest.error());
  image.config_digest = manifest->string_at("config", "digest");
  const text::Value* layers = manifest->find("layers");
  if (!is_sha256(image.config_digest) || !layers || !layers->is_list()) return broken();
  for (const text::Value& layer : layers->as_list()) {
    image.layer_digests.emplace_back(layer.string_at("digest"));
    if (!is_sha256(image.layer_digests.back())) return broken();
  }
  return image;
}

}  // namespace

std::string blob_path(const std::string& blobs, std::string_view digest) {
  return fmt::format("{}/sha256/{}", blobs, digest.substr(digest.find(':') + 1));
}

base::Result<std::string> resolve_digest(const ImageSource& source) {
  const auto manifest = inspect(source);
  if (!manifest) return tl::unexpected(manifest.error());
  return sha256_of(*manifest);
}

base::Result<std::vector<LayerSize>> layer_sizes(ImageSource source) {
  auto manifest = inspect_json(source);
  if (!manifest) return tl::unexpected(manifest.error());
  if (const std::string digest = digest_for_this_machine(*manifest); !digest.empty()) {
    source.reference = "@" + digest;
    manifest = inspect_json(source);
    if (!manifest) return tl::unexpected(manifest.error());
  }
  std::vector<LayerSize> out;
  const text::Value* layers = manifest->find("layers");
  if (!layers || !layers->is_list()) return out;
  for (const text::Value& layer : layers->as_list()) {
    const text::Value* size = layer.find("size");
    const int64_t bytes = size ? size->to_int().value_or(0) : 0;
    if (const std::string_view digest = layer.string_at("digest"); is_sha256(digest) && bytes > 0)
      out.push_back({std::string(digest), static_cast<uint64_t>(bytes)});
  }
  return out;
}

base::Result<FetchedImage> fetch_image(const ImageSource& source, const std::string& blobs,
                                       const std::string& layout, const Tell& tell) {
  std::error_code error;
  std::filesystem::create_directories(blobs + "/sha256", error);
  std::vector<std::string> argv = skopeo(source);
  // A layout holds no signatures; looking for them needs a folder that only root may read.
  argv.insert(argv.end(),
              {"copy", "--retry-times=2", "--remove-signatures",
               "--dest-oci-accept-uncompressed-layers", "--dest-shared-blob-dir=" + blobs});
  if (!source.auth_file.empty()) argv.push_back("--src-authfile=" + source.auth_file);
  if (source.insecure) argv.push_back("--src-tls-verify=false");
  argv.insert(argv.end(), {source.name(), fmt::format("oci:{}:image", layout)});
  const auto on_line = [&](std::string_view line) {
    if (const auto progress = progress_of(line); progress && tell) tell(*progress);
  };
  if (auto result = run_skopeo(source, argv, on_line); !result)
    return tl::unexpected(result.error());
  return read_layout(layout, blobs);
}

}  // namespace runtime
