#include "cli/submit_options.h"

#include <algorithm>

#include "cli/manifest.h"
#include "model/merge.h"

namespace cli {
namespace {

using text::Value;

// A map of names to values; lists and maps become JSON.
base::Status read_parameter_file(Session& session, const std::string& name, SubmitOptions& out) {
  const auto read = read_documents(session, name);
  if (!read) return base::fail(read.error());
  for (const Value& document : read->documents) {
    if (!document.is_map())
      return base::fail(base::Code::kInvalid, "a parameter file is a map of names to values",
                        {read->file, document.place.line, document.place.column});
    for (const text::Member& member : document.as_map()) {
      const bool given = std::any_of(out.parameters.begin(), out.parameters.end(),
                                     [&](const auto& one) { return one.first == member.key; });
      if (!given) out.parameters.emplace_back(member.key, member.value.to_any_string());
    }
  }
  return {};
}

// The member of a map, made a map when it is absent; null where something else stands in its place,
// which the check of the workflow reports.
Value* map_at(Value& owner, std::string_view key) {
  if (!owner.is_map()) return nullptr;
  Value& inner = owner[key];
  if (inner.is_null()) inner = Value(text::Map());
  return inner.is_map() ? &inner : nullptr;
}

}  // namespace

base::Result<SubmitOptions> read_submit_options(Session& session) {
  const Flags& flags = session.flags;
  SubmitOptions out{flags.get("name"),
                    flags.get("generate-name"),
                    flags.get("entrypoint"),
                    flags.get("serviceaccount"),
                    flags.get("labels"),
                    {},
                    {}};
  if (flags.has("priority")) {
    const auto priority = flags.whole("priority", 0);
    if (!priority) return base::fail(priority.error());
    out.priority = *priority;
  }
  for (const std::string& label : flags.list("labels"))
    if (const auto pair = split_assignment(label, "label"); !pair) return base::fail(pair.error());
  for (const std::string& text : flags.all("parameter")) {
    auto pair = split_assignment(text, "parameter");
    if (!pair) return base::fail(pair.error());
    out.parameters.push_back(*std::move(pair));
  }
  for (const std::string& file : flags.all("parameter-file"))
    if (base::Status done = read_parameter_file(session, file, out); !done)
      return base::fail(done.error());
  return out;
}

void apply_submit_options(Value& workflow, const SubmitOptions& options) {
  Value* metadata = map_at(workflow, "metadata");
  Value* spec = map_at(workflow, "spec");
  if (!metadata || !spec) return;
  if (!options.generate_name.empty()) (*metadata)["generateName"] = options.generate_name;
  if (!options.name.empty()) (*metadata)["name"] = options.name;
  if (!options.entrypoint.empty()) (*spec)["entrypoint"] = options.entrypoint;
  if (!options.service_account.empty()) (*spec)["serviceAccountName"] = options.service_account;
  if (options.priority) (*spec)["priority"] = *options.priority;
  std::string_view left = options.labels;
  Value* labels = left.empty() ? nullptr : map_at(*metadata, "labels");
  while (labels && !left.empty()) {
    const std::string_view one = left.substr(0, left.find(','));
    left.remove_prefix(std::min(one.size() + 1, left.size()));
    if (const size_t equals = one.find('='); equals != std::string_view::npos)
      (*labels)[one.substr(0, equals)] = one.substr(equals + 1);
  }
  for (const auto& [name, value] : options.parameters) model::set_argument(*spec, name, value);
}

}  // namespace cli
