#pragma once

#include "riser/core/api/instance.hpp"
#include "riser/core/api/module.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/base/algorithm.hpp"
#include "riser/core/execute/instantiate.hpp"
#include "riser/core/store/externals.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/linked_state.hpp"
#include "riser/limits.hpp"
#include "riser/linker.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace riser::inline v0_1 {

namespace core::runtime {

/// "the module" "the name", whatever a module has called them.
[[nodiscard, gnu::cold, gnu::noinline]] inline text quoted(const wasm::import_entry& entry) noexcept {
    return wasm::message{"\"", wasm::printable(entry.module), "\" \"", wasm::printable(entry.name), "\""}.text();
}

/// Collects what cannot be linked.
class import_report {
public:
    explicit import_report(const module_state& module) noexcept : module_(&module) {}

    [[gnu::cold, gnu::noinline]] void add_unknown(const wasm::import_entry& entry) {
        add(entry, "unknown import: ", {}, "missing");
    }
    [[gnu::cold, gnu::noinline]] void add_incompatible(const wasm::import_entry& entry,
                                                       const external_type_view& found) {
        const external_type_view wanted = type_in_module(*module_, entry.kind, entry.index);
        const bool other_pages =
            wanted.kind == found.kind && wanted.memory.page_size_log2 != found.memory.page_size_log2;
        const text type = describe(found);
        add(entry, other_pages ? "memory types incompatible: " : "incompatible import type: ", type, type);
    }
    /// A function that works on its caller's memory, of a module that exports none.
    [[gnu::cold, gnu::noinline]] void add_without_memory(const wasm::import_entry& entry) {
        add(entry, "missing memory export: ",
            "a function that works on the memory exported as \"memory\", and the module exports none",
            "for the memory exported as \"memory\", and the module exports none");
    }

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

    /// The first one's wording is the reference interpreter's; one line each.
    [[nodiscard, gnu::cold, gnu::noinline]] error take() {
        if (count_ > limits::reported_imports) {
            message_.append(wasm::message{"\nand ", count_ - limits::reported_imports, " more"}.text());
        }
        return error::from_state(
            has_room_ ? make_error_state<link_error, link_error_state>(std::move(message_), std::move(unsatisfied_))
                      : out_of_memory_state());
    }

private:
    [[gnu::cold, gnu::noinline]] void add(const wasm::import_entry& entry, const char* what, std::string_view found,
                                          std::string_view is) {
        if (count_++ >= limits::reported_imports) {
            return;
        }
        const text wanted = describe(type_in_module(*module_, entry.kind, entry.index));
        message_.append(
            wasm::message{message_.empty() ? "" : "\n", what, quoted(entry), " is ", is, ", the module wants ", wanted}
                .text());
        has_room_ = unsatisfied_.try_push_back({entry.module, entry.name, wanted, found}) && has_room_;
    }

