// table_cells.h — one cell of a table: what a column's source gives for an object.
//
// Sources: a path of members, or a word with what it needs.
//   age PATH…           how long ago; of the first path that is there
//   count PATH…         how many entries
//   names, images PATH  of the containers
//   selector PATH       labels, or a LabelSelector
// The other words are told in table_cells.cc, beside Kubernetes' rule for each.
#pragma once
#include <string_view>

#include "base/time.h"
#include "text/value.h"

namespace server {

// A text, a number or a boolean; null where there is nothing to show.
text::Value cell_of(std::string_view source, const text::Value& object, base::Time now);

// Does this source begin with a word that there is?
bool is_word(std::string_view source);

// The member at ".a.b.c"; null when it is not there.
const text::Value* at_path(const text::Value& object, std::string_view path);

// How long ago an RFC 3339 time was; null when there is none, or an unset one.
text::Value age_of(const text::Value* time, base::Time now);

}  // namespace server
