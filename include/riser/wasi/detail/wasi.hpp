#pragma once

#include "riser/caller.hpp"
#include "riser/config.hpp"
#include "riser/error.hpp"
#include "riser/function.hpp"
#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/trap.hpp"
#include "riser/value.hpp"
#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/functions_clock.hpp"
#include "riser/wasi/detail/functions_descriptor.hpp"
#include "riser/wasi/detail/functions_directory.hpp"
#include "riser/wasi/detail/functions_file.hpp"
#include "riser/wasi/detail/functions_open.hpp"
#include "riser/wasi/detail/functions_path.hpp"
#include "riser/wasi/detail/functions_poll.hpp"
#include "riser/wasi/detail/functions_process.hpp"
#include "riser/wasi/detail/functions_socket.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/errc.hpp"
#include "riser/wasi/exit_status.hpp"
#include "riser/wasi/wasi.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>

namespace riser::inline v0_1::wasi {

namespace detail {

template <class R>
struct fallible {
    using type = result<R>;
};
template <class R>
struct fallible<result<R>> {
    using type = result<R>;
};

[[nodiscard]] inline usage_error no_context() { return usage_error("the store has no riser::wasi::context"); }

/// Where an interrupt of the store has ended a function, it ends the call.
[[nodiscard]] inline result<errc> end_by_interrupt(const caller& who, errc outcome) {
    const result<void> goes_on = outcome == errc::intr ? who.try_poll() : result<void>();
    const std::optional<trap> ending = goes_on ? std::nullopt : goes_on.error().as<trap>();
    return ending ? result<errc>(trap(ending->kind(), "in a function of WASI")) : result<errc>(outcome);
}

/// The functions of preview 1 work on the memory that their caller exports as "memory". Linking asks for it; but a function may
/// have got to another instance through a table.
[[nodiscard]] inline usage_error no_memory() {
    return usage_error("a function of WASI was called by an instance that exports no memory as \"memory\"");
}

/// Calls `function(context, memory)` with the store's context, for a caller that exports a memory where it needs one.
template <bool NeedsMemory, class F>
[[nodiscard]] auto with_context(caller& who, const F& function) ->
    typename fallible<std::invoke_result_t<const F&, context&, const guest_memory&>>::type {
    auto* const self = who.find<context>();
    if (self == nullptr) {
        return no_context();
    }
    if (NeedsMemory && !who.exports_memory()) {
        return no_memory();
    }
    error ending;
    const guest_memory memory(who, ending);
    if constexpr (std::is_same_v<std::invoke_result_t<const F&, context&, const guest_memory&>, errc>) {
        const errc outcome = function(*self, memory);
        return ending.state() ? result<errc>(ending) : end_by_interrupt(who, outcome);
    } else {
        return function(*self, memory);
    }
}

/// The host function that a function of this library becomes: finds the store's context and the caller's memory for it.
template <auto Function>
struct bound;

/// Of functions that have nothing to do with memory.
template <class R, class... Args, R (*Function)(context&, Args...)>
    requires(std::is_integral_v<Args> && ...)
struct bound<Function> {
    typename fallible<R>::type operator()(caller& who, Args... arguments) const {
        return with_context<false>(who,
                                   [&](context& self, const guest_memory&) { return Function(self, arguments...); });
    }
};

template <class R, class... Args, R (*Function)(context&, const guest_memory&, Args...)>
struct bound<Function> {
    static constexpr bool needs_exported_memory = true;

    typename fallible<R>::type operator()(caller& who, Args... arguments) const {
        return with_context<true>(
            who, [&](context& self, const guest_memory& memory) { return Function(self, memory, arguments...); });
    }
};

/// Of functions that may wait.
template <class... Args, errc (*Function)(context&, const caller&, const guest_memory&, Args...)>
struct bound<Function> {
    static constexpr bool needs_exported_memory = true;

