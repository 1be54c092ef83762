#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/function/sink.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::wasm {

/// What no body of a module does, so that a later tier may take it for granted. Validation of all bodies finds it; until that
/// is done, and forever where bodies are validated at their first calls or by a backend that compiles them, every answer is
/// the careful one. Immutable then.
///
/// Only the module's own code counts: others may change what is imported or exported, and active segments write to tables
/// before any of it runs. Operators that execution cannot get to do not count. Which functions are never referenced is known
/// without bodies: see module_info::declared_functions. Indices are those of the index spaces, imports included.
class module_facts {
public:
    explicit module_facts(const allocator& source = host_allocator) noexcept
        : written_tables_(source), set_globals_(source), grown_memories_(source) {}

    /// By table.set, fill, copy, init or grow.
    [[nodiscard]] bool may_write_table(std::uint32_t table) const noexcept { return !known_ || written_tables_[table]; }
    [[nodiscard]] bool may_set_global(std::uint32_t global) const noexcept { return !known_ || set_globals_[global]; }
    [[nodiscard]] bool may_grow_memory(std::uint32_t memory) const noexcept {
        return !known_ || grown_memories_[memory];
    }

private:
    friend class fact_finder;

    bool known_ = false;
    vector<bool> written_tables_;
    vector<bool> set_globals_;
    vector<bool> grown_memories_;
};

/// Finds the facts while the bodies are validated.
class fact_finder : public null_sink {
public:
    explicit fact_finder(module_facts& facts) noexcept : facts_(&facts) {}

    /// Before the first body. \returns false where the allocator has no memory.
    [[nodiscard]] bool prepare(const module_info& module) noexcept {
        return facts_->written_tables_.try_resize(module.tables.size()) &&
               facts_->set_globals_.try_resize(module.globals.size()) &&
               facts_->grown_memories_.try_resize(module.memories.size());
    }
    /// After the last one.
    void finish() noexcept { facts_->known_ = true; }

    void global_set(std::uint32_t global) { facts_->set_globals_[global] = true; }
    void memory_grow(std::uint32_t memory) { facts_->grown_memories_[memory] = true; }
    void table_set(std::uint32_t table) { facts_->written_tables_[table] = true; }
    void table_grow(std::uint32_t table) { facts_->written_tables_[table] = true; }
    void table_fill(std::uint32_t table) { facts_->written_tables_[table] = true; }
    void table_copy(std::uint32_t to, std::uint32_t) { facts_->written_tables_[to] = true; }
    void table_init(std::uint32_t, std::uint32_t table) { facts_->written_tables_[table] = true; }

private:
    module_facts* facts_;
};

} // namespace riser::inline v0_1::core::wasm
