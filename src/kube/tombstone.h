// tombstone.h — the note that a deletion leaves for the garbage collector, kept as an object of an
// internal resource that no client sees.
#pragma once
#include <string>
#include <string_view>

#include "base/error.h"
#include "store/store.h"

namespace kube {

inline constexpr std::string_view kTombstones = "tombstones.internal";
inline constexpr std::string_view kForegroundFinalizer = "foregroundDeletion";
inline constexpr std::string_view kOrphanFinalizer = "orphan";

struct Tombstone {
  store::Key owner;  // what was deleted, or is to be
  std::string uid;
  // kBackground: the owner is gone. kForeground: it waits, by a finalizer, until its dependents are
  // gone; kOrphan: until they have been let go. kContents: it is a namespace or a definition, and
  // waits until what it holds is gone (kube/contents.h).
  enum class Mode : uint8_t { kBackground, kForeground, kOrphan, kContents };
  Mode mode = Mode::kBackground;

  store::PutObject to_put() const;
  store::Key key() const { return {std::string(kTombstones), "", uid}; }
};
base::Result<Tombstone> parse_tombstone(const store::Object& object);

}  // namespace kube
