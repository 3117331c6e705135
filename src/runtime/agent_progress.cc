// Agent::Core: how far a pod is, of its own accord (kube::kProgress).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "kube/pod_contract.h"
#include "runtime/agent_core.h"
#include "sys/fd.h"

namespace runtime {
namespace {

constexpr size_t kProgressMax = 4096;

const PreparedVolume* progress_volume(const LivePod& pod) {
  if (!pod.sandbox) return nullptr;
  const auto& volumes = pod.sandbox->volumes;
  const auto found = std::find_if(volumes.begin(), volumes.end(), [](const PreparedVolume& one) {
    return one.name == kube::kProgressVolume;
  });
  return found == volumes.end() ? nullptr : &*found;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.size() < 10 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The last line, where it is of the form N/M. The step may put anything there: a link, a pipe, a
// gigabyte.
std::string last_progress(const std::string& path) {
  const sys::Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  char bytes[kProgressMax];
  const off_t from = std::max<off_t>(0, status.st_size - static_cast<off_t>(sizeof bytes));
  const ssize_t got = ::pread(file.get(), bytes, sizeof bytes, from);
  std::string_view text(bytes, static_cast<size_t>(std::max<ssize_t>(0, got)));
  const size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  if (const size_t line = text.rfind('\n'); line != std::string_view::npos)
    text.remove_prefix(line + 1);
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || !is_digits(text.substr(0, slash)) ||
      !is_digits(text.substr(slash + 1)))
    return {};
  return std::string(text);
}

}  // namespace

void Agent::Core::read_progress(LivePod& pod) {
  const PreparedVolume* const volume = progress_volume(pod);
  if (volume == nullptr) return;
  std::string told = last_progress(volume->host_path + "/" + std::string(kube::kProgressFile));
  if (!told.empty()) pod.progress = std::move(told);
}

// Again and again while the pod runs; nothing for pods that cannot tell.
void Agent::Core::watch_progress(LivePod& pod) {
  if (progress_volume(pod) == nullptr) return;
  const Uid uid = pod.run.spec().uid;
  loop_.after(base::Duration::millis(config_.progress_check_ms), [this, uid] {
    LivePod* const found = find(uid);
    if (found == nullptr || found->stage != LivePod::Stage::kActive) return;
    const std::string before = found->progress;
    read_progress(*found);
    if (found->progress != before) mark_dirty(*found, base::Duration());
    watch_progress(*found);
  });
}

}  // namespace runtime
