// node_name.h — names of nodes and pods that come from outside: what is in them, and what is made
// of them. Inside of the engine names are built from the plan, never taken apart.
#pragma once
#include <string>
#include <string_view>

namespace engine {

// "<workflow>-<fnv1a32 of the node's name>"; the first node has the workflow's own name.
std::string node_id_of(std::string_view workflow, std::string_view node_name);

// The pod of a node: "<workflow>-<template>-<number>" (Argo's v2 names), at most 253 long. The
// template of an inline one is "".
std::string pod_name_of(std::string_view workflow, std::string_view node_name,
                        std::string_view template_name);
// What stands before the number: cut, so that the whole fits.
std::string pod_name_prefix(std::string_view workflow, std::string_view template_name);

// The step or task in a node's name: "fan" of "wf[0].fan(0:x.y)(1)".
std::string_view step_name_in(std::string_view node_name);

}  // namespace engine
