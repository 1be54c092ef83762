#pragma once

#include "riser/engine_options.hpp"
#include "riser/native_symbols/detail/symbol_file.hpp"
#include "riser/native_symbols/detail/symbol_name.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <utility>

namespace riser::inline v0_1::native_symbols {

namespace detail {

// What gdb and lldb look for by name ("JIT Compilation Interface" in gdb's manual).

struct jit_code_entry {
    jit_code_entry* next;
    jit_code_entry* previous;
    const std::byte* symbols;
    std::uint64_t symbol_bytes;
};
enum class jit_action : std::uint32_t { none, add, remove };
struct jit_descriptor {
    std::uint32_t version;
    jit_action action;
    jit_code_entry* relevant;
    jit_code_entry* first;
};

// One of each for the process, whoever else in it has a JIT: other versions of riser have the same weak symbols, and where LLVM, V8 or Wasmtime
// are linked to the program, theirs are taken.

extern jit_descriptor gdb_descriptor asm("__jit_debug_descriptor");
[[gnu::weak, gnu::visibility("default")]] jit_descriptor gdb_descriptor{1, jit_action::none, nullptr, nullptr};

/// Debuggers stop here and read the descriptor.
void tell_gdb() noexcept asm("__jit_debug_register_code");
[[gnu::weak, gnu::noinline, gnu::visibility("default")]] void tell_gdb() noexcept { asm volatile("" ::: "memory"); }

/// Of riser's versions; the interface has none.
extern std::mutex gdb_mutex asm("riser_gdb_jit_mutex");
[[gnu::weak, gnu::visibility("default")]] constinit std::mutex gdb_mutex;

} // namespace detail

/// Shows the functions of native code to gdb and lldb: `bt` has their names and callers, `break 'guest!leaf'` stops in them. Costs some 600 bytes and
/// some microseconds for each function; a debugger that is there takes more, and the longer, the more functions it knows.
///
/// Where there is no memory, functions are left out. Outlives the engine and all that was made with it. Thread-safe among all of
/// riser's; the interface has no lock that other JITs of the process take.
class gdb_jit {
public:
    /// \param source outlives this
    explicit gdb_jit(const allocator& source = core::host_allocator) noexcept : source_(source) {}
    gdb_jit(const gdb_jit&) = delete;
    gdb_jit& operator=(const gdb_jit&) = delete;
    ~gdb_jit() {
        remove_if([](const function&) { return true; });
    }

    /// For engine_options::code_listeners.
    [[nodiscard]] code_listener listener() noexcept {
        return {[](void* self, const published_code& code) { static_cast<gdb_jit*>(self)->add(code); },
                [](void* self, std::span<const std::byte> memory) {
                    static_cast<gdb_jit*>(self)->remove_if([&](const function& each) {
                        return memory.data() <= each.code && each.code < memory.data() + memory.size();
                    });
                },
                this, true};
    }

private:
    /// The symbols follow it.
    struct function {
        detail::jit_code_entry entry;
        function* next;
        const std::byte* code;
    };

    void add(const published_code& code) noexcept {
        const detail::symbol_name name(code);
        const detail::symbol_file symbols(code, name);
        const std::size_t bytes = symbols.size();
        void* const room = source_.allocate(source_.user, sizeof(function) + bytes, alignof(function));
        if (room == nullptr) {
            return;
        }
        auto* const file = static_cast<std::byte*>(room) + sizeof(function);
        symbols.write(file);
        const std::lock_guard lock(detail::gdb_mutex);
        detail::jit_descriptor& list = detail::gdb_descriptor;
        functions_ = ::new (room) function{{list.first, nullptr, file, bytes}, functions_, code.bytes.data()};
        if (list.first != nullptr) {
            list.first->previous = &functions_->entry;
        }
        list.first = &functions_->entry;
        tell(detail::jit_action::add, functions_->entry);
    }

    template <class Condition>
    void remove_if(const Condition& is_gone) noexcept {
        const std::lock_guard lock(detail::gdb_mutex);
        for (function** at = &functions_; *at != nullptr;) {
            function* const each = *at;
            if (is_gone(*each)) {
                *at = each->next;
                unlink(each->entry);
                source_.deallocate(source_.user, each, sizeof(function) + each->entry.symbol_bytes, alignof(function));
            } else {
                at = &each->next;
            }
        }
    }

    static void unlink(detail::jit_code_entry& entry) noexcept {
        (entry.previous == nullptr ? detail::gdb_descriptor.first : entry.previous->next) = entry.next;
        if (entry.next != nullptr) {
            entry.next->previous = entry.previous;
        }
        tell(detail::jit_action::remove, entry);
    }

    static void tell(detail::jit_action action, detail::jit_code_entry& entry) noexcept {
        detail::gdb_descriptor.action = action;
        detail::gdb_descriptor.relevant = &entry;
        detail::tell_gdb();
        detail::gdb_descriptor.action = detail::jit_action::none;
    }

    const allocator& source_;
    function* functions_ = nullptr;
};

} // namespace riser::inline v0_1::native_symbols