    result<errc> operator()(caller& who, Args... arguments) const {
        return with_context<true>(
            who, [&](context& self, const guest_memory& memory) { return Function(self, who, memory, arguments...); });
    }
};

/// Defines the functions of one version under the name of its module.
template <snapshot Version>
void define_functions(linker& to, const char* module) {
    const auto define = [&to, module](const char* name, auto function) { to.define(module, name, function); };
    define("args_get", bound<&args_get>());
    define("args_sizes_get", bound<&args_sizes_get>());
    define("clock_res_get", bound<&clock_res_get>());
    define("clock_time_get", bound<&clock_time_get>());
    define("environ_get", bound<&environ_get>());
    define("environ_sizes_get", bound<&environ_sizes_get>());
    define("fd_advise", bound<&fd_advise>());
    define("fd_allocate", bound<&fd_allocate>());
    define("fd_close", bound<&fd_close>());
    define("fd_datasync", bound<&fd_datasync>());
    define("fd_fdstat_get", bound<&fd_fdstat_get>());
    define("fd_fdstat_set_flags", bound<&fd_fdstat_set_flags>());
    define("fd_fdstat_set_rights", bound<&fd_fdstat_set_rights>());
    define("fd_filestat_get", bound<&fd_filestat_get<Version>>());
    define("fd_filestat_set_size", bound<&fd_filestat_set_size>());
    define("fd_filestat_set_times", bound<&fd_filestat_set_times>());
    define("fd_pread", bound<&fd_pread>());
    define("fd_prestat_dir_name", bound<&fd_prestat_dir_name>());
    define("fd_prestat_get", bound<&fd_prestat_get>());
    define("fd_pwrite", bound<&fd_pwrite>());
    define("fd_read", bound<&fd_read>());
    define("fd_readdir", bound<&fd_readdir>());
    define("fd_renumber", bound<&fd_renumber>());
    define("fd_seek", bound<&fd_seek<Version>>());
    define("fd_sync", bound<&fd_sync>());
    define("fd_tell", bound<&fd_tell>());
    define("fd_write", bound<&fd_write>());
    define("path_create_directory", bound<&path_create_directory>());
    define("path_filestat_get", bound<&path_filestat_get<Version>>());
    define("path_filestat_set_times", bound<&path_filestat_set_times>());
    define("path_link", bound<&path_link>());
    define("path_open", bound<&path_open>());
    define("path_readlink", bound<&path_readlink>());
    define("path_remove_directory", bound<&path_remove_directory>());
    define("path_rename", bound<&path_rename>());
    define("path_symlink", bound<&path_symlink>());
    define("path_unlink_file", bound<&path_unlink_file>());
    define("poll_oneoff", bound<&poll_oneoff<Version>>());
    define("proc_exit", bound<&proc_exit>());
    define("proc_raise", bound<&proc_raise>());
    define("random_get", bound<&random_get>());
    define("sched_yield", bound<&sched_yield>());
    if constexpr (Version == snapshot::preview1) {
        define("sock_accept", bound<&sock_accept>());
    }
    define("sock_recv", bound<&sock_recv>());
    define("sock_send", bound<&sock_send>());
    define("sock_shutdown", bound<&sock_shutdown>());
}

} // namespace detail

RISER_INLINE linker& add_to(linker& to) {
    detail::define_functions<detail::snapshot::preview1>(to, "wasi_snapshot_preview1");
    detail::define_functions<detail::snapshot::unstable>(to, "wasi_unstable");
    return to;
}

[[gnu::cold]] RISER_INLINE result<void> try_initialize(const instance& handle) {
    if (handle.is_moved_from()) {
        return core::runtime::moved_from("instance");
    }
    const instance library = handle; // which a host function may drop while `_initialize` runs
    if (library.is_initialized() || !library.find("_initialize")) {
        return {};
    }
    const result<typed_function<void()>> initialize = library.try_function<void()>("_initialize");
    if (!initialize) {
        return initialize.error();
    }
    library.set_initialized(true); // a host function that it calls may ask for the same
    const result<void> ended = initialize->try_call();
    library.set_initialized(ended.has_value());
    return ended;
}

[[gnu::cold]] RISER_INLINE result<std::uint32_t> try_run(const instance& program) {
    const result<function> start = program.try_function("_start");
    if (!start) {
        return start.error();
    }
    const function_type_view type = start->type();
    if (!type.params.empty()) {
        return program.try_function<void()>("_start").error(); // which names the type
    }
    result<void> ended = try_initialize(program);
    if (ended) {
        const std::size_t count = type.results.size();
        const std::unique_ptr<value[]> results(new (std::nothrow) value[count]);
        if (!results) {
            return resource_error("out of memory: it was needed for the results of the function '_start'");
        }
        ended = start->try_call({}, {results.get(), count});
    }
    if (ended) {
        return std::uint32_t{0};
    }
    if (const std::optional<exit_status> status = ended.error().as<exit_status>()) {
        return status->code();
    }
    return ended.error();
}

} // namespace riser::inline v0_1::wasi
