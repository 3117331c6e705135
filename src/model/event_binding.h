// event_binding.h — what a WorkflowEventBinding makes of an event that has come in.
//
// Its selector, its arguments and its metadata are expressions over `namespace`, `discriminator`,
// `metadata` (headers by their names in lower case, each with a list of values) and `payload`.
// Source: Argo docs "events". Any thread.
#pragma once
#include <string>

#include "base/error.h"
#include "expr/expression.h"
#include "text/value.h"

namespace model {

struct IncomingEvent {
  std::string namespace_, discriminator;
  text::Value metadata;  // a map
  text::Value payload;   // null: there was none
};

// Does the binding's selector take the event? kInvalid, in Argo's words, for what cannot be
// evaluated or gives no bool.
base::Result<bool> selects(const text::Value& binding, const IncomingEvent& event,
                           const expr::EvalContext& context);

// Puts what the binding's `submit` says into the workflow that refers to its template: name,
// generateName, labels, annotations, arguments. kInvalid as above.
base::Status submit_event(const text::Value& binding, const IncomingEvent& event,
                          const expr::EvalContext& context, text::Value& workflow);

}  // namespace model