    const module_state* module_;
    text message_;
    vector<import_texts> unsatisfied_;
    std::size_t count_ = 0;
    bool has_room_ = true;
};

/// The end of a linked_state, which may hold the last reference to its engine.
[[gnu::cold]] inline void destroy_linked(const linked_state* linked) noexcept {
    const shared_ref<engine_state> engine = linked->module->engine;
    destroy_object(engine->options.allocator, linked);
}

[[nodiscard, gnu::cold, gnu::noinline]] inline error no_room_for_imports() {
    return resource_failure("out of memory: no room for the imports");
}
[[nodiscard, gnu::cold, gnu::noinline]] inline error no_room_for_import(const wasm::import_entry& entry) {
    return resource_failure({"out of memory: no room for the import ", quoted(entry)});
}

/// A host function that was made when there was no number for its type.
[[nodiscard, gnu::cold, gnu::noinline]] inline error no_type_for_import(const wasm::import_entry& entry,
                                                                        const function_object& function) {
    return resource_failure(
        {type_failure(function), ": the host function ", quoted(entry), " has no type, redefine it"});
}
[[nodiscard]] inline bool lacks_type(const external_reference& external) noexcept {
    return external.kind == wasm::external_kind::function && !has_type(*external.function);
}

[[nodiscard, gnu::cold, gnu::noinline]] inline error defined_before(std::string_view module, std::string_view name) {
    return usage_failure({"\"", module, "\" \"", name, "\" is defined already; redefine replaces it"});
}

/// The function in place of an import that nobody has defined.
class unknown_import {
public:
    explicit unknown_import(const wasm::import_entry& entry)
        : message_(wasm::message{"unknown import: ", quoted(entry), " was called, and nobody has defined it"}.text()) {}
    result<void> operator()(caller&, std::span<const value>, std::span<value>) const {
        return trap(trap_kind::host_error, message_);
    }

private:
    text message_;
};

/// Is it a host function that works on the memory of who imports it, and the module exports none?
[[nodiscard, gnu::cold]] inline bool lacks_memory_for(const module_state& module,
                                                      const external_reference& external) noexcept {
    if (external.kind != wasm::external_kind::function || !external.function->is_of_host() ||
        !static_cast<const host_definition&>(*external.function->host).needs_exported_memory) {
        return false;
    }
    return !module.exported_memory;
}

} // namespace core::runtime

[[gnu::cold]] RISER_INLINE imports::single* imports::find_single(std::string_view module,
                                                                 std::string_view name) noexcept {
    for (single& one : singles_) {
        if (one.module == module && one.name == name) {
            return &one;
        }
    }
    return nullptr;
}
[[gnu::cold]] RISER_INLINE imports::whole* imports::find_whole(std::string_view module) noexcept {
    for (whole& one : wholes_) {
        if (one.module == module) {
            return &one;
        }
    }
    return nullptr;
}

[[gnu::cold]] RISER_INLINE result<void> imports::try_define(std::string module, std::string name, external_value what) {
    if (find_single(module, name) != nullptr) {
        return core::runtime::defined_before(module, name);
    }
    if (what.is_moved_from()) {
        return core::runtime::moved_from("external_value");
    }
    singles_.push_back({std::move(module), std::move(name), std::move(what)});
    return {};
}
[[gnu::cold]] RISER_INLINE result<void> imports::try_define(std::string module, instance exporter) {
    if (find_whole(module) != nullptr) {
        return core::runtime::usage_failure({"\"", module, "\" is another instance already; redefine replaces it"});
    }
    if (exporter.is_moved_from()) {
        return core::runtime::moved_from("instance");
    }
    wholes_.push_back({std::move(module), std::move(exporter)});
    return {};
}

[[gnu::cold]] RISER_INLINE imports& imports::redefine(std::string module, std::string name, external_value what) {
    single* const older = what.is_moved_from() ? nullptr : find_single(module, name);
    if (older == nullptr) {
        return define(std::move(module), std::move(name), std::move(what));
    }
    older->what = std::move(what);
    return *this;
}
[[gnu::cold]] RISER_INLINE imports& imports::redefine(std::string module, instance exporter) {
    whole* const older = exporter.is_moved_from() ? nullptr : find_whole(module);
    if (older == nullptr) {
        return define(std::move(module), std::move(exporter));
    }
    older->exporter = std::move(exporter);
    return *this;
}

[[gnu::cold]] RISER_INLINE std::optional<external_value> imports::find(std::string_view module,
                                                                       std::string_view name) const {
    for (const single& one : singles_) {
        if (one.module == module && one.name == name) {
            return one.what;
        }
    }
    for (const whole& one : wholes_) {
        if (one.module == module) {
            return one.exporter.find(name);
        }
    }
    return std::nullopt;
}

