// image_auth.h — registries' credentials: docker's config.json, and Secrets of the same form.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"

namespace runtime {

// One config.json with the entries of all. `user_config`: text of the user's own, or empty; its
// credential helpers stay. Of two entries for a registry the first secret's wins, and a secret wins
// over the user's. Secrets may be of type dockerconfigjson or the older dockercfg. kInvalid: not
// such a text (which is never repeated in the error: it holds passwords).
base::Result<std::string> merge_credentials(const std::string& user_config,
                                            const std::vector<std::string>& secrets);

}  // namespace runtime
