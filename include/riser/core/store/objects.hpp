#pragma once

#include "riser/core/code/code.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/module/type_registry.hpp"

#include <cstdint>

namespace riser::inline v0_1::core::runtime {

struct store_data;
struct module_data;
struct module_code;
struct instance_data;
struct execution_context;
struct host_function;

/// What a reference points at. A reference is a word: 0 where it is null, else the address of a reference_header, whose low bit
/// is clear (a set one is left to i31, which is no address).
enum class reference_kind : std::uint8_t {
    function,
    external,
    null_function, ///< of null_function: shared objects may have one each
};

/// The begin of everything that a reference can point at, whatever its type: so that who finds a word in a table, a global or a
/// slot can tell what it keeps alive.
struct reference_header {
    std::uint32_t type = 0; ///< engine-wide number of its type; of functions
    reference_kind kind = reference_kind::function;
    bool is_marked = false; ///< by the collector; of what one store has for itself, so not of functions
};
static_assert(sizeof(reference_header) == 8);

/// What a function reference points at. Made lazily per (instance, function), so that equal references are equal
/// addresses; never moves while its instance lives.
struct function_object : reference_header {
    union {
        function_entry* entry = nullptr; ///< of a function of a module
        host_function* host;             ///< of one of the host
    };
    instance_data* instance = nullptr; ///< its owner; null for host functions
    /// That of its type. Whoever keeps the object keeps the type, and with it the supertypes whose numbers are here.
    const std::uint32_t* display = nullptr;
    std::uint32_t index = 0; ///< function index in its module

    [[nodiscard]] bool is_of_host() const noexcept { return instance == nullptr; }
};

/// A function of the host, as the interpreter calls it. `call` reads the parameters from `slots` and writes the results
/// over them, both in the canonical frame form. \returns false where it failed: the context's exit then says how.
struct host_function {
    bool (*call)(host_function& self, execution_context& context, slot* slots);
    std::uint32_t parameter_slots;
    std::uint32_t result_slots;
};

/// What elements of tables of functions point at where they are null; 0 says that nobody has asked for the element yet. Its
/// type is that of no function, so that a call through it fails where types are compared.
inline constexpr std::uint32_t null_display[registered_type::least_display] = {};
inline constinit function_object null_function{
    {UINT32_MAX, reference_kind::null_function}, {nullptr}, nullptr, null_display, 0};

/// A table (4.2.7). Elements are reference words. See table_elements.hpp for when they come into being.
struct table_data {
    slot* elements = nullptr;
    std::uint64_t made = 0; ///< elements that are there: all, or none before the first access
    std::uint64_t size = 0;
    std::uint64_t max_size = 0; ///< growth beyond fails
    std::uint64_t capacity = 0;
};

/// What instances of a module are made of: one allocation, with the arrays behind the struct. Everything that handlers
/// reach is here, so that no fact of an instance is baked into code.
struct instance_data {
    function_entry* entries;          ///< by defined function: index - imported_functions
    slot* globals;                    ///< by defined global: two slots for each v128, else one (offsets: module_data)
    slot** imported_globals;          ///< by imported global: where its value lies
    table_data** tables;              ///< by table index
    memory::linear_memory** memories; ///< by memory index; null where the module has none
    function_object** imported_functions; ///< by imported function
    function_object** function_objects;   ///< chunks of them; null until made (see function_object_of)
    const module_code* code;              ///< (module, memory mode)
    store_data* store;
    std::uint64_t* dropped_elements; ///< bit sets by segment index
    std::uint64_t* dropped_data;
    /// Which memory host functions mean: the one that is exported as "memory", else memory 0; null where there is neither.
    memory::linear_memory* host_memory;
    bool exports_memory; ///< as "memory"
};

} // namespace riser::inline v0_1::core::runtime
