// guesses.h — answers for a workflow about whose pods nothing is known.
//
// Every pod succeeds. An output is what its consumers can use: a JSON list where a withParam loops
// over it (of maps, where the loop asks for {{item.key}}), one of the words that a `when` compares
// it with, else its own default, else its name. Which word is chosen by the seed, so that another
// seed takes other branches.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/workflow.h"
#include "play/answers.h"

namespace play {

struct GuessOptions {
  uint64_t seed = 1;
  base::Duration running = base::Duration::seconds(1);  // of every pod
  bool resumes = true;                                  // somebody resumes what waits for it
};

// What consumers do with one value.
struct Use {
  bool looped = false;
  std::set<std::string> item_keys;  // {{item.key}} of the loop
  std::set<std::string> words;      // compared with by a `when`
  bool add(const Use& other);       // true when it has changed
};

class Guesses : public Answers {
 public:
  Guesses(const model::WorkflowSpec& spec, GuessOptions options);
  base::Result<PodAnswer> pod(const Asked& asked) override;
  std::optional<ResumeAnswer> resume(const Asked& asked) override;
  std::optional<ResumeAnswer> resume_at_last(const Asked& asked) override;

  // The outputs of a node that `answer` does not give, added to it.
  void complete(const Asked& asked, PodAnswer& answer) const;

 private:
  std::string guess(const Asked& asked, const std::string& output, std::string without) const;

  GuessOptions options_;
  std::map<std::string, Use> uses_;                           // "step.result", "step.parameters.p"
  std::map<std::string, std::vector<std::string>> supplied_;  // by template: what a resume gives
};

}  // namespace play
