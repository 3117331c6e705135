// argo eval
#include "cli/manifest.h"
#include "cli/verb.h"
#include "model/evaluate.h"
#include "text/json.h"

namespace cli {
namespace {

using text::Value;

constexpr Flag kFlags[] = {
    {"node", 0, "NODE", "as a node (id, name, display name) or a template of the workflow sees it"},
    {"output", 'o', "FORMAT", "format of the output", "text|json"},
    {"parameter", 'p', "NAME=VALUE",
     "a variable, as inputs.parameters.x=1; without dots a parameter of the workflow"},
    {"template", 0, "", "the text holds {{tags}}; found out where it does"},
    {"var-file", 0, "FILE", "variables: a YAML or JSON map, {inputs: {parameters: {x: 1}}}"},
    {"when", 0, "", "the text is the condition of a step or task"},
    {"workflow", 'w', "WORKFLOW", "variables of a workflow: its name, or a file"},
};

bool is_file_name(std::string_view name) {
  return name == "-" || name.find('/') != std::string_view::npos || name.ends_with(".yaml") ||
         name.ends_with(".yml") || name.ends_with(".json");
}

base::Result<Value> read_workflow(Session& session, const std::string& name) {
  if (!is_file_name(name)) return get_workflow(session, name);
  auto manifests = read_manifests(session, {name});
  if (!manifests) return base::fail(manifests.error());
  for (Manifest& manifest : *manifests)
    for (Value& document : manifest.documents)
      if (document.find("spec")) return std::move(document);
  return base::fail(base::Code::kNotFound, fmt::format("there is no workflow in {}", name));
}

base::Status read_variables(Session& session, model::EvaluateRequest& request) {
  for (const std::string& file : session.flags.all("var-file")) {
    const auto read = read_documents(session, file);
    if (!read) return base::fail(read.error());
    for (const Value& document : read->documents) {
      if (!document.is_map())
        return base::fail(base::Code::kInvalid, "a file of variables is a map of names to values",
                          {read->file, document.place.line, document.place.column});
      request.variables.emplace_back("", document);
    }
  }
  for (const std::string& given : session.flags.all("parameter")) {
    const auto assigned = split_assignment(given, "variable");
    if (!assigned) return base::fail(assigned.error());
    const std::string& name = assigned->first;
    const Value value(assigned->second);
    request.variables.emplace_back(name, value);
    if (name.find('.') == std::string::npos)
      request.variables.emplace_back("workflow.parameters." + name, value);
  }
  return {};
}

void show_text(Session& session, model::Evaluated& result, const std::string& source) {
  for (base::Diagnostic& one : result.found) one.where.file = "expression";
  session.report(result.found, source);
  if (result.good) {
    const bool is_text = result.value.is_string();
    session.print("{}\n{}\n", is_text ? result.value.as_string() : text::to_json(result.value),
                  session.paint.ink("type: " + result.type, Paint::kCyan));
    return;
  }
  bool asks_for_names = false;
  for (const base::Diagnostic& one : result.found)
    asks_for_names = asks_for_names || one.rule == "unknown-variable";
  if (!asks_for_names) return;
  if (result.names.empty()) return session.around.err("no variables are known: see -w and -p\n");
  std::string known;
  for (const std::string& name : result.names) known += "  " + name + "\n";
  session.around.err("known variables:\n" + known);
}

}  // namespace

std::span<const Flag> eval_flags() { return kFlags; }

base::Result<int> run_eval(Session& session) {
  using Form = model::EvaluateRequest::Form;
  const Flags& flags = session.flags;
  model::EvaluateRequest request;
  request.source = flags.arguments[0];
  if (flags.on("template") && flags.on("when"))
    return base::fail(base::Code::kInvalid, "--template and --when exclude each other");
  if (flags.on("template")) request.form = Form::kText;
  if (flags.on("when")) request.form = Form::kWhen;
  Value workflow;
  if (flags.has("workflow")) {
    auto read = read_workflow(session, flags.get("workflow"));
    if (!read) return base::fail(read.error());
    workflow = *std::move(read);
    request.workflow = &workflow;
  }
  request.node = flags.get("node");
  if (const base::Status read = read_variables(session, request); !read)
    return base::fail(read.error());
  request.now = session.now();
  request.seed = static_cast<uint64_t>(request.now.ns);
  auto result = model::evaluate(request);
  if (!result) return base::fail(result.error());
  if (flags.get("output") == "json")
    session.around.out(text::to_json_pretty(model::to_value(*result), 2) + "\n");
  else
    show_text(session, *result, request.source);
  return result->good ? 0 : 1;
}

}  // namespace cli
