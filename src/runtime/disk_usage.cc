#include "runtime/disk_usage.h"

#include <fts.h>
#include <sys/stat.h>

#include <set>

namespace runtime {

int64_t disk_usage(const std::string& folder) {
  std::string path = folder;
  char* const roots[] = {path.data(), nullptr};
  FTS* const tree = ::fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, nullptr);
  if (tree == nullptr) return 0;
  int64_t bytes = 0;
  std::set<ino_t> seen;
  while (const FTSENT* entry = ::fts_read(tree)) {
    if (entry->fts_info == FTS_DP || entry->fts_info == FTS_NS || entry->fts_info == FTS_ERR)
      continue;
    const struct stat& info = *entry->fts_statp;
    const bool is_shared = info.st_nlink > 1 && !S_ISDIR(info.st_mode);
    if (is_shared && !seen.insert(info.st_ino).second) continue;
    bytes += static_cast<int64_t>(info.st_blocks) * 512;
  }
  ::fts_close(tree);
  return bytes;
}

}  // namespace runtime
