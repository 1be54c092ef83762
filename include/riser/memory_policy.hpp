#pragma once

/// How an engine keeps guests inside their memories: the first argument of basic_engine. The policies are
///
/// | policy            | accesses of memory 0                     | a memory costs                  | where        |
/// |-------------------|------------------------------------------|---------------------------------|--------------|
/// | `signaling`       | unchecked; a fault becomes a trap        | 4 GiB of addresses, 2 mappings  | Linux x86-64 |
/// | `bounds_checking` | checked                                  | the bytes in use                | everywhere   |
/// | `adaptive`        | as either, decided memory by memory      | as either                       | everywhere   |
///
/// An embedder can write another: a type that satisfies `memory_policy::policy`. Whoever wants no header of the
/// operating system includes memory_policy/bounds_checking.hpp only.

#include "riser/core/memory/policy.hpp"
#include "riser/memory_policy/adaptive.hpp"
#include "riser/memory_policy/bounds_checking.hpp"
