#pragma once

#include "riser/config.hpp"
#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/store/free_objects.hpp"
#include "riser/core/store/function_objects.hpp"
#include "riser/core/store/reference_words.hpp"
#include "riser/core/store/segment_items.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/core/store/table_elements.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace riser::inline v0_1::core::runtime {

/// Finds what nobody can reach any more and frees it: marks from what the host holds, then from what runs, then sweeps.
///
/// The host's references are counted, together with those of objects to each other. What has more of them than other objects
/// account for is a root. Tables, globals and instances say exactly what they refer to. Slots do not say which of them
/// are references, so each word there that could be one is taken for one. An object that is not freed costs memory, no more.
///
/// Takes no memory but for a list of what slots might refer to; where there is none for that, everything stays.
class collector {
public:
    explicit collector(store_data& store) noexcept : store_(store), ranges_(store.engine->options.allocator) {}
    collector(const collector&) = delete;
    collector& operator=(const collector&) = delete;

    /// Marks what the host can reach. To be called first.
    [[gnu::cold]] void mark_from_host() noexcept {
        for (store_object* at = store_.objects; at != nullptr; at = at->next) {
            for_each_counted(*at, [](store_object& target) { ++target.from_objects; });
        }
        store_object* roots = nullptr;
        for (store_object* at = store_.objects; at != nullptr; at = at->next) {
            if (at->references > at->from_objects) {
                at->is_marked = true;
                at->next_marked = roots;
                roots = at;
            }
        }
        trace(roots);
        for (external_box* box = store_.externals; box != nullptr; box = box->next) {
            box->is_marked = box->is_marked || box->references != 0;
        }
        for (spread_definition* each = store_.definitions; each != nullptr; each = each->next) {
            // Somebody else has it, such as a host that is about to store it where wasm finds it.
            each->is_marked = each->is_marked || each->definition->references.load(std::memory_order_relaxed) > 1;
        }
    }

    /// Marks what a running call has in hand: an instance, or null.
    [[gnu::cold]] void mark_running(instance_data* instance) noexcept {
        if (instance != nullptr) {
            mark(cell_of(*instance));
            trace(std::exchange(marked_, nullptr));
        }
    }

    /// Before the first mark_possible().
    [[gnu::cold]] void list_unmarked() noexcept {
        ranges_.clear();
        has_ranges_ = true;
        for (store_object* at = store_.objects; at != nullptr; at = at->next) {
            if (!at->is_marked && at->kind == object_kind::instance) {
                list_instance(static_cast<instance_cell&>(*at));
            }
        }
        for (external_box* box = store_.externals; box != nullptr; box = box->next) {
            if (!box->is_marked) {
                list(box, sizeof(*box), nullptr, box, nullptr);
            }
        }
        for (spread_definition* each = store_.definitions; each != nullptr; each = each->next) {
            if (!each->is_marked) {
                list(&each->definition->object, sizeof(function_object), nullptr, nullptr, each);
            }
        }
        const auto is_before = [](const void* ranges, std::uint32_t a, std::uint32_t b) {
            const auto& all = *static_cast<const vector<range>*>(ranges);
            return all[a].begin < all[b].begin;
        };
        has_ranges_ = has_ranges_ && try_sort_positions(order_, ranges_.size(), is_before, &ranges_);
    }

    /// Marks what `word` points into, if anything.
    void mark_possible(slot word) noexcept {
        ++words_;
        const std::size_t behind =
            partition_point(order_.size(), [&](std::size_t i) { return ranges_[order_[i]].begin <= word; });
        if (behind == 0) {
            return;
        }
        const range& found = ranges_[order_[behind - 1]];
        if (word - found.begin >= found.bytes) {
            return;
        }
        if (found.box != nullptr) {
            found.box->is_marked = true;
        } else if (found.definition != nullptr) {
            found.definition->is_marked = true;
        } else {
            mark_running(found.instance);
        }
    }