[[gnu::cold]] RISER_INLINE bool imports::defines(std::string_view module, std::string_view name) const noexcept {
    for (const single& one : singles_) {
        if (one.module == module && one.name == name) {
            return true;
        }
    }
    for (const whole& one : wholes_) {
        if (one.module == module) {
            return core::runtime::find_export(*core::runtime::cell_of(one.exporter).module, name) != nullptr;
        }
    }
    return false;
}

RISER_INLINE riser::module linked::module() const {
    if (!state_) {
        core::runtime::throw_or_end(core::runtime::moved_from("linked"));
    }
    return riser::module(state_->module);
}

[[gnu::cold]] RISER_INLINE result<instance> linked::try_instantiate(store& where, const imports& extra) const {
    using namespace core::runtime;
    if (!state_ || where.is_moved_from()) {
        return moved_from(!state_ ? "linked" : "store");
    }
    // A start function may drop this object, and the store's.
    const shared_ref<linked_state> state = state_;
    const module_state& module = *state->module;
    store_data& store = where.data();
    const store_guard guard(store);
    if (store.engine != module.engine) {
        return link_failure("the module and the store belong to different engines");
    }
    const std::size_t count = module.info.imports.size();
    const core::allocator& source = module.engine->options.allocator;
    core::vector<external_reference> resolved(source);
    core::vector<external_value> kept(source); // while the instance does not hold them yet
    if (!resolved.try_resize(count) || !kept.try_reserve(count)) {
        return no_room_for_imports();
    }
    import_report report(module);
    for (std::size_t i = 0; i < count; ++i) {
        const core::wasm::import_entry& entry = module.info.imports[i];
        if (std::optional<external_value> found = extra.find(entry.module, entry.name)) {
            if (&found->store() != &store) {
                return link_failure({"the import ", quoted(entry), " belongs to another store"});
            }
            resolved[i] = reference_to(*found);
            if (lacks_type(resolved[i])) {
                return no_type_for_import(entry, *resolved[i].function);
            }
            if (!fits_import(module, entry, resolved[i])) {
                report.add_incompatible(entry, type_of(*store.engine, resolved[i]));
            } else if (lacks_memory_for(module, resolved[i])) {
                report.add_without_memory(entry);
            }
            kept.push_back_reserved(std::move(*found));
        } else if (extra.defines(entry.module, entry.name)) {
            return no_room_for_import(entry);
        } else if (state->definitions[i]) {
            resolved[i] = {external_kind::function, &state->definitions[i]->object, nullptr};
        } else {
            report.add_unknown(entry);
        }
    }
    if (!report.empty()) {
        return report.take();
    }
    instance_maker maker(store, state, resolved);
    instance_cell* const made = maker.make();
    if (made == nullptr) {
        return maker.failure;
    }
    return riser::instance(adopt_handle(*made));
}

[[gnu::cold]] RISER_INLINE std::size_t linker::position_of(std::string_view module,
                                                           std::string_view name) const noexcept {
    return core::partition_point(entries_.size(), [&](std::size_t i) {
        const int order = std::string_view(entries_[i].module).compare(module);
        return order != 0 ? order < 0 : entries_[i].name < name;
    });
}

[[gnu::cold]] RISER_INLINE result<void> linker::define_function(std::string module, std::string name, definition what) {
    const std::size_t at = position_of(module, name);
    if (at != entries_.size() && entries_[at].is(module, name)) {
        return core::runtime::defined_before(module, name);
    }
    entries_.insert(at, {std::move(module), std::move(name), std::move(what)});
    return {};
}
[[gnu::cold]] RISER_INLINE void linker::redefine_function(std::string module, std::string name, definition what) {
    const std::size_t at = position_of(module, name);
    if (at != entries_.size() && entries_[at].is(module, name)) {
        entries_[at].what = std::move(what);
    } else {
        entries_.insert(at, {std::move(module), std::move(name), std::move(what)});
    }
}

