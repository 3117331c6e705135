#include "model/lint_rules.h"

#include <algorithm>

namespace model {

namespace {

constexpr LintRule kRules[] = {
    {"bad-depends", "A depends that cannot be read."},
    {"bad-duration", "A text that is not a length of time."},
    {"bad-expression", "An expression, a when or a pattern in one that cannot be read."},
    {"bad-metric", "A metric that cannot have its value when it is asked for."},
    {"bad-name", "A name with characters that names of its kind cannot have."},
    {"bad-number", "A number that is out of its range, or none."},
    {"bad-path", "The path of an artifact climbs out of the directory that it begins in."},
    {"bad-quantity", "A text that is not an amount of a resource."},
    {"bad-resource", "A resource that a pod as a whole cannot have."},
    {"bad-schedule", "A schedule that cron does not understand."},
    {"bad-selector", "A label selector with keys, operators or values that cannot be."},
    {"bad-time", "A text that is not an instant."},
    {"bad-time-zone", "A time zone that the database of zones does not have."},
    {"bad-value-source", "A valueFrom with a source that does not fit where it stands."},
    {"bad-yaml", "A text that is no YAML."},
    {"dependency-cycle", "Tasks or containers that wait for each other."},
    {"depends-choice", "depends beside dependencies or continueOn in one dag."},
    {"duplicate-key", "A key that is twice in one map."},
    {"duplicate-name", "A name that is twice in one list."},
    {"duplicate-object", "Two templates of one name in the files given."},
    {"empty-enum", "An enum without values."},
    {"expression-type", "An expression whose types do not fit, or whose value has the wrong one."},
    {"ignored-field", "A field that is kept and has no effect here."},
    {"item-without-loop", "{{item}} where nothing loops."},
    {"loop-choice", "Several kinds of loop, or of its end, at once."},
    {"misplaced-field", "A field that templates of this kind do not have."},
    {"misplaced-from", "from in the inputs of a template."},
    {"misplaced-path", "The path of an artifact in a template that runs no container."},
    {"missing-argument", "A call that does not give what its template needs."},
    {"missing-container", "A containerSet without container, or without the one that is needed."},
    {"missing-dependency", "A task uses the outputs of one that it does not wait for."},
    {"missing-entrypoint", "A workflow that does not say where it begins."},
    {"missing-expression", "A hook that does not say when."},
    {"missing-help", "A metric without help."},
    {"missing-image", "A container without image."},
    {"missing-name", "An entry of a list without its name."},
    {"missing-path", "An artifact of a container without path."},
    {"missing-schedule", "A CronWorkflow without schedule."},
    {"missing-task", "A dag without task."},
    {"missing-value", "A parameter, an artifact or a field that needs a value and has none."},
    {"mounted-twice", "Two things that are mounted at one path."},
    {"name-too-long", "A name that is longer than labels and pods allow."},
    {"not-a-loop", "AnySucceeded or AllFailed of a task that does not loop."},
    {"not-an-object", "A document that is no map."},
    {"not-in-enum", "A value that its enum does not have."},
    {"plugin-choice", "A plugin template with no key, or with several."},
    {"refused-field", "A field that Argo has and that is not supported here yet."},
    {"required-field", "A field that is missing in its map."},
    {"reserved-name", "A container with a name that Argo uses itself."},
    {"template-choice", "A call with no template, or with several that exclude each other."},
    {"template-type", "A template that runs nothing, or several things."},
    {"text-from-json", "A list or map where a text is expected."},
    {"unchecked-kind", "An object of Argo's family whose fields are not known here."},
    {"unknown-argument", "An argument that the template does not take."},
    {"unknown-artifact", "The name of an input artifact that is not there."},
    {"unknown-dependency", "A task or container to wait for that is not there."},
    {"unknown-field", "A field that its type does not have."},
    {"unknown-function", "A function in an expression that is not there."},
    {"unknown-kind", "A kind that is not there, or none."},
    {"unknown-result", "A word in depends that is not how a task can end."},
    {"unknown-target", "A target of a dag that is no task of it."},
    {"unknown-template", "A template, or an object with templates, that is not there."},
    {"unknown-variable", "A variable in an expression that does not exist there."},
    {"unknown-volume", "A mount of a volume that is not there."},
    {"unknown-word", "A word that is not one of those allowed."},
    {"unreachable-template", "A template that nothing calls."},
    {"unresolved-variable", "A {{tag}} that does not exist there."},
    {"value-choice", "Several values, or sources of one, that exclude each other."},
    {"wrong-type", "A value of another type than its field."},
};
static_assert(std::ranges::is_sorted(kRules, {}, &LintRule::name));

}  // namespace

std::span<const LintRule> lint_rules() { return kRules; }

size_t lint_rule_index(std::string_view name) {
  const auto found = std::ranges::lower_bound(kRules, name, {}, &LintRule::name);
  const auto at = static_cast<size_t>(found - std::begin(kRules));
  return found != std::end(kRules) && found->name == name ? at : std::size(kRules);
}

}  // namespace model
