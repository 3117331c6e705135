#include "cli/verb.h"

#include <algorithm>

namespace cli {
namespace {

constexpr Verb kVerbs[] = {
    {"apply", "-f FILE...", "create or change what is kept: ConfigMaps, templates, …", apply_flags,
     0, 0, run_apply},
    {"archive", "delete|get|list|list-label-keys|list-label-values|resubmit|retry",
     "manage the workflow archive", nullptr, 0, 0, nullptr, archive_actions},
    {"auth", "token", "print the bearer token of the server", auth_flags, 1, 1, run_auth},
    {"cluster-template", "create|delete|get|lint|list|update", "manage cluster workflow templates",
     nullptr, 0, 0, nullptr, cluster_template_actions},
    {"completion", "SHELL", "print completion code for bash, zsh or fish", completion_flags, 1, 1,
     run_completion},
    {"convert", "FILE...", "convert manifests from legacy fields to current ones", convert_flags, 1,
     kAnyNumber, run_convert},
    {"cp", "WORKFLOW DIRECTORY", "copy output artifacts of a workflow to this machine", cp_flags, 2,
     2, run_cp},
    {"cron", "backfill|create|delete|get|lint|list|resume|suspend|update", "manage cron workflows",
     nullptr, 0, 0, nullptr, cron_actions},
    {"delete", "[WORKFLOW...]", "delete workflows, or with -f ConfigMaps and Secrets", delete_flags,
     0, kAnyNumber, run_delete},
    {"doctor", "", "say what this machine lacks to run containers", doctor_flags, 0, 0, run_doctor},
    {"eval", "TEXT", "evaluate an expression or a text with {{tags}}", eval_flags, 1, 1, run_eval},
    {"executor-plugin", "build", "manage executor plugins", nullptr, 0, 0, nullptr,
     executor_plugin_actions},
    {"explain", "PATH", "show the fields of a resource, as workflow.spec.templates", explain_flags,
     1, 1, run_explain},
    {"get", "WORKFLOW...", "display details about a workflow", get_flags, 0, kAnyNumber, run_get},
    {"image", "ls|pull|import|rm|prune", "manage the images of this machine", image_flags, 1,
     kAnyNumber, run_image},
    {"kubeconfig", "", "print what kubectl needs to reach `argo server`", kubeconfig_flags, 0, 0,
     run_kubeconfig},
    {"lint", "FILE...", "validate files or directories of manifests", lint_flags, 1, kAnyNumber,
     run_lint},
    {"list", "", "list workflows", list_flags, 0, 0, run_list},
    {"logs", "WORKFLOW [POD]", "view logs of a pod or workflow", logs_flags, 1, 2, run_logs},
    {"node", "set WORKFLOW", "perform an action on a node in a workflow", node_flags, 2, 2,
     run_node},
    {"rerun", "WORKFLOW", "run an ended workflow again from a node on", rerun_flags, 1, 1,
     run_rerun},
    {"resubmit", "[WORKFLOW...]", "make new workflows of ended ones", resubmit_flags, 0, kAnyNumber,
     run_resubmit},
    {"resume", "WORKFLOW...", "resume workflows (opposite of suspend)", resume_flags, 1, kAnyNumber,
     run_resume},
    {"retry", "[WORKFLOW...]", "run again what has failed in a workflow", retry_flags, 0,
     kAnyNumber, run_retry},
    {"simulate", "FILE...", "run workflows in virtual time, without a container", simulate_flags, 1,
     kAnyNumber, run_simulate},
    {"stop", "WORKFLOW...", "stop workflows, allowing all exit handlers to run", stop_flags, 0,
     kAnyNumber, run_stop},
    {"submit", "FILE...", "submit workflows", submit_flags, 0, kAnyNumber, run_submit},
    {"suspend", "WORKFLOW...", "suspend workflows (opposite of resume)", suspend_flags, 1,
     kAnyNumber, run_suspend},
    {"sync", "create|delete|get|list|update", "list locks, and manage limits of semaphores",
     nullptr, 0, 0, nullptr, sync_actions},
    {"template", "create|delete|get|lint|list|update", "manage workflow templates", nullptr, 0, 0,
     nullptr, template_actions},
    {"terminate", "WORKFLOW...", "terminate workflows immediately", terminate_flags, 0, kAnyNumber,
     run_terminate},
    {"test", "FILE...", "test workflows with mocked pods, in virtual time", test_flags, 1,
     kAnyNumber, run_test},
    {"version", "", "print version information", version_flags, 0, 0, run_version},
    {"wait", "WORKFLOW...", "wait for workflows to complete", wait_flags, 1, kAnyNumber, run_wait},
    {"watch", "WORKFLOW", "watch a workflow until it completes", watch_flags, 1, 1, run_watch},
};
static_assert(std::ranges::is_sorted(kVerbs, {}, &Verb::name));

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

const Verb* find_verb(std::string_view name) {
  const auto found = std::ranges::lower_bound(kVerbs, name, {}, &Verb::name);
  return found != std::end(kVerbs) && found->name == name ? found : nullptr;
}

}  // namespace cli
