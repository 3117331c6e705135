// Names of the entries of a list: there, well formed, unique.
#include <type_traits>

#include "model/validation/validator.h"

namespace model {

template <class Named>
void check_names(Validator& run, const std::vector<Named>& entries, const Site& site,
                 const std::string& below, NameStyle style) {
  constexpr bool kIsParameter = std::is_same_v<Named, Parameter> || std::is_same_v<Named, Artifact>;
  std::unordered_map<std::string_view, size_t> seen;
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string& name = entries[i].name;
    const std::string at = below + '[' + std::to_string(i) + ']';
    if (name.empty()) {
      run.error(site, at, "missing-name", "the name is missing");
      continue;
    }
    const std::string plain =
        style == NameStyle::kMayHoldTags ? render_name(name, run.here()) : name;
    if (!(kIsParameter ? is_parameter_name(plain) : is_field_name(plain)))
      run.error(site, at + ".name", "bad-name", quote(name) + " is not a valid name",
                kIsParameter ? "use letters, digits, - and _"
                             : "use letters, digits and -, at most 128, a letter or digit first");
    const auto [first, is_new] = seen.emplace(name, i);
    if (!is_new)
      run.error(site, at + ".name", "duplicate-name",
                quote(name) + " is there twice: also at [" + std::to_string(first->second) + "]");
  }
}

template void check_names(Validator&, const std::vector<Parameter>&, const Site&,
                          const std::string&, NameStyle);
template void check_names(Validator&, const std::vector<Artifact>&, const Site&, const std::string&,
                          NameStyle);
template void check_names(Validator&, const std::vector<Template>&, const Site&, const std::string&,
                          NameStyle);
template void check_names(Validator&, const std::vector<Task>&, const Site&, const std::string&,
                          NameStyle);

}  // namespace model
