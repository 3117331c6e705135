// mocks.h — answers that a person wrote down: a list of mocks, of which the first that fits counts.
//
//   mocks:
//   - template: flip-coin       # and: node (a name, * and ? stand for others), inputs
//     result: heads             # also: outputs, exitCode, message, duration, pending
//   - node: deploy
//     attempts:                 # one for each attempt of a retry; the last one for all later ones
//     - {phase: Failed, exitCode: 2}
//     - {phase: Succeeded}
//   - template: build
//     missing: [report]         # output files and artifacts that were not there
//   - template: set             # a container set: the exit code of each container that is not 0
//     containers: {second: 1}
//   - node: approve             # a Suspend node: resumed after its duration, with these outputs
//     duration: 48h
//     outputs: {ok: "yes"}
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "model/workflow.h"
#include "play/answers.h"
#include "play/guesses.h"
#include "text/value.h"

namespace play {

struct Mock {
  std::string template_name, node;  // empty: any
  model::StringMap inputs;          // parameters of the node that must have these values
  std::vector<PodAnswer> attempts;  // one at least
  bool has_duration = false;
  text::Place place;
};

// Reports mistakes in `found`; `path` is where the list stands ("mocks").
std::vector<Mock> read_mocks(const text::Value& list, std::string_view file, std::string_view path,
                             base::Diagnostics& found);

// Does `pattern` (with * and ?) mean this node: by its name, with or without the workflow's,
// or by its display name?
bool names_node(const std::string& pattern, const engine::State& state, engine::NodeId node);

// What the mocks do not say is guessed: outputs, and nodes without a mock.
class MockedAnswers : public Answers {
 public:
  MockedAnswers(const std::vector<Mock>& mocks, const model::WorkflowSpec& spec,
                GuessOptions options);
  base::Result<PodAnswer> pod(const Asked& asked) override;
  std::optional<ResumeAnswer> resume(const Asked& asked) override;
  std::optional<ResumeAnswer> resume_at_last(const Asked& asked) override;

  // Mocks that fitted no node so far.
  std::vector<const Mock*> unused() const;

 private:
  const Mock* find(const Asked& asked);

  const std::vector<Mock>& mocks_;
  std::vector<bool> used_;
  Guesses guesses_;
};

}  // namespace play
