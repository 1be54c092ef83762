#pragma once

#include "riser/core/execute/admit_thread.hpp"
#include "riser/core/interpreter/activation.hpp"
#include "riser/core/interpreter/describe_access.hpp"
#include "riser/core/interpreter/handlers_bulk.hpp"
#include "riser/core/interpreter/handlers_call.hpp"
#include "riser/core/interpreter/handlers_control.hpp"
#include "riser/core/interpreter/handlers_memory.hpp"
#include "riser/core/interpreter/handlers_move.hpp"
#include "riser/core/interpreter/handlers_numeric.hpp"
#include "riser/core/interpreter/native_frames.hpp"
#include "riser/core/memory/guest_scope.hpp"

#include <array>
#include <utility>

/// The interpreter as basic_engine uses it: tables of handlers, and `run`.
namespace riser::inline v0_1::core::interpreter {

using runtime::function_object;

/// The handlers of instructions outside the families, none of which knows the memory mode.
template <dispatch D>
[[nodiscard]] constexpr handler single_handler(bytecode::single s) noexcept {
    using bytecode::single;
    using real32 = float;
    using real64 = double;
    switch (s) {
    case single::unreachable: return &unreachable<D>;
    case single::exit: return &exit_activation<D>;
    case single::restore_instance: return &restore_instance<D>;
    case single::enter_function: return &enter_function<D>;
    case single::copy: return &copy<D>;
    case single::copy_pair: return &copy_pair<D>;
    case single::copy_range: return &copy_range<D>;
    case single::zero_range: return &zero_range<D>;
    case single::constant_32: return &constant_32<D>;
    case single::constant_64: return &constant_64<D>;
    case single::store_integer: return &store_accumulated<D, std::uint64_t>;
    case single::store_f32: return &store_accumulated<D, real32>;
    case single::store_f64: return &store_accumulated<D, real64>;
    case single::global_get: return &global_get<D, false>;
    case single::global_get_vector: return &global_get<D, true>;
    case single::global_set: return &global_set<D>;
    case single::global_set_a: return &global_set_a<D>;
    case single::imported_global_get: return &imported_global_get<D, false>;
    case single::imported_global_get_vector: return &imported_global_get<D, true>;
    case single::imported_global_set: return &imported_global_set<D>;
    case single::br: return &br<D>;
    case single::br_loop: return &br_loop<D>;
    case single::loop: return &loop<D>;
    case single::br_table: return &br_table<D>;
    case single::return_none: return &return_none<D>;
    case single::return_integer: return &return_slot<D, std::uint64_t>;
    case single::return_f32: return &return_slot<D, real32>;
    case single::return_f64: return &return_slot<D, real64>;
    case single::return_integer_a: return &return_accumulated<D, std::uint64_t>;
    case single::return_f32_a: return &return_accumulated<D, real32>;
    case single::return_f64_a: return &return_accumulated<D, real64>;
    case single::call: return &call<D>;
    case single::call_import: return &call_import<D>;
    case single::call_indirect: return &call_indirect<D>;
    case single::call_ref: return &call_ref<D>;
    case single::return_call: return &return_call<D>;
    case single::return_call_import: return &return_call_import<D>;
    case single::return_call_indirect: return &return_call_indirect<D>;
    case single::return_call_ref: return &return_call_ref<D>;
    case single::ref_func: return &ref_func<D>;
    case single::memory_fill: return &memory_fill<D, false>;
    case single::memory_fill_i: return &memory_fill<D, true>;
    case single::memory_copy: return &memory_copy<D, false>;
    case single::memory_copy_i: return &memory_copy<D, true>;
    case single::trap_if_null: return &trap_if_null<D>;
    case single::far_load: return &far_load<D>;
    case single::far_store: return &far_store<D>;
    case single::memory_size: return &run_operation<D, &operations::memory_size>;
    case single::memory_grow: return &run_operation<D, &operations::memory_grow>;
    case single::memory_init: return &run_operation<D, &operations::memory_init>;
    case single::data_drop: return &run_operation<D, &operations::data_drop>;
    case single::table_get: return &run_operation<D, &operations::table_get>;
    case single::table_set: return &run_operation<D, &operations::table_set>;
    case single::table_size: return &run_operation<D, &operations::table_size>;
    case single::table_grow: return &run_operation<D, &operations::table_grow>;
    case single::table_fill: return &run_operation<D, &operations::table_fill>;
    case single::table_copy: return &run_operation<D, &operations::table_copy>;
    case single::table_init: return &run_operation<D, &operations::table_init>;
    case single::elem_drop: return &run_operation<D, &operations::elem_drop>;
    case single::i64_add128: return &run_operation<D, &operations::i64_add128>;
    case single::i64_sub128: return &run_operation<D, &operations::i64_sub128>;
    case single::i64_mul_wide_s: return &run_operation<D, &operations::i64_mul_wide_s>;
    case single::i64_mul_wide_u: return &run_operation<D, &operations::i64_mul_wide_u>;
    }
    return nullptr;
}

using handler_table = std::array<handler, bytecode::vm_opcode_count>;

namespace detail {

/// The opcodes of family F that the translator emits. Only for these are there handlers, and nothing else is instantiated
/// once for each opcode: that would cost as much as a tenth of the handlers.
template <family F>
inline constexpr auto emitted_opcodes = [] {
    constexpr std::size_t begin = bytecode::family_bases[static_cast<std::size_t>(F)];
    constexpr std::size_t end = bytecode::family_bases[static_cast<std::size_t>(F) + 1];
    constexpr std::size_t count = [] {
        std::size_t found = 0;
        for (std::size_t n = begin; n < end; ++n) {
            found += bytecode::exists(instruction_infos[n].kind) ? 1U : 0U;
        }
        return found;
    }();
    std::array<std::size_t, count> opcodes{};
    std::size_t next = 0;
    for (std::size_t n = begin; n < end; ++n) {
        if (bytecode::exists(instruction_infos[n].kind)) {
            opcodes[next++] = n;
        }
    }
    return opcodes;
}();

template <family F, std::size_t... I>
std::index_sequence<emitted_opcodes<F>[I]...> sequence_of(std::index_sequence<I...>);

template <family F>
using emitted = decltype(sequence_of<F>(std::make_index_sequence<emitted_opcodes<F>.size()>()));

/// The handlers that do not touch memory 0, which all modes share.
template <dispatch D>
inline constexpr handler_table common_handlers = [] {
    handler_table table{};
    for (std::size_t s = 0; s < bytecode::single_count; ++s) {
        table[s] = single_handler<D>(static_cast<bytecode::single>(s));
    }
    const auto add_arithmetic = [&]<std::size_t... N>(std::index_sequence<N...>) {
        ((table[N] = &arithmetic<D, N>), ...);
    };
    const auto add_comparisons = [&]<std::size_t... N>(std::index_sequence<N...>) {
        ((table[N] = &comparison<D, N>), ...);
    };
    const auto add_branches = [&]<std::size_t... N>(std::index_sequence<N...>) { ((table[N] = &branch<D, N>), ...); };
    const auto add_steps = [&]<std::size_t... N>(std::index_sequence<N...>) { ((table[N] = &step<D, N>), ...); };
    const auto add_unary = [&]<std::size_t... N>(std::index_sequence<N...>) {
        ((table[N] = &unary_operator<D, N>), ...);
    };
    const auto add_selects = [&]<std::size_t... N>(std::index_sequence<N...>) { ((table[N] = &select<D, N>), ...); };
    add_arithmetic(emitted<family::arithmetic>());
    add_comparisons(emitted<family::comparison>());
    add_branches(emitted<family::branch>());
    add_branches(emitted<family::branch_unordered>());
    add_steps(emitted<family::step>());
    add_unary(emitted<family::unary>());
    add_selects(emitted<family::select>());
    return table;
}();

} // namespace detail

/// By opcode: the handlers of mode M; null where the translator never emits one.
template <memory_mode M, dispatch D>
inline constexpr handler_table handlers = [] {
    handler_table table = detail::common_handlers<D>;
    const auto add_loads = [&]<std::size_t... N>(std::index_sequence<N...>) { ((table[N] = &load<D, M, N>), ...); };
    const auto add_stores = [&]<std::size_t... N>(std::index_sequence<N...>) { ((table[N] = &store<D, M, N>), ...); };
    add_loads(detail::emitted<family::load>());
    add_stores(detail::emitted<family::store>());
    return table;
}();

/// engine_ops::run. With MaySignal the activation can be left from a fault. The caller restores what ran before.
template <bool MaySignal, dispatch D = default_dispatch>
[[gnu::no_profile_instrument_function, gnu::no_instrument_function]] trap_kind
run(execution_context& context, function_object& callee, slot* slots) {
    if constexpr (MaySignal) {
        if (!memory::is_thread_checked && !runtime::admit_thread(context)) [[unlikely]] {
            return trap_kind::host_error;
        }
    }
    if constexpr (D == dispatch::beside_native) {
        if (!context.stack.native.has_room(context.stack.native.position())) [[unlikely]] {
            return trap_kind::stack_exhausted; // no prologue looks where handlers call the host, which calls handlers
        }
    }
    const runtime::value_stack::position outer = context.stack.values.where();
    runtime::switch_instance(context, *callee.instance);
    push_link(&context, static_code<&exit_activation<D>>::address(), slots);
    const code_word* const pc = static_code<&enter_function<D>>::address();
    const auto integer = reinterpret_cast<std::uint64_t>(&callee);
#if defined(__x86_64__) && defined(__ELF__)
    if constexpr (D == dispatch::beside_native) {
        void* const outer_entry = context.stack.native_entry;
        std::byte* const outer_position = context.stack.native.position();
        if constexpr (MaySignal) {
            context.fault_exit = &fault_exit;
            const memory::guarded_code* const own = context.store->engine->guarded;
            const memory::guarded_code* const guest = memory::enter_guest(own != nullptr ? own : &guarded_handlers);
            enter_beside_native(pc, slots, &context, integer, handler_at(pc));
            memory::restore_guest(guest);
        } else {
            enter_beside_native(pc, slots, &context, integer, handler_at(pc));
        }
        context.stack.native.return_to(outer_position);
        context.stack.native_entry = outer_entry;
    } else if constexpr (MaySignal) {
        void* const outer_entry = context.stack.native_entry;
        context.fault_exit = &fault_exit;
        const memory::guarded_code* const guest = memory::enter_guest(&guarded_handlers);
        enter_activation(pc, slots, &context, integer, &run_handlers<D>);
        memory::restore_guest(guest);
        context.stack.native_entry = outer_entry;
    } else {
        run_handlers<D>(pc, slots, &context, integer);
    }
#else
    static_assert(!MaySignal, "signaling memories need an entry written for the architecture");
    run_handlers<D>(pc, slots, &context, integer);
#endif
    const trap_kind exit = context.stack.exit.kind;
    if (exit != trap_kind::none) {
        runtime::record_trap(context, outer);
        if (exit == trap_kind::memory_out_of_bounds) {
            describe_access(context);
        }
    }
    return exit;
}

} // namespace riser::inline v0_1::core::interpreter
