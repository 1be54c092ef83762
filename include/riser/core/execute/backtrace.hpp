#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/hash_index.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/code/trap_record.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>

// From addresses in linked code to functions. Only traps ask, so that nothing is kept for it: what is searched is made when
// it is needed.

namespace riser::inline v0::core::runtime {

/// The linked code of all functions that have run in a store.
class code_map {
public:
    [[gnu::cold]] explicit code_map(const store_data& store) {
        vector<const module_code*> codes;
        hash_index known;
        for (const store_object* object = store.objects; object != nullptr; object = object->next) {
            const module_code* const code =
                object->kind == object_kind::instance ? static_cast<const instance_cell*>(object)->code : nullptr;
            const std::uint64_t hash = hash_index::mix(0, reinterpret_cast<std::uintptr_t>(code));
            const auto is_same = [&](std::uint32_t position) { return codes[position] == code; };
            if (code != nullptr && known.find(hash, is_same) == hash_index::none) {
                known.insert(hash, static_cast<std::uint32_t>(codes.size()));
                codes.push_back(code);
                add(*code);
            }
        }
        const position_order by_address = [](const void* context, std::uint32_t a, std::uint32_t b) {
            const auto& blocks = *static_cast<const vector<block>*>(context);
            return blocks[a].begin < blocks[b].begin;
        };
        order_ = sort_positions(blocks_.size(), by_address, &blocks_);
    }

    /// Adds the frame that runs at `pc`, unless that belongs to no function.
    [[gnu::cold]] void record(const code_word* pc, trap_record& to) const {
        const auto address = reinterpret_cast<std::uintptr_t>(pc);
        const std::size_t after =
            partition_point(order_.size(), [&](std::size_t i) { return blocks_[order_[i]].begin <= address; });
        const block* const at = after == 0 ? nullptr : &blocks_[order_[after - 1]];
        if (at == nullptr || address >= at->end) {
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
            if (!code.blocks[i].empty()) {
                const auto begin = reinterpret_cast<std::uintptr_t>(code.blocks[i].data());
                blocks_.push_back(
                    {begin, begin + code.blocks[i].size() * sizeof(code_word), &module, static_cast<std::uint32_t>(i)});
            }
        }
    }

    vector<block> blocks_;
    vector<std::uint32_t> order_; ///< positions of blocks, by address
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
