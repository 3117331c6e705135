// custom_cells.h — the columns of kinds that CustomResourceDefinitions have made.
#pragma once
#include "base/time.h"
#include "kube/custom_kind.h"
#include "text/value.h"

namespace server {

// What additionalPrinterColumns shows of an object; null where its path leads to nothing. Dates are
// shown as ages. As k8s.io/apiextensions-apiserver's table converter.
text::Value custom_cell(const kube::PrinterColumn& column, const text::Value& object,
                        base::Time now);

}  // namespace server
