// strategic_words.h — the directives of a strategic merge patch, as Kubernetes spells them.
#pragma once
#include <string_view>

namespace text::strategic {

inline constexpr std::string_view kPatch = "$patch";
inline constexpr std::string_view kRetainKeys = "$retainKeys";
inline constexpr std::string_view kOrder = "$setElementOrder/";
inline constexpr std::string_view kDeleted = "$deleteFromPrimitiveList/";
inline constexpr std::string_view kScalars = "*";  // MergeRules::Of::merge_key of such a list

}  // namespace text::strategic