[[gnu::cold]] RISER_INLINE result<void> linker::check_module(const riser::module& what) const {
    using namespace core::runtime;
    if (!engine_ || what.is_moved_from()) {
        return moved_from(!engine_ ? "linker" : "module");
    }
    if (what.state()->engine != engine_) {
        return link_failure("the module and the linker belong to different engines");
    }
    return {};
}

[[gnu::cold]] RISER_INLINE result<void> linker::try_trap_on_unknown_imports(const module& what) {
    using namespace core::runtime;
    if (result<void> fits = check_module(what); !fits) {
        return fits.error();
    }
    const module_state& module = *what.state();
    for (const core::wasm::import_entry& wanted : module.info.imports) {
        if (wanted.kind == external_kind::function && find(wanted.module, wanted.name) == nullptr) {
            const function_type type = type_in_module(module, wanted.kind, wanted.index).function;
            redefine_function(std::string(wanted.module), std::string(wanted.name),
                              bind_untyped_host<false>(engine_, type, unknown_import(wanted)));
        }
    }
    return {};
}

[[gnu::cold]] RISER_INLINE const linker::entry* linker::find(std::string_view module,
                                                             std::string_view name) const noexcept {
    const std::size_t at = position_of(module, name);
    return at != entries_.size() && entries_[at].is(module, name) ? &entries_[at] : nullptr;
}

[[gnu::cold]] RISER_INLINE result<linked> linker::link_module(const riser::module& what, const imports* extra,
                                                              bool complete) const {
    using namespace core::runtime;
    if (result<void> fits = check_module(what); !fits) {
        return fits.error();
    }
    const module_state& module = *what.state();
    const core::allocator& source = engine_->options.allocator;
    auto* const made = core::make_object<linked_state>(source, what.state(), source, &destroy_linked);
    auto state = shared_ref<linked_state>::adopt(made);
    if (!state || !state->definitions.try_resize(module.info.imports.size())) {
        return no_room_for_imports();
    }
    import_report report(module);
    for (std::size_t i = 0; i < module.info.imports.size(); ++i) {
        const core::wasm::import_entry& wanted = module.info.imports[i];
        if (const auto brought = extra == nullptr ? std::nullopt : extra->find(wanted.module, wanted.name)) {
            const external_reference external = reference_to(*brought);
            if (lacks_type(external)) {
                return no_type_for_import(wanted, *external.function);
            }
            if (brought->store().engine == engine_ && !fits_import(module, wanted, external)) {
                report.add_incompatible(wanted, type_of(*engine_, external));
            }
            continue;
        }
        if (extra != nullptr && extra->defines(wanted.module, wanted.name)) {
            return no_room_for_import(wanted);
        }
        const entry* const found = find(wanted.module, wanted.name);
        if (found == nullptr) {
            if (complete) {
                report.add_unknown(wanted);
            }
            continue;
        }
        const external_reference external{external_kind::function, &found->what->object, nullptr};
        if (lacks_type(external)) {
            return no_type_for_import(wanted, found->what->object);
        }
        if (fits_import(module, wanted, external)) {
            state->definitions[i] = found->what;
            if (lacks_memory_for(module, external)) {
                report.add_without_memory(wanted);
            }
        } else {
            report.add_incompatible(wanted, type_of(*engine_, external));
        }
    }
    if (!report.empty()) {
        return report.take();
    }
    return linked(std::move(state));
}

RISER_INLINE result<linked> linker::try_link(const module& what) const { return link_module(what, nullptr, true); }
RISER_INLINE result<linked> linker::try_link_partially(const module& what) const {
    return link_module(what, nullptr, false);
}
[[gnu::cold]] RISER_INLINE result<instance> linker::try_instantiate(store& where, const module& what,
                                                                    const imports& extra) const {
    const result<linked> made = link_module(what, &extra, true);
    if (!made) {
        return made.error();
    }
    return made->try_instantiate(where, extra);
}

} // namespace riser::inline v0_1
