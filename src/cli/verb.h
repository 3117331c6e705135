// verb.h — the table of commands: a row and a function each.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"
#include "cli/flags.h"
#include "cli/session.h"

namespace cli {

struct Verb {
  std::string_view name;
  std::string_view arguments;  // "WORKFLOW...", for the help
  std::string_view help;       // one line
  std::span<const Flag> (*flags)();
  size_t arguments_least, arguments_most;
  // Gives the exit code, or an error that run() shows.
  base::Result<int> (*run)(Session& session);
  // A command of several: rows named "cron create"; then `flags` and `run` are null.
  std::span<const Verb> (*actions)() = nullptr;
};
constexpr size_t kAnyNumber = SIZE_MAX;

// All, by name.
std::span<const Verb> verbs();
const Verb* find_verb(std::string_view name);

// `argo template lint` and its like: run_lint() of one kind.
base::Result<int> lint_kind(Session& session, std::string_view kind);
std::span<const Flag> lint_kind_flags();

std::span<const Verb> archive_actions();
std::span<const Verb> cluster_template_actions();
std::span<const Verb> cron_actions();
std::span<const Verb> executor_plugin_actions();
std::span<const Verb> sync_actions();
std::span<const Verb> template_actions();

// clang-format off
std::span<const Flag> apply_flags();      base::Result<int> run_apply(Session& session);
std::span<const Flag> auth_flags();       base::Result<int> run_auth(Session& session);
std::span<const Flag> completion_flags(); base::Result<int> run_completion(Session& session);
std::span<const Flag> convert_flags();    base::Result<int> run_convert(Session& session);
std::span<const Flag> cp_flags();         base::Result<int> run_cp(Session& session);
std::span<const Flag> delete_flags();     base::Result<int> run_delete(Session& session);
std::span<const Flag> doctor_flags();     base::Result<int> run_doctor(Session& session);
std::span<const Flag> eval_flags();       base::Result<int> run_eval(Session& session);
std::span<const Flag> explain_flags();    base::Result<int> run_explain(Session& session);
std::span<const Flag> get_flags();        base::Result<int> run_get(Session& session);
std::span<const Flag> image_flags();      base::Result<int> run_image(Session& session);
std::span<const Flag> kubeconfig_flags(); base::Result<int> run_kubeconfig(Session& session);
std::span<const Flag> lint_flags();       base::Result<int> run_lint(Session& session);
std::span<const Flag> list_flags();       base::Result<int> run_list(Session& session);
std::span<const Flag> logs_flags();       base::Result<int> run_logs(Session& session);
std::span<const Flag> node_flags();       base::Result<int> run_node(Session& session);
std::span<const Flag> rerun_flags();      base::Result<int> run_rerun(Session& session);
std::span<const Flag> resubmit_flags();   base::Result<int> run_resubmit(Session& session);
std::span<const Flag> resume_flags();     base::Result<int> run_resume(Session& session);
std::span<const Flag> retry_flags();      base::Result<int> run_retry(Session& session);
std::span<const Flag> simulate_flags();   base::Result<int> run_simulate(Session& session);
std::span<const Flag> stop_flags();       base::Result<int> run_stop(Session& session);
std::span<const Flag> submit_flags();     base::Result<int> run_submit(Session& session);
std::span<const Flag> suspend_flags();    base::Result<int> run_suspend(Session& session);
std::span<const Flag> terminate_flags();  base::Result<int> run_terminate(Session& session);
std::span<const Flag> test_flags();       base::Result<int> run_test(Session& session);
std::span<const Flag> version_flags();    base::Result<int> run_version(Session& session);
std::span<const Flag> wait_flags();       base::Result<int> run_wait(Session& session);
std::span<const Flag> watch_flags();      base::Result<int> run_watch(Session& session);
// clang-format on

}  // namespace cli
