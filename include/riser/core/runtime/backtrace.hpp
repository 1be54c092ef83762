#pragma once

#include "riser/core/runtime/context.hpp"
#include "riser/core/runtime/store_data.hpp"
#include "riser/core/runtime/store_object.hpp"
#include "riser/core/runtime/trap_record.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

// From addresses in linked code to functions. Only traps ask, so that nothing is kept for it: what is searched is made when
// it is needed.

namespace riser::inline v0::core::runtime {

/// The linked code of all functions that have run in a store.
class code_map {
public:
    [[gnu::cold]] explicit code_map(const store_data& store) {
        std::vector<const module_code*> codes;
        for (const store_object* object = store.objects; object != nullptr; object = object->next) {
            if (object->kind == object_kind::instance && static_cast<const instance_cell*>(object)->code != nullptr) {
                codes.push_back(static_cast<const instance_cell*>(object)->code);
            }
        }
        std::sort(codes.begin(), codes.end());
        codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
        for (const module_code* const code : codes) {
            add(*code);
        }
        std::sort(blocks_.begin(), blocks_.end(), [](const block& a, const block& b) { return a.begin < b.begin; });
    }

    /// Adds the frame that runs at `pc`, unless that belongs to no function.
    [[gnu::cold]] void record(const code_word* pc, trap_record& to) const {
        const auto address = reinterpret_cast<std::uintptr_t>(pc);
        auto at = std::upper_bound(blocks_.begin(), blocks_.end(), address,
                                   [](std::uintptr_t key, const block& one) { return key < one.begin; });
        if (at == blocks_.begin() || address >= (--at)->end) {
            return;
        }
        const auto& module = static_cast<const module_state&>(*at->module);
        to.push_back({shared_ref<module_state>::share(const_cast<module_state*>(&module)),
                      at->defined + module.info.imported_functions,
                      static_cast<std::uint32_t>((address - at->begin) / sizeof(code_word))});
    }

private:
    struct block {
        std::uintptr_t begin;
        std::uintptr_t end;
        const module_data* module;
        std::uint32_t defined;
    };

    [[gnu::cold]] void add(const module_code& code) {
        const module_data& module = *code.module;
        const std::lock_guard lock(module.mutex);
        for (std::size_t i = 0; i < code.blocks.size(); ++i) {
            if (code.blocks[i] != nullptr) {
                const auto begin = reinterpret_cast<std::uintptr_t>(code.blocks[i].get());
                blocks_.push_back({begin, begin + module.bytecode[i].size() * sizeof(code_word), &module,
                                   static_cast<std::uint32_t>(i)});
            }
        }
    }

    std::vector<block> blocks_;
};

/// Takes down where the innermost activation was when it ended early: context.trap_pc unless that is null, then the links
/// up to `base`, which was the newest link when the activation began. Called before the links are dropped.
[[gnu::cold, gnu::noinline]] inline void record_trap(execution_context& context, const link* base) {
    trap_record& record = context.store->record;
    if (record.size() >= most_recorded_frames) {
        return;
    }
    const code_map map(*context.store);
    map.record(context.trap_pc, record);
    for (const link* caller = context.links; caller < base && record.size() < most_recorded_frames; ++caller) {
        // A link says where to go on; the call is in front of that.
        map.record(caller->pc - 1, record);
    }
}

} // namespace riser::inline v0::core::runtime
