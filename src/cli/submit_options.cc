#include "cli/submit_options.h"

#include <algorithm>

#include "cli/manifest.h"
#include "model/merge.h"

namespace cli {
namespace {

using text::Value;

// A map of names to values; lists and maps become JSON.
base::Status read_parameter_file(Session& session, const std::string& name,
                                 model::SubmitOptions& out) {
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

}  // namespace

base::Result<model::SubmitOptions> read_submit_options(Session& session) {
  const Flags& flags = session.flags;
  model::SubmitOptions out;
  out.name = flags.get("name");
  out.generate_name = flags.get("generate-name");
  out.entrypoint = flags.get("entrypoint");
  out.service_account = flags.get("serviceaccount");
  if (flags.has("scheduled-time")) {
    const std::string time = flags.get("scheduled-time");
    if (!base::parse_rfc3339(time))
      return base::fail(base::Code::kInvalid, fmt::format("\"{}\" is not a time", time), {},
                        "write it as 2006-01-02T15:04:05-07:00");
    out.annotations.emplace_back("workflows.argoproj.io/scheduled-time", time);
  }
  if (flags.has("priority")) {
    const auto priority = flags.whole("priority", 0);
    if (!priority) return base::fail(priority.error());
    out.priority = *priority;
  }
  for (const std::string& label : flags.list("labels")) {
    auto pair = split_assignment(label, "label");
    if (!pair) return base::fail(pair.error());
    out.labels.push_back(*std::move(pair));
  }
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

Value to_value(const model::SubmitOptions& options) {
  Value out{text::Map()};
  const std::pair<std::string_view, const std::string*> words[] = {
      {"name", &options.name},
      {"generateName", &options.generate_name},
      {"entryPoint", &options.entrypoint},
      {"serviceAccount", &options.service_account}};
  for (const auto& [key, word] : words)
    if (!word->empty()) out[key] = *word;
  for (const auto& [key, pairs] :
       {std::pair("labels", &options.labels), {"annotations", &options.annotations}}) {
    std::string joined;
    for (const auto& [name, value] : *pairs)
      joined += fmt::format("{}{}={}", joined.empty() ? "" : ",", name, value);
    if (!joined.empty()) out[key] = joined;
  }
  if (options.priority) out["priority"] = *options.priority;
  text::List parameters;
  for (const auto& [name, value] : options.parameters) parameters.emplace_back(name + "=" + value);
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  return out;
}

}  // namespace cli
