#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/execute/bulk.hpp"
#include "riser/core/execute/invoke.hpp"
#include "riser/core/module/code_cache.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/store/constant_evaluator.hpp"
#include "riser/core/store/create.hpp"
#include "riser/core/store/externals.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/function_objects.hpp"
#include "riser/core/store/linked_state.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/error.hpp"

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

namespace riser::inline v0_1::core::runtime {

/// Makes one instance (4.6.3, Instantiation), step by step; what was made is given back where a step fails.
class instance_maker {
public:
    /// `imported`: what each import is, which fits.
    instance_maker(store_data& store, const shared_ref<linked_state>& linked,
                   std::span<const external_reference> imported)
        : store_(store), linked_(linked), module_(*linked->module), info_(module_.info), imported_(imported),
          memories_(store.engine->options.allocator) {}
    instance_maker(const instance_maker&) = delete;
    instance_maker& operator=(const instance_maker&) = delete;

    /// The instance, with a reference for the caller; null with an error.
    [[nodiscard, gnu::noinline, gnu::cold]] instance_cell* make() {
        if (make_memories() && allocate_instance()) {
            fill_imports();
            if (make_tags() && make_tables() && initialise() && run_segments() && run_start()) {
                return std::exchange(instance_, nullptr);
            }
        }
        give_up();
        return nullptr;
    }

    error failure; ///< why not

private:
    [[nodiscard, gnu::cold, gnu::noinline]] bool fail(error why) {
        failure = std::move(why);
        return false;
    }
    [[nodiscard, gnu::cold, gnu::noinline]] bool fail_by_trap(trap_kind kind, const char* where) {
        return fail(make_trap(kind, wasm::message{to_string(kind), ", in ", where}.text(), {}));
    }
    [[nodiscard]] bool check(trap_kind kind, const char* where) {
        return kind == trap_kind::none || fail_by_trap(kind, where);
    }

    /// The instance is not there yet: its memory 0 decides which code it runs.
    [[nodiscard, gnu::cold]] bool make_memories() {
        if (store_.closed) {
            return fail(usage_failure("the store is gone"));
        }
        collect_if_worthwhile(store_);
        if (store_.instances >= store_.limits.instances) {
            static_cast<void>(store_.services->collect(store_));
        }
        if (store_.instances >= store_.limits.instances) {
            return fail(resource_failure(resource_error::reason::store_limit,
                                         {"too many instances: the store's limit is ", store_.limits.instances}));
        }
        const bool has_room = memories_.try_reserve(info_.memories.size() - info_.imported_memories);
        for (std::size_t i = info_.imported_memories; i < info_.memories.size(); ++i) {
            memory_cell* const memory =
                has_room ? make_with_room(store_, [&] { return make_memory(store_, info_.memories[i], i == 0); })
                         : nullptr;
            if (memory == nullptr) {
                const resource_error::reason why =
                    has_room ? why_no_memory(store_, info_.memories[i]) : resource_error::reason::memory;
                return fail(resource_failure(why, {text_of(why), ": no room for memory ", i}));
            }
            memories_.push_back_reserved(memory);
        }
        return true;
    }

    [[nodiscard, gnu::cold]] memory::memory_mode mode() const noexcept {
        const bool can_check =
            store_.engine->ops->handlers[static_cast<std::size_t>(memory::memory_mode::bounds_checking)] != nullptr;
        if (info_.memories.empty()) {
            return can_check ? memory::memory_mode::bounds_checking : memory::memory_mode::signaling;
        }
        if (info_.imported_memories == 0) {
            return memories_[0]->mode;
        }
        for (std::size_t i = 0; i < info_.imports.size(); ++i) {
            if (info_.imports[i].kind == wasm::external_kind::memory) {
                return static_cast<memory_cell&>(*imported_[i].object).mode;
            }
        }
        return memory::memory_mode::bounds_checking;
    }

    /// Gives out consecutive parts of one block; without a block it only counts.
    class carver {
    public:
        explicit carver(std::byte* block) noexcept : block_(block) {}
        template <class T>
        void carve(T*& to, std::size_t count) noexcept {
            static_assert(alignof(T) <= 8);
            to = block_ != nullptr && count != 0 ? reinterpret_cast<T*>(block_ + used_) : nullptr;
            // NOLINTNEXTLINE(bugprone-sizeof-expression): the elements may be pointers, and those are what is counted
            used_ += (count * sizeof(T) + 7) / 8 * 8;
        }
        void skip(std::size_t bytes) noexcept { used_ += bytes; }
        [[nodiscard]] std::size_t used() const noexcept { return used_; }

    private:
        std::byte* block_;
        std::size_t used_ = 0;
    };

