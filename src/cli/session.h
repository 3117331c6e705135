// session.h — one command being done: its flags, its output, its server.
#pragma once
#include <fmt/format.h>

#include <string>
#include <string_view>

#include "base/diagnostic.h"
#include "cli/api.h"
#include "cli/cli.h"
#include "cli/flags.h"
#include "cli/paint.h"
#include "cli/settings.h"
#include "cli/workflow_view.h"

namespace cli {

class Session {
 public:
  Session(Surroundings& surroundings, Flags parsed, Settings chosen);

  template <class... Args>
  void print(fmt::format_string<Args...> text, Args&&... args) {
    around.out(fmt::format(text, std::forward<Args>(args)...));
  }
  // A sentence to stderr: "argo: …", or as --log-format says.
  void warn(std::string_view text);
  // Findings about a file, each with its line and a caret.
  void report(const base::Diagnostics& found, std::string_view source);

  base::Time now() const { return around.clock.now(); }
  ViewOptions view_options() const;

  Surroundings& around;
  const Flags flags;
  const Settings settings;
  std::string name_space;  // of the workflow that is being dealt with
  Paint paint;             // for stdout
  Api api;
};

// Findings have been shown already: run() adds nothing to them.
tl::unexpected<base::Error> already_said();
bool is_already_said(const base::Error& error);

// --status and --node-field-selector, which exclude each other.
base::Result<text::Selector> node_selector(const Flags& flags);
// The node selector as the server takes it, checked.
base::Result<std::string> node_selector_text(const Flags& flags);

// --output-parameter as the server takes them: {"name": "value"} as text, "" for none. A value in
// double quotes is read as a JSON string.
base::Result<std::string> output_parameters_text(const Flags& flags);

// PUT of an operation on a workflow, with its name and namespace in the body. An error names the
// workflow, as Argo's does: several may have been asked for.
base::Result<text::Value> put_operation(Session& session, std::string_view name,
                                        std::string_view name_space, std::string_view operation,
                                        text::Value body);

// One Workflow in the form that -o asks for: "", wide, short, name, json or yaml.
void print_workflow(Session& session, const text::Value& workflow, const text::Selector& nodes);

// GET of a workflow; `name` may be "@latest".
base::Result<text::Value> get_workflow(Session& session, std::string_view name);

}  // namespace cli
