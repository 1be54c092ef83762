#pragma once

#include "riser/core/interpreter/handlers_bulk.hpp"
#include "riser/core/interpreter/memory_access.hpp"
#include "riser/core/module/code_cache.hpp"
#include "riser/core/store/attempted_access.hpp"
#include "riser/core/store/store_data.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "riser/core/interpreter/begin_handlers.hpp"

/// What an access wanted that was out of bounds, found out when it has trapped: from the instruction and the frame, which are as
/// they were. So accesses note nothing.
namespace riser::inline v0_1::core::interpreter {

using runtime::attempted_access;

namespace detail {

/// The address of a load or store of memory 0.
template <std::size_t... Forms>
[[gnu::cold]] void find_address(attempted_access& access, const runtime::call_exit& exit,
                                const bytecode::instruction_kind& kind, std::index_sequence<Forms...>) noexcept {
    const unsigned scale = wasm::info(kind.meaning()).width_log2;
    const auto in_form = [&]<address_form Form>() {
        access.address = address_of<Form>(scale, exit.pc, exit.frame, exit.integer);
        access.offset = offset_of<Form>(exit.pc);
    };
    ((kind.form == Forms ? in_form.template operator()<static_cast<address_form>(Forms)>() : void()), ...);
}

/// Of a load or store of memory 0.
[[nodiscard, gnu::cold]] inline attempted_access near_access(const runtime::call_exit& exit,
                                                             const bytecode::instruction_kind& kind,
                                                             const memory::linear_memory& memory) noexcept {
    attempted_access access;
    access.width = access_width(kind.meaning());
    if (exit.fault_address != nullptr && bytecode::is_accumulated(kind.as_address())) {
        access.address = static_cast<std::uint64_t>(exit.fault_address - memory.base);
        access.begins_before = access.width > 1 && access.address == memory.size();
    } else {
        find_address(access, exit, kind, std::make_index_sequence<bytecode::address_forms>());
    }
    return access;
}

/// Of a far_load or far_store.
[[nodiscard, gnu::cold]] inline attempted_access far_access(const runtime::call_exit& exit, opcode op) noexcept {
    return {access_width(op), exit.frame[first_of(exit.pc)], exit.pc[2], static_cast<std::uint32_t>(exit.pc[3]), false};
}

/// The first of two ranges that its memory does not have: an operation that was refused for neither had a segment too short.
[[nodiscard, gnu::cold]] inline std::optional<attempted_access>
first_beyond(const attempted_access& from, const attempted_access& to,
             const runtime::instance_data& instance) noexcept {
    for (const attempted_access& access : {from, to}) {
        if (!in_bounds(instance.memories[access.memory]->size(), access.address, 0, access.width)) {
            return access;
        }
    }
    return std::nullopt;
}

/// Of memory.copy and memory.fill.
template <bool CountIsImmediate>
[[nodiscard, gnu::cold]] std::optional<attempted_access> bulk_access(const runtime::call_exit& exit, bool is_copy,
                                                                     const runtime::instance_data& instance) noexcept {
    const std::uint64_t count = bulk_count<CountIsImmediate>(exit.pc, exit.frame);
    const attempted_access to{count, exit.frame[first_of(exit.pc)], 0, static_cast<std::uint32_t>(exit.pc[2]), false};
    const attempted_access from{count, exit.frame[destination_of(exit.pc)], 0,
                                static_cast<std::uint32_t>(exit.pc[2] >> 32U), false};
    return first_beyond(is_copy ? from : to, to, instance);
}

/// Of memory.init.
[[nodiscard, gnu::cold]] inline std::optional<attempted_access>
init_access(const runtime::call_exit& exit, const runtime::instance_data& instance) noexcept {
    const slot* const operands = exit.frame + first_of(exit.pc);
    const attempted_access to{operands[2], operands[0], 0, static_cast<std::uint32_t>(exit.pc[2] >> 32U), false};
    return first_beyond(to, to, instance);
}

} // namespace detail

/// Describes an operation of native code on memory, where its trap is that one of two ranges is out of bounds. \returns `trap`
[[nodiscard]] inline trap_kind describe_native(execution_context& context, trap_kind trap, const attempted_access& from,
                                               const attempted_access& to) {
    const runtime::instance_data& instance = *context.stack.instance;
    if (trap == trap_kind::memory_out_of_bounds) {
        if (const auto access = detail::first_beyond(from, to, instance)) {
            context.store->message = text_of(*access, instance.memories[access->memory]->size());
        }
    }
    return trap;
}

/// What the instruction at `exit` accessed, whose opcode is `op`.
[[nodiscard, gnu::cold]] inline std::optional<attempted_access>
access_at(const runtime::call_exit& exit, bytecode::vm_opcode op, const runtime::instance_data& instance) noexcept {
    using bytecode::family;
    using bytecode::single;
    const bytecode::instruction_kind kind = bytecode::instruction_infos[op].kind;
    if (kind.group == family::load || kind.group == family::store) {
        return detail::near_access(exit, kind, *instance.memories[0]);
    }
    if (kind.group != family::single) {
        return std::nullopt;
    }
    switch (kind.as_single()) {
    case single::far_load: return detail::far_access(exit, bytecode::load_members[immediate_of(exit.pc)]);
    case single::far_store: return detail::far_access(exit, bytecode::store_members[immediate_of(exit.pc)]);
    case single::memory_fill: return detail::bulk_access<false>(exit, false, instance);
    case single::memory_fill_i: return detail::bulk_access<true>(exit, false, instance);
    case single::memory_copy: return detail::bulk_access<false>(exit, true, instance);
    case single::memory_copy_i: return detail::bulk_access<true>(exit, true, instance);
    case single::memory_init: return detail::init_access(exit, instance);
    default: return std::nullopt;
    }
}

/// What the load or store at a byte offset of a module accessed, whose address native code had. \returns nothing where another
/// operator is there, which says itself what it wanted.
[[nodiscard, gnu::cold]] inline std::optional<attempted_access>
access_of_native(const runtime::module_data& module, std::uint32_t wasm_offset, std::uint64_t address) {
    const std::span<const std::byte> bytes = module.bytes;
    wasm::diagnostics none;
    wasm::byte_reader reader(bytes, wasm_offset, bytes.size(), none);
    const opcode op = wasm::decode_opcode(0, reader.read_u8());
    if (op == wasm::no_opcode || wasm::info(op).immediate != wasm::immediate_kind::memarg) {
        return std::nullopt;
    }
    constexpr std::uint32_t has_memory = 0x40; // 5.4.6
    const std::uint32_t memory = (reader.read_u32_leb() & has_memory) != 0 ? reader.read_u32_leb() : 0;
    return attempted_access{access_width(op), address, reader.read_u64_leb(), memory, false};
}

/// Makes the details of a trap that ended the innermost activation with an access out of bounds.
[[gnu::cold, gnu::noinline]] inline void describe_access(execution_context& context) {
    const runtime::call_exit& exit = context.stack.exit;
    if (exit.native_pc != nullptr) {
        const runtime::native_place place = runtime::find_native_place(context, exit.native_pc);
        if (place.site != nullptr) {
            if (const auto access = access_of_native(*place.module, place.site->wasm_offset, exit.integer)) {
                const memory::linear_memory& memory = *context.stack.instance->memories[access->memory];
                context.store->message = text_of(*access, memory.size());
            }
        }
        return;
    }
    const runtime::code_location at =
        exit.pc == nullptr ? runtime::code_location{} : runtime::locate_code(*context.store->engine, exit.pc);
    if (at.code == nullptr) {
        return; // a host function's
    }
    const auto op = static_cast<bytecode::vm_opcode>(at.tables->words[at.word]);
    const runtime::instance_data& instance = *context.stack.instance;
    if (const std::optional<attempted_access> access = access_at(exit, op, instance)) {
        context.store->message = text_of(*access, instance.memories[access->memory]->size());
    }
}

} // namespace riser::inline v0_1::core::interpreter

#include "riser/core/interpreter/end_handlers.hpp"