    /// Where the arrays of `to` lie. Zero bytes are what they begin with.
    [[gnu::cold]] void lay_out(carver& parts, instance_cell& to) const noexcept {
        parts.skip((sizeof(instance_cell) + 7) / 8 * 8);
        parts.carve(to.globals, slots_per_global * (info_.globals.size() - info_.imported_globals));
        parts.carve(to.imported_globals, info_.imported_globals);
        parts.carve(to.tables, info_.tables.size());
        parts.carve(to.memories, info_.memories.size());
        parts.carve(to.imported_functions, info_.imported_functions);
        parts.carve(to.dropped_elements, (info_.elements.size() + 63) / 64);
        parts.carve(to.dropped_data, (info_.data.size() + 63) / 64);
        parts.carve(to.global_cells, info_.globals.size());
        parts.carve(to.tags, info_.tags.size());
        store_object** held = nullptr;
        parts.carve(held, info_.imports.size() + info_.memories.size() + info_.tables.size() + info_.tags.size());
        to.held = std::span(held, 0);
    }

    [[nodiscard, gnu::cold]] bool allocate_instance() {
        const module_code* const code = code_for(module_, mode());
        instance_cell scratch(store_);
        carver count(nullptr);
        lay_out(count, scratch);
        auto* const block = static_cast<std::byte*>(allocate(store_, count.used()));
        if (block == nullptr || code == nullptr) {
            if (block != nullptr) {
                deallocate(store_, block, count.used());
            }
            return fail(resource_failure("out of memory: no room for an instance"));
        }
        instance_ = new (block) instance_cell(store_);
        instance_->block_bytes = count.used();
        carver parts(block);
        lay_out(parts, *instance_);
        instance_->module = linked_->module.get();
        instance_->linked = linked_;
        instance_->store = &store_;
        instance_->code = code;
        instance_->entries = code->entries.get();
        ++store_.instances;
        add_to_store(*instance_);
        return true;
    }

    /// The instance keeps `object` alive; takes over a reference.
    void hold(store_object& object) noexcept {
        instance_->held = std::span(instance_->held.data(), instance_->held.size() + 1);
        instance_->held.back() = &object;
    }
    void hold_shared(store_object& object) noexcept {
        retain_object(object);
        hold(object);
    }

    [[gnu::cold]] void fill_imports() {
        for (std::size_t i = 0; i < info_.imports.size(); ++i) {
            const std::uint32_t index = info_.imports[i].index;
            const external_reference& what = imported_[i];
            switch (what.kind) {
            case wasm::external_kind::function:
                instance_->imported_functions[index] = what.function;
                hold_function(*what.function, i);
                continue;
            case wasm::external_kind::table: instance_->tables[index] = &static_cast<table_cell&>(*what.object); break;
            case wasm::external_kind::memory:
                instance_->memories[index] = &static_cast<memory_cell&>(*what.object);
                break;
            case wasm::external_kind::global:
                instance_->global_cells[index] = &static_cast<global_cell&>(*what.object);
                instance_->imported_globals[index] = instance_->global_cells[index]->address;
                break;
            case wasm::external_kind::tag: instance_->tags[index] = &static_cast<tag_cell&>(*what.object); break;
            }
            hold_shared(*what.object);
        }
        for (std::size_t i = 0; i < memories_.size(); ++i) {
            instance_->memories[info_.imported_memories + i] = memories_[i];
            hold(*memories_[i]);
        }
        memories_.clear();
        instance_->exports_memory = module_.exported_memory.has_value();
        if (!info_.memories.empty()) {
            instance_->host_memory = instance_->memories[module_.exported_memory.value_or(0)];
        }
    }

    [[nodiscard, gnu::cold]] bool make_tags() {
        for (std::size_t i = info_.imported_tags; i < info_.tags.size(); ++i) {
            auto* const tag = make_cell<tag_cell>(store_);
            if (tag == nullptr) {
                return fail(resource_failure({"out of memory: no room for tag ", i}));
            }
            tag->type = tag_type_number(module_, static_cast<std::uint32_t>(i));
            tag->type_held = store_.engine->types.hold(tag->type);
            add_to_store(*tag);
            instance_->tags[i] = tag;
            hold(*tag);
        }
        return true;
    }

    void hold_function(function_object& function, std::size_t import) {
        if (function.instance != nullptr) {
            hold_shared(cell_of(*function.instance));
        } else if (linked_->definitions[import].get() != &definition_of(function)) {
            spread(store_, definition_of(function)); // the linker's live as long as linked_
        }
    }

