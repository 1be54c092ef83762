#pragma once

#include "riser/caller.hpp"
#include "riser/config.hpp"
#include "riser/core/api/host_callable.hpp"
#include "riser/core/base/references.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/engine.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"
#include "riser/instance.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace riser::inline v0_1 {

/// Things of one store that instances import by name, beside what the linker defines: exports of other instances,
/// memories, tables, globals, tags, functions. Of its store's thread.
class imports {
public:
    /// `module` `name` is this. \returns usage_error where something has that name; or where `what` was moved from.
    RISER_INLINE result<void> try_define(std::string module, std::string name, external_value what);
    /// Every export of `exporter`, under the module name `module`; the definition of a single name goes before. \returns usage_error
    /// where another instance has that name; or where `exporter` was moved from.
    RISER_INLINE result<void> try_define(std::string module, instance exporter);

    // The same. Where exceptions are off, an error ends the process.
    imports& define(std::string module, std::string name, external_value what) {
        *try_define(std::move(module), std::move(name), std::move(what));
        return *this;
    }
    imports& define(std::string module, instance exporter) {
        *try_define(std::move(module), std::move(exporter));
        return *this;
    }

    // In place of what has the name, if something has.
    RISER_INLINE imports& redefine(std::string module, std::string name, external_value what);
    RISER_INLINE imports& redefine(std::string module, instance exporter);

    /// What is defined by that name; nothing also where there is no memory for what a handle needs.
    [[nodiscard]] RISER_INLINE std::optional<external_value> find(std::string_view module, std::string_view name) const;
    [[nodiscard]] RISER_INLINE bool defines(std::string_view module, std::string_view name) const noexcept;

private:
    struct single {
        std::string module;
        std::string name;
        external_value what;
    };
    struct whole {
        std::string module;
        instance exporter;
    };
    [[nodiscard]] RISER_INLINE single* find_single(std::string_view module, std::string_view name) noexcept;
    [[nodiscard]] RISER_INLINE whole* find_whole(std::string_view module) noexcept;

    core::vector<single> singles_;
    core::vector<whole> wholes_;
};

/// A module with the host functions it imports: names resolved and types checked once. Immutable; may be shared by any
/// number of threads and stores.
class linked {
public:
    /// Makes an instance (Core specification 4.6.3): imports, tables, memories and globals, then active segments, then the
    /// start function. What the linker did not define comes from `extra`, which also goes before the linker.
    /// \returns link_error, resource_error, or the trap (or host error) of a segment or start function; what was written
    /// to imported tables and memories until then stays.
    [[nodiscard]] RISER_INLINE result<instance> try_instantiate(store& where, const imports& extra = {}) const;
#if defined(__cpp_exceptions)
    [[nodiscard]] riser::instance instantiate(store& where, const imports& extra = {}) const {
        return try_instantiate(where, extra).value();
    }
#endif
    [[nodiscard]] RISER_INLINE riser::module module() const;

    explicit linked(core::runtime::shared_ref<core::runtime::linked_state> state) noexcept : state_(std::move(state)) {}

private:
    core::runtime::shared_ref<core::runtime::linked_state> state_;
};

/// Host functions by name, for all stores of an engine. Defined by one thread; once complete, link and instantiate may be
/// called by any. The callables are shared by all stores whose instances import them: where those run in several threads,
/// the callables must be thread-safe. What belongs to one store goes into the store's state (store::emplace).
class linker {
public:
    explicit linker(const engine_base& maker) noexcept : engine_(maker.state()) {}

    /// Defines the host function `module` `name`. A name that is there is a usage_error; where exceptions are off, that ends the
    /// process, and try_define returns it.
    ///
    /// `callable` takes, optionally first, `riser::caller&`; then integers of 32 and 64 bits, enumerations, float, double,
    /// riser::v128, riser::ref<T>; std::string_view, std::span<T>, riser::guest_span<T> (two parameters of wasm, address and
    /// length); riser::guest_pointer<T> (an address); and what riser::host_type makes of these. It returns void, a value of wasm
    /// or host_type, a std::tuple of them, or riser::result of either, whose error ends the call. What it throws ends the call
    /// too, and is thrown by the outermost call into wasm.
    ///
    /// Where the callable's class has a member `static constexpr bool needs_exported_memory = true`, a module that imports the
    /// function must export a memory as "memory" (what WASI's functions ask for); else linking is a link_error.
    template <class F, bool Catches = core::runtime::catches_exceptions>
    linker& define(std::string module, std::string name, F callable) {
        *try_define<F, Catches>(std::move(module), std::move(name), std::move(callable));
        return *this;
    }
    template <class F, bool Catches = core::runtime::catches_exceptions>
    result<void> try_define(std::string module, std::string name, F callable) {
        if (!engine_) [[unlikely]] {
            return core::runtime::moved_from("linker");
        }
        return define_function(std::move(module), std::move(name),
                               core::runtime::bind_host<Catches>(engine(), std::move(callable)));
    }
    /// In place of what has the name, if something has.
    template <class F, bool Catches = core::runtime::catches_exceptions>
    linker& redefine(std::string module, std::string name, F callable) {
        redefine_function(std::move(module), std::move(name),
                          core::runtime::bind_host<Catches>(engine(), std::move(callable)));
        return *this;
    }

