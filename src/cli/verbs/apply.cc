// argo apply
#include "cli/objects.h"
#include "cli/verb.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {{"filename", 'f', "FILE", "file, directory, address, or - for stdin"}};

}  // namespace

std::span<const Flag> apply_flags() { return kFlags; }

base::Result<int> run_apply(Session& session) {
  if (!session.flags.has("filename"))
    return base::fail(base::Code::kInvalid, "which file?", {}, "argo apply -f FILE");
  return apply_objects(session);
}

}  // namespace cli
