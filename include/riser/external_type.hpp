#pragma once

#include "riser/config.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/value.hpp"

#include <string>

namespace riser::inline v0_1 {

using external_kind = core::wasm::external_kind; ///< function, table, memory, global, tag

/// The type of an import or export (Core specification 2.3.18).
struct external_type {
    external_kind kind = external_kind::function;
    function_type function; ///< of functions and tags
    table_type table;
    memory_type memory;
    global_type global;
};

namespace core::runtime {

/// An external_type whose function type somebody else keeps.
struct external_type_view {
    external_kind kind = external_kind::function;
    function_type_view function;
    table_type table;
    memory_type memory;
    global_type global;

    operator external_type() const { return {kind, function, table, memory, global}; }
};

} // namespace core::runtime

/// In the notation of the text format: "(func (param i32) (result i64))", "(memory 1 2)", "(global (mut i32))", …
[[nodiscard]] RISER_INLINE std::string to_string(const external_type& type);

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/external_type.hpp"
#endif