    /// The same with a type known at run time: `callable(caller&, std::span<const value>, std::span<value>)` returns void
    /// or result<void>. Results are zero and null until set.
    template <class F, bool Catches = core::runtime::catches_exceptions>
    linker& define(std::string module, std::string name, const function_type& type, F callable) {
        *try_define<F, Catches>(std::move(module), std::move(name), type, std::move(callable));
        return *this;
    }
    template <class F, bool Catches = core::runtime::catches_exceptions>
    result<void> try_define(std::string module, std::string name, const function_type& type, F callable) {
        if (!engine_) [[unlikely]] {
            return core::runtime::moved_from("linker");
        }
        return define_function(std::move(module), std::move(name),
                               core::runtime::bind_untyped_host<Catches>(engine(), type, std::move(callable)));
    }
    template <class F, bool Catches = core::runtime::catches_exceptions>
    linker& redefine(std::string module, std::string name, const function_type& type, F callable) {
        redefine_function(std::move(module), std::move(name),
                          core::runtime::bind_untyped_host<Catches>(engine(), type, std::move(callable)));
        return *this;
    }

    /// The same of a member function: `define("env", "log", &console::log, object)`. An object that is no temporary is bound by
    /// its address, and has to outlive every instance that may call the function; temporaries and pointers, smart ones too, become
    /// part of the callable. All stores share the object.
    template <core::runtime::member_function Member, class Object, bool Catches = core::runtime::catches_exceptions>
    linker& define(std::string module, std::string name, Member member, Object&& object) {
        return define<core::runtime::member_of<Member, Object>, Catches>(
            std::move(module), std::move(name), core::runtime::bind_member(member, std::forward<Object>(object)));
    }
    template <core::runtime::member_function Member, class Object, bool Catches = core::runtime::catches_exceptions>
    result<void> try_define(std::string module, std::string name, Member member, Object&& object) {
        return try_define<core::runtime::member_of<Member, Object>, Catches>(
            std::move(module), std::move(name), core::runtime::bind_member(member, std::forward<Object>(object)));
    }
    template <core::runtime::member_function Member, class Object, bool Catches = core::runtime::catches_exceptions>
    linker& redefine(std::string module, std::string name, Member member, Object&& object) {
        return redefine<core::runtime::member_of<Member, Object>, Catches>(
            std::move(module), std::move(name), core::runtime::bind_member(member, std::forward<Object>(object)));
    }

    /// Defines each function that the module imports and nobody has defined here: a call of one is a trap (of kind host_error) with
    /// the import's name. Memories, tables, globals and tags have no such stand-in: they stay missing, and linking says so.
    /// \returns link_error where the module belongs to another engine.
    RISER_INLINE result<void> try_trap_on_unknown_imports(const module& what);

    /// Resolves every import of the module. \returns link_error with all that are missing or have another type.
    [[nodiscard]] RISER_INLINE result<linked> try_link(const module& what) const;
    /// Resolves what is defined here and leaves the rest to linked::instantiate.
    [[nodiscard]] RISER_INLINE result<linked> try_link_partially(const module& what) const;
    /// Links and instantiates at once. \returns what linked::try_instantiate does; a link_error lists all imports that neither
    /// the linker nor `extra` can satisfy.
    [[nodiscard]] RISER_INLINE result<instance> try_instantiate(store& where, const module& what,
                                                                const imports& extra = {}) const;
#if defined(__cpp_exceptions)
    linker& trap_on_unknown_imports(const module& what) {
        try_trap_on_unknown_imports(what).value();
        return *this;
    }
    [[nodiscard]] linked link(const module& what) const { return try_link(what).value(); }
    [[nodiscard]] linked link_partially(const module& what) const { return try_link_partially(what).value(); }
    [[nodiscard]] riser::instance instantiate(store& where, const module& what, const imports& extra = {}) const {
        return try_instantiate(where, what, extra).value();
    }
#endif

private:
    using definition = core::runtime::shared_ref<core::runtime::host_definition>;
    struct entry {
        std::string module;
        std::string name;
        definition what;
        [[nodiscard]] bool is(std::string_view a_module, std::string_view a_name) const noexcept {
            return module == a_module && name == a_name;
        }
    };

    /// Where the entry is, or would be.
    [[nodiscard]] RISER_INLINE std::size_t position_of(std::string_view module, std::string_view name) const noexcept;
    RISER_INLINE result<void> define_function(std::string module, std::string name, definition what);
    RISER_INLINE void redefine_function(std::string module, std::string name, definition what);
    [[nodiscard]] RISER_INLINE const entry* find(std::string_view module, std::string_view name) const noexcept;
    /// Neither was moved from, and both are of one engine.
    [[nodiscard]] RISER_INLINE result<void> check_module(const riser::module& what) const;
    /// What `extra` (if not null) has is left to instantiate. `complete`: what nobody has is an error.
    [[nodiscard]] RISER_INLINE result<linked> link_module(const riser::module& what, const imports* extra,
                                                          bool complete) const;

    [[nodiscard]] const core::runtime::shared_ref<core::runtime::engine_state>& engine() const {
        if (!engine_) [[unlikely]] {
            core::runtime::throw_or_end(core::runtime::moved_from("linker"));
        }
        return engine_;
    }

    core::runtime::shared_ref<core::runtime::engine_state> engine_; // null: moved from
    core::vector<entry> entries_;                                   // sorted
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/linker.hpp"
#endif
