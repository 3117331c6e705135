// access_reviews.h — kinds that are asked and never stored: may I, who am I, whose token is this,
// and the tokens of service accounts.
#pragma once
#include "kube/store_api.h"
#include "server/identity.h"

namespace server {

// True when the path is one of authentication.k8s.io's or authorization.k8s.io's, or
// serviceaccounts/NAME/token, and has been answered. Call::identity is who asks.
bool answer_review(kube::StoreApi& api, const sys::Clock& clock, const Access& access,
                   const ServiceTokens& tokens, Call& call);

}  // namespace server
