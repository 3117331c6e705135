// argo convert
#include "cli/legacy_fields.h"
#include "cli/manifest.h"
#include "cli/verb.h"
#include "text/json.h"
#include "text/yaml.h"

namespace cli {
namespace {

constexpr Flag kFlags[] = {{"output", 'o', "FORMAT", "format of the output (yaml)", "yaml|json"}};

}  // namespace

std::span<const Flag> convert_flags() { return kFlags; }

base::Result<int> run_convert(Session& session) {
  auto manifests = read_manifests(session, session.flags.arguments);
  if (!manifests) return base::fail(manifests.error());
  const bool as_json = session.flags.get("output") == "json";
  for (Manifest& manifest : *manifests)
    for (text::Value& document : manifest.documents) {
      for (const std::string& dropped : convert_legacy_fields(document))
        session.warn(fmt::format("{}: {}", manifest.file, dropped));
      session.around.out(as_json ? text::to_json(document) + "\n"
                                 : "---\n" + text::to_yaml(document));
    }
  return 0;
}

}  // namespace cli