    /// Frees what has no mark. \returns whether there was anything.
    [[gnu::cold]] bool sweep() noexcept {
        if (!has_ranges_) {
            forget_marks();
            store_.uncollected = 0; // it is tried again later
            return false;
        }
        const bool any = detach_unmarked();
        external_box* const boxes = take_unmarked_boxes();
        spread_definition* const definitions = take_unmarked_definitions();
        store_.uncollected = 0;
        store_.collect_at = greater(store_data::least_weight, greater(survivors_, words_ / words_for_one));
        free_boxes(boxes);
        free_definitions(definitions);
        free_all_unreferenced(store_);
        return any || boxes != nullptr || definitions != nullptr;
    }

private:
    /// So many words may be looked at for each object that came to be since the last collection.
    static constexpr std::size_t words_for_one = 16;

    /// Where words may point that are references, and what they keep alive.
    struct range {
        slot begin;
        std::size_t bytes;
        instance_data* instance;
        external_box* box;
        spread_definition* definition;
    };

    /// References that `object` holds of others, each of them counted there.
    template <class Visit>
    static void for_each_counted(store_object& object, const Visit& visit) noexcept {
        if (object.kind == object_kind::instance) {
            for (store_object* const held : static_cast<instance_cell&>(object).held) {
                visit(*held);
            }
        } else if (object.kind == object_kind::global) {
            if (instance_cell* const instance = static_cast<global_cell&>(object).instance) {
                visit(*instance);
            }
        }
    }

    void mark(store_object& object) noexcept {
        if (!object.is_marked) {
            object.is_marked = true;
            object.next_marked = marked_;
            marked_ = &object;
        }
    }

    void mark_word(slot word) noexcept {
        ++words_;
        if (loaded_element(word) == 0) {
            return;
        }
        if (target_of(word).kind == reference_kind::external) {
            target_of(word).is_marked = true;
        } else {
            mark_function(*function_of(word));
        }
    }

    void mark_function(const function_object& function) noexcept {
        if (!function.is_of_host()) {
            mark(cell_of(*function.instance));
        } else if (store_.definitions != nullptr) {
            if (spread_definition* const found = find_spread(store_, definition_of(function))) {
                found->is_marked = true;
            }
        }
    }

    /// Everything that can be reached from `objects`, which have their marks.
    [[gnu::cold]] void trace(store_object* objects) noexcept {
        marked_ = objects;
        while (marked_ != nullptr) {
            store_object& object = *marked_;
            marked_ = object.next_marked;
            ++words_;
            for_each_counted(object, [&](store_object& target) { mark(target); });
            switch (object.kind) {
            case object_kind::instance: trace_instance(static_cast<instance_cell&>(object)); break;
            case object_kind::table: trace_table(static_cast<table_cell&>(object)); break;
            case object_kind::global: trace_global(static_cast<global_cell&>(object)); break;
            case object_kind::memory:
            case object_kind::tag: break;
            }
        }
    }

    void trace_instance(const instance_cell& instance) noexcept {
        const wasm::module_info& info = instance.module->info;
        for (std::size_t i = 0; i < info.imported_functions; ++i) {
            if (instance.imported_functions[i] != nullptr) { // it may be in the making
                mark_function(*instance.imported_functions[i]);
            }
        }
        for (std::size_t i = info.imported_globals; i < info.globals.size(); ++i) {
            if (info.globals[i].type.type.is_reference()) {
                mark_word(instance.globals[slots_per_global * (i - info.imported_globals)]);
            }
        }
    }

    void trace_table(const table_cell& table) noexcept {
        mark_word(table.initial);
        if (table.instance != nullptr) {
            mark(*table.instance); // its elements come from there when somebody asks
        }
        for (std::uint64_t i = 0; i < table.made; ++i) {
            mark_word(table.elements[i]);
        }
    }

    void trace_global(const global_cell& global) noexcept {
        if (global.instance == nullptr && global.type.type.is_reference()) {
            mark_word(*global.address);
        }
    }

    void list(const void* begin, std::size_t bytes, instance_data* instance, external_box* box,
              spread_definition* definition) noexcept {
        const auto address = core::cast<slot>(reinterpret_cast<std::uintptr_t>(begin));
        has_ranges_ = has_ranges_ && ranges_.try_push_back({address, bytes, instance, box, definition});
    }

