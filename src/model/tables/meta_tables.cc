// meta_tables.cc — what an API server says besides objects: lists, errors, options of deletion.
#include "model/field.h"
#include "model/tables.h"

namespace model {
namespace {

constexpr Field kListMeta[] = {
    acts("continue", "string", "where the next page begins"),
    acts("remainingItemCount", "int", "how many are on the pages to come"),
    acts("resourceVersion", "string", "what the list shows; a watch goes on from it"),
    acts("selfLink", "string", "not given any more"),
};

constexpr Field kStatus[] = {
    acts("apiVersion", "string", "version of the kind"),
    acts("kind", "string", "the kind"),
    acts("metadata", "ListMeta", "empty"),
    acts("status", "string", "how it went").one_of("Success|Failure"),
    acts("message", "string", "a sentence for people"),
    acts("reason", "string", "one word for programs"),
    acts("details", "StatusDetails", "what it is about"),
    acts("code", "int", "the status of HTTP"),
};

constexpr Field kStatusDetails[] = {
    acts("name", "string", "name of the object"),
    acts("group", "string", "group of its kind"),
    acts("kind", "string", "its kind"),
    acts("uid", "string", "its uid"),
    acts("causes", "[]StatusCause", "what is wrong, one entry a mistake"),
    acts("retryAfterSeconds", "int", "seconds until it may be tried again"),
};

constexpr Field kStatusCause[] = {
    acts("field", "string", "path of the field"),
    acts("message", "string", "a sentence for people"),
    acts("reason", "string", "one word for programs"),
};

constexpr Field kDeleteOptions[] = {
    acts("apiVersion", "string", "version of the kind"),
    acts("kind", "string", "the kind"),
    acts("dryRun", "[]string", "All: say what would happen, and do nothing"),
    acts("gracePeriodSeconds", "int", "seconds until it is killed; 0: at once"),
    acts("preconditions", "Preconditions", "which object is meant"),
    acts("propagationPolicy", "string", "what happens to the objects that it owns")
        .one_of("Background|Foreground|Orphan"),
};

constexpr Field kPreconditions[] = {
    acts("resourceVersion", "string", "only while it is this version"),
    acts("uid", "string", "only if it has this uid"),
};

constexpr Type kTypes[] = {
    {"ListMeta", "Where a list begins and ends.", kListMeta},
    {"Status", "How a request went that gives no object.", kStatus},
    {"StatusDetails", "What a Status is about.", kStatusDetails},
    {"StatusCause", "One mistake of a request.", kStatusCause},
    {"DeleteOptions", "How an object is deleted.", kDeleteOptions},
    {"Preconditions", "Which object is meant.", kPreconditions},
};

}  // namespace

std::span<const Type> meta_tables() { return kTypes; }

}  // namespace model
