// workflow_rows.h — what lies beside a Workflow in the store, and which pod is which node's: the
// names that whoever runs workflows and whoever serves them have in common.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "store/store.h"

namespace kube {

inline constexpr std::string_view kWorkflows = "workflows.argoproj.io";  // the store's resource
// A workflow's label; kCompletedLabel of pod_contract.h is a workflow's, too.
inline constexpr std::string_view kPhaseLabel = "workflows.argoproj.io/phase";

// Collections of rows of a Workflow.
inline constexpr std::string_view kNodes = "nodes";            // NodeId -> State::encode_row
inline constexpr std::string_view kOperations = "operations";  // -> model::Operation as JSON
inline constexpr std::string_view kRefusals = "refusals";      // by its key, why one was not done
// Of kSeedAndSummary: the seed's eight bytes and encode_summary, until the end; a seed of 0 is
// not known. Of kPodBase: the number of the first node's pod as decimal digits; 0 where there is no
// such row. Written by older versions, and apart: 0: encode_summary, 1: the seed.
inline constexpr std::string_view kEngine = "engine";
inline constexpr uint64_t kSeedAndSummary = 2;
inline constexpr uint64_t kPodBase = 3;

// The uid of a pod: the workflow's uid with the pod's number as its last eight digits. The number
// is that of its node, counted on from the workflow's pod base: a workflow that is taken up again
// numbers its nodes anew, and no uid ever comes twice. So a pod names its node without a look-up,
// and creating it twice is noticed.
std::string pod_uid(std::string_view workflow_uid, uint32_t number);
// The other way round; nothing when this is no such uid.
std::optional<uint32_t> number_of_pod_uid(std::string_view pod_uid);
// Of kPodBase, as it is stored now.
base::Result<uint32_t> read_pod_base(const store::Store& store, const std::string& workflow_uid);
// What the uids of a workflow and of all its pods have in common.
std::string_view uid_stem(std::string_view uid);

}  // namespace kube