    void list_instance(instance_cell& instance) noexcept {
        list(&instance, instance.block_bytes, &instance, nullptr, nullptr);
        if (instance.function_objects == nullptr) {
            return;
        }
        const module_data& module = *instance.module;
        for (std::uint32_t i = 0; i < chunk_count(module); ++i) {
            if (instance.function_objects[i] != nullptr) {
                list(instance.function_objects[i], chunk_bytes(module, i), &instance, nullptr, nullptr);
            }
        }
    }

    /// Takes the objects without a mark apart, and hands them to who frees what is not referred to.
    [[gnu::cold]] bool detach_unmarked() noexcept {
        store_object* dead = nullptr;
        for (store_object* at = store_.objects; at != nullptr;) {
            store_object& object = *std::exchange(at, at->next);
            if (std::exchange(object.is_marked, false)) {
                survivors_ += object.is_spread ? weight_of(static_cast<const instance_cell&>(object)) : 0;
                object.from_objects = 0;
                continue;
            }
            for_each_counted(object, [](store_object& target) { --target.references; });
            remove_from_store(object);
            object.next = dead;
            dead = &object;
        }
        for (store_object* at = store_.objects; at != nullptr; at = at->next) {
            if (at->references == 0 && at->kind == object_kind::instance) {
                at->is_spread = true; // it runs, and who held it is gone: its next last handle must not free it
            }
        }
        for (store_object* at = dead; at != nullptr; at = at->next) {
            if (at->kind == object_kind::instance) {
                static_cast<instance_cell&>(*at).held = {};
            } else if (at->kind == object_kind::global) {
                auto& global = static_cast<global_cell&>(*at);
                if (instance_cell* const instance = std::exchange(global.instance, nullptr)) {
                    instance->global_cells[global.index] = nullptr;
                }
            }
        }
        const bool any = dead != nullptr;
        while (dead != nullptr) {
            store_object& object = *std::exchange(dead, dead->next);
            object.next = store_.unreferenced;
            store_.unreferenced = &object;
        }
        return any;
    }

    [[nodiscard, gnu::cold]] external_box* take_unmarked_boxes() noexcept {
        external_box* dead = nullptr;
        for (external_box** at = &store_.externals; *at != nullptr;) {
            external_box& box = **at;
            if (std::exchange(box.is_marked, false)) {
                ++survivors_;
                at = &box.next;
                continue;
            }
            *at = box.next;
            store_.externals_by_payload.remove(box);
            box.next = dead;
            dead = &box;
        }
        return dead;
    }

    [[nodiscard, gnu::cold]] spread_definition* take_unmarked_definitions() noexcept {
        spread_definition* dead = nullptr;
        for (spread_definition** at = &store_.definitions; *at != nullptr;) {
            spread_definition& each = **at;
            if (std::exchange(each.is_marked, false)) {
                ++survivors_;
                at = &each.next;
                continue;
            }
            *at = each.next;
            store_.definitions_by_address.remove(each);
            each.next = dead;
            dead = &each;
        }
        return dead;
    }

    void free_boxes(external_box* boxes) const noexcept {
        while (boxes != nullptr) {
            destroy_object(store_.engine->options.allocator, std::exchange(boxes, boxes->next));
        }
    }

    /// What a function holds may be the embedder's, whose destructors may do anything.
    void free_definitions(spread_definition* definitions) const noexcept {
        while (definitions != nullptr) {
            destroy_object(store_.engine->options.allocator, std::exchange(definitions, definitions->next));
        }
    }

    void forget_marks() const noexcept {
        for (store_object* at = store_.objects; at != nullptr; at = at->next) {
            at->is_marked = false;
            at->from_objects = 0;
        }
        for (external_box* box = store_.externals; box != nullptr; box = box->next) {
            box->is_marked = false;
        }
        for (spread_definition* each = store_.definitions; each != nullptr; each = each->next) {
            each->is_marked = false;
        }
    }

    store_data& store_;
    store_object* marked_ = nullptr; ///< whose contents have to be looked at
    vector<range> ranges_;
    vector<std::uint32_t> order_; ///< of the ranges, by address
    bool has_ranges_ = true;      ///< there was memory for them
    std::size_t survivors_ = 0;   ///< weight of what stays, and only a collection frees
    std::size_t words_ = 0;       ///< looked at
};

} // namespace riser::inline v0_1::core::runtime
