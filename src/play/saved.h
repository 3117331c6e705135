// saved.h — the artifacts that an executor would have saved.
#pragma once
#include <string>
#include <vector>

#include "engine/plan.h"
#include "text/value.h"

namespace play {

// A repository of artifacts that nobody reaches, so that each artifact has a place.
engine::Settings rehearsed_settings();

// `made` is what the executor gets: each output artifact of it but those in `missing`, with the
// place that it would go to, as a JSON list in Argo's form; empty when there is none. The first
// artifact that is missing and is not optional is named in `lacking`.
std::string saved_artifacts(const text::Value& made, const std::vector<std::string>& missing,
                            std::string& lacking);

}  // namespace play
