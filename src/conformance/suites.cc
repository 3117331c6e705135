#include "conformance/suites.h"

#include "conformance/cron_suite.h"
#include "conformance/expr_suite.h"
#include "conformance/lint_suite.h"
#include "conformance/names_suite.h"
#include "conformance/objects_suite.h"
#include "conformance/selectors_suite.h"
#include "conformance/templates_suite.h"
#include "conformance/traces_suite.h"
#include "conformance/when_suite.h"

namespace conformance {
namespace {

constexpr SuiteRow kSuites[] = {
    {"templates", run_templates},
    {"when", run_when},
    {"expr", run_expr},
    {"names", run_names},
    {"lint", run_lint},
    {"traces", run_traces},
    {"cron", run_cron},
    {"selectors", run_selectors},
    {"events"},
    {"cd"},
    {"three_way_patch", run_three_way_patch},
    {"k8s_defaults", run_k8s_defaults},
    {"diff_structured_merge", run_diff_structured_merge},
    {"rollouts"},
};

struct ExceptionRow {
  std::string_view suite, case_id, reason;
};
constexpr ExceptionRow kExceptions[] = {
    {"templates", "template-json-021", "a JSON object with one key twice is refused, not rendered"},
    {"names", "resultref-008", "a task's name is a pattern there: a.b is taken for axb too"},
    {"traces", "hooks-test--testworkflowlevelhookswithretry#mixed",
     "a retried node that has ended for good gets one more attempt there while its hook runs"},
    {"names", "expandtask-027", "in a run the workflow's own variables are there before the loop"},
};

}  // namespace

std::span<const SuiteRow> suites() { return kSuites; }

std::optional<std::string_view> exception_of(std::string_view suite, std::string_view case_id) {
  const std::string_view whole = case_id.substr(0, case_id.find('#'));
  for (const ExceptionRow& row : kExceptions)
    if (row.suite == suite && (row.case_id == case_id || row.case_id == whole)) return row.reason;
  return std::nullopt;
}

}  // namespace conformance