    /// initialise() knows what elements begin with.
    [[nodiscard, gnu::cold]] bool make_tables() {
        for (std::size_t i = info_.imported_tables; i < info_.tables.size(); ++i) {
            table_cell* const table = make_with_room(
                store_, [&] { return make_table(store_, engine_type(module_, info_.tables[i].type), 0); });
            if (table == nullptr) {
                const resource_error::reason why = why_no_table(store_, info_.tables[i].type);
                return fail(resource_failure(why, {text_of(why), ": no room for table ", i}));
            }
            table->instance = instance_;
            table->image = &module_.constants.table_images[i - info_.imported_tables];
            instance_->tables[i] = table;
            hold(*table);
        }
        return true;
    }

    /// Globals in order, then the initial elements of tables, then a look at the items of element segments.
    [[nodiscard, gnu::cold]] bool initialise() {
        constant_evaluator evaluator(*instance_);
        const module_constants& constants = module_.constants;
        for (std::size_t i = 0; i < constants.globals.size(); ++i) {
            const slot* const value = evaluator.evaluate(constants.globals[i]);
            if (value == nullptr) {
                return check_constant(evaluator);
            }
            const wasm::value_type type = info_.globals[info_.imported_globals + i].type.type;
            for (std::uint32_t word = 0; word < type.slots(); ++word) {
                instance_->globals[slots_per_global * i + word] = value[word];
            }
            if (type.is_reference()) {
                spread_word(store_, *value); // whoever reads the global has the reference
            }
        }
        for (std::size_t i = 0; i < constants.tables.size(); ++i) {
            if (constants.tables[i].count != 0) {
                const slot* const value = evaluator.evaluate(constants.tables[i]);
                if (value == nullptr) {
                    return check_constant(evaluator);
                }
                table_cell& table = cell_of(*instance_->tables[info_.imported_tables + i]);
                table.initial = stored_element(table, *value);
            }
        }
        return constants.refused_item.count == 0 || evaluator.evaluate(constants.refused_item) != nullptr ||
               check_constant(evaluator);
    }

    [[nodiscard, gnu::cold, gnu::noinline]] bool check_constant(const constant_evaluator& evaluator) {
        return fail(make_trap(evaluator.failure, evaluator.message, {}));
    }

    /// Whether the elements of an active segment are made when somebody asks for them.
    [[nodiscard]] bool is_in_image(std::uint32_t segment, std::uint32_t table) const noexcept {
        const table_cell& target = cell_of(*instance_->tables[table]);
        return table >= info_.imported_tables && target.holds_functions && segment < target.image->end_segment;
    }

    /// Active segments, elements first (4.6.3, steps 26 and 27).
    [[nodiscard, gnu::cold]] bool run_segments() {
        constant_evaluator evaluator(*instance_);
        for (std::uint32_t i = 0; i < info_.elements.size(); ++i) {
            const wasm::element_segment& segment = info_.elements[i];
            if (segment.mode == wasm::segment_mode::active && !is_in_image(i, segment.table)) {
                const slot* const offset = evaluator.evaluate(module_.constants.element_offsets[i]);
                if (offset == nullptr) {
                    return check_constant(evaluator);
                }
                if (!check(init_table(*instance_, i, segment.table, *offset, 0, segment.size()),
                           "an element segment")) {
                    return false;
                }
            }
            if (segment.mode != wasm::segment_mode::passive) {
                drop(instance_->dropped_elements, i);
            }
        }
        for (std::uint32_t i = 0; i < info_.data.size(); ++i) {
            const wasm::data_segment& segment = info_.data[i];
            if (segment.mode == wasm::segment_mode::active) {
                const slot* const offset = evaluator.evaluate(module_.constants.data_offsets[i]);
                if (offset == nullptr) {
                    return check_constant(evaluator);
                }
                if (!check(init_memory(*instance_, i, segment.memory, *offset, 0, segment.bytes.size),
                           "a data segment")) {
                    return false;
                }
                drop(instance_->dropped_data, i);
            }
        }
        return true;
    }

    [[nodiscard, gnu::cold]] bool run_start() {
        if (!info_.start) {
            return true;
        }
        function_object* const start = function_object_of(*instance_, *info_.start);
        if (start == nullptr) {
            return fail(resource_failure("out of memory: no room for a function object"));
        }
        if (!invoke_function(store_, *start, nullptr, 0, 0)) {
            return fail(std::exchange(store_.pending, {}));
        }
        return true;
    }

    [[gnu::cold]] void give_up() noexcept {
        for (memory_cell* const memory : memories_) {
            release_object(*memory);
        }
        if (instance_ != nullptr) {
            release_object(*instance_);
        }
    }

    store_data& store_;
    const shared_ref<linked_state>& linked_;
    const module_state& module_;
    const wasm::module_info& info_;
    std::span<const external_reference> imported_;
    vector<memory_cell*> memories_; ///< until the instance holds them
    instance_cell* instance_ = nullptr;
};

} // namespace riser::inline v0_1::core::runtime
