// client_writes.h — writes of clients: what an API server does beyond storing.
//
// Unknown fields, defaults, fields that are fixed, who set what (managedFields), server-side apply,
// dry runs. What control and the agent write goes to StoreApi directly and stays as it is. Any
// thread.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "kube/field_manager.h"
#include "kube/fixed_fields.h"
#include "kube/store_api.h"
#include "sys/clock.h"

namespace kube {

struct ClientOptions {
  enum class Validation : uint8_t { kIgnore, kWarn, kStrict };  // of unknown fields
  bool dry_run = false;
  bool force = false;  // of an apply: conflicts are won
  std::string field_manager;
  Validation validation = Validation::kWarn;
};

// What is told beside the answer.
struct WriteNotes {
  Warnings warnings;
  std::vector<Cause> causes;    // of a refusal
  std::string refused_name;     // of a refusal: the object's, as far as it has one
  bool is_bad_request = false;  // the refusal is HTTP's 400, not 422
  bool is_created = false;      // by an apply
};

class ClientWrites {
 public:
  ClientWrites(StoreApi& api, const sys::Clock& clock) : api_(api), clock_(clock) {}

  base::Result<text::Value> create(const Kind& kind, std::string_view namespace_,
                                   text::Value object, const ClientOptions& options,
                                   WriteNotes& notes);
  base::Result<text::Value> update(const ObjectRef& ref, text::Value object, Part part,
                                   const ClientOptions& options, WriteNotes& notes);
  // kApply too, which creates what is not there (not for Part::kStatus).
  base::Result<text::Value> patch(const ObjectRef& ref, PatchType type, const text::Value& patch,
                                  Part part, const ClientOptions& options, WriteNotes& notes);

 private:
  struct Request;
  base::Status finish(const Request& request, const text::Value* old_object,
                      text::Value& new_object) const;
  base::Status finish_custom(const Request& request, text::Value& object) const;
  base::Status tell_unknown(const Request& request, const std::vector<std::string>& unknown) const;
  void note_creation(const Kind& kind, std::string_view namespace_,
                     const base::Result<text::Value>& made, WriteNotes& notes) const;
  base::Status take_unknown(const Request& request, text::Value& object) const;
  WriteOptions options_of(const Request& request) const;
  base::Result<text::Value> apply(Request& request, const ObjectRef& ref, text::Value config);
  base::Result<text::Value> apply_once(Request& request, const ObjectRef& ref,
                                       const text::Value& config);

  StoreApi& api_;
  const sys::Clock& clock_;
};

}  // namespace kube
