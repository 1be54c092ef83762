#pragma once

#include "riser_x64/baseline/emit_control.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::x64 {

/// Calls (3.4.1). Arguments go to their home slots, where the callee's frame begins; nothing else is in registers then.
class call_emitter : public control_emitter {
public:
    void call(std::uint32_t function) {
        const core::wasm::function_type& type = module().type_of_function(function);
        if (!takes(type)) {
            return;
        }
        std::uint32_t base = 0;
        if (function < module().imported_functions) {
            base = begin_call(type, 0);
            load_import(function);
            enter_frame(base);
            call_routine(native_layout::call_object);
        } else {
            base = begin_call(type, core::runtime::arguments_in_registers(type));
            enter_frame(base);
            w.load(width::w64, gpr::rax, at(context_register, native_layout::biased_entries));
            call_entry(function - module().imported_functions);
            add_site();
        }
        end_call(type, base);
    }

    void call_indirect(std::uint32_t type_index, std::uint32_t table) {
        const core::wasm::function_type& type = module().types[type_index].function;
        if (!takes(type)) {
            return;
        }
        const unsigned passed = core::runtime::arguments_in_registers(type);
        const std::uint32_t base = begin_indirect_call(type, passed, type_index, table);
        call_object_in_rdi(base, passed);
        end_call(type, base);
    }
    void call_ref(std::uint32_t type_index) {
        const core::wasm::function_type& type = module().types[type_index].function;
        if (!takes(type)) {
            return;
        }
        take_reference();
        const unsigned passed = core::runtime::arguments_in_registers(type);
        const std::uint32_t base = begin_call(type, passed);
        call_object_in_rdi(base, passed);
        end_call(type, base);
    }

    void return_call(std::uint32_t function) {
        const core::wasm::function_type& type = module().type_of_function(function);
        if (!takes(type)) {
            return;
        }
        if (function < module().imported_functions) {
            move_arguments(type, 0, begin_call(type, 0));
            load_import(function);
            return leave_by(offsetof(native_services, tail_call_object));
        }
        const unsigned passed = core::runtime::arguments_in_registers(type);
        move_arguments(type, passed, begin_call(type, passed));
        w.load(width::w64, gpr::rdi, at(context_register, native_layout::biased_entries));
        w.add(width::w64, gpr::rdi, displacement_of(function - module().imported_functions));
        short_label interpreted;
        w.load(width::w64, gpr::rax, at(gpr::rdi, native_layout::entry_native));
        w.load(width::w64, scratch, at(context_register, native_layout::services));
        w.cmp(width::w64, gpr::rax,
              at(scratch, static_cast<std::int32_t>(offsetof(native_services, call_unready) + passed * sizeof(void*))));
        w.jcc(condition::equal, interpreted);
        w.jmp(gpr::rax);
        w.bind(interpreted);
        leave_by(offsetof(native_services, tail_call_entry));
    }
    void return_call_indirect(std::uint32_t type_index, std::uint32_t table) {
        const core::wasm::function_type& type = module().types[type_index].function;
        if (!takes(type)) {
            return;
        }
        const std::uint32_t base = begin_indirect_call(type, 0, type_index, table);
        move_arguments(type, 0, base);
        leave_by(offsetof(native_services, tail_call_object));
    }
    void return_call_ref(std::uint32_t type_index) {
        const core::wasm::function_type& type = module().types[type_index].function;
        if (!takes(type)) {
            return;
        }
        take_reference();
        move_arguments(type, 0, begin_call(type, 0));
        leave_by(offsetof(native_services, tail_call_object));
    }

protected:
    call_emitter(code_writer& writer, const core::allocator& source, const std::uint32_t* const& type_numbers) noexcept
        : control_emitter(writer, source), type_numbers_(type_numbers), slow_paths_(source) {}

    void begin_calls() noexcept {
        slow_paths_.clear();
        calls_ = calls_in_place_ = false;
    }
    /// Whether the body has calls that return to it, and such whose frame begins where its own does.
    [[nodiscard]] bool calls() const noexcept { return calls_; }
    [[nodiscard]] bool calls_in_place() const noexcept { return calls_in_place_; }

    /// Behind the body: what calls do that is rare.
    void write_slow_paths() {
        for (slow_path& each : slow_paths_) {
            w.bind(each.from);
            if (each.is_element) {
                w.store(width::w64, slot_at(each.slot), gpr::rdi);
                store_passed(each.passed, slot_at(each.base));
                call_operation(native_operation::indirect_callee, each.slot, each.table, each.type, each.wasm_offset);
                load_passed(each.passed, slot_at(each.base));
                w.load(width::w64, gpr::rdi, slot_at(each.slot));
            } else {
                store_passed(each.passed, at(frame_register));
                w.call(at(context_register, native_layout::call_object));
                add_site(each.wasm_offset);
            }
            w.jmp(each.back);
        }
    }

private:
    /// Code that few calls come to, with a function_object in rdi, or with the index of an element whose object is to be found.
    struct slow_path {
        bool is_element = false;
        std::uint32_t table = 0;
        std::uint32_t type = 0;
        std::uint32_t slot = 0;
        std::uint32_t base = 0; ///< of the callee's frame
        unsigned passed = 0;    ///< see arguments_in_registers
        std::uint32_t wasm_offset = 0;
        label from{};
        label back{};
    };

    /// Functions of v128 are refused.
    [[nodiscard]] bool takes(const core::wasm::function_type& type) {
        if (type.params.has_vectors() || type.results.has_vectors()) {
            refuse("call with v128");
            return false;
        }
        return true;
    }

    /// Puts the arguments where the callee has them, and pops them.
    /// \param passed those that it has in registers, see arguments_in_registers
    /// \returns the slot where its frame begins
    std::uint32_t begin_call(const core::wasm::function_type& type, unsigned passed) {
        const auto arguments = static_cast<std::uint32_t>(type.params.size());
        spill_passing(arguments, passed);
        truncate(size() - arguments);
        return home_of(size());
    }
    /// From what the frame register has now to the frame that begins with a slot of this one.
    [[nodiscard]] std::int32_t distance_to(std::uint32_t base) const noexcept { return slot_at(base).displacement; }
    void enter_frame(std::uint32_t base) {
        w.add(width::w64, frame_register, distance_to(base));
        calls_ = true;
        calls_in_place_ |= base == 0;
    }
    /// The callee's frame is left; a single result is in a register.
    void end_call(const core::wasm::function_type& type, std::uint32_t base) {
        w.sub(width::w64, frame_register, distance_to(base));
        done();
        if (type.results.size() == 1) {
            push_register(type.results[0].what(), result_register(type.results[0].what()));
        } else {
            for (const core::wasm::value_type result : type.results) {
                push_slot(result.what());
            }
        }
        done();
    }

    void load_import(std::uint32_t function) {
        w.load(width::w64, gpr::rdi, at(context_register, native_layout::instance));
        w.load(width::w64, gpr::rdi, at(gpr::rdi, native_layout::imported_functions));
        w.load(width::w64, gpr::rdi, at(gpr::rdi, static_cast<std::int32_t>(function * sizeof(void*))));
    }
    /// How far an entry is from native_entry_bias bytes before the first; takes 32 bits.
    [[nodiscard]] static std::int32_t displacement_of(std::uint32_t entry) noexcept {
        return static_cast<std::int32_t>(core::runtime::native_entry_bias +
                                         entry * sizeof(core::runtime::function_entry));
    }
    /// Calls what an entry has for native code, as native_routines::call_unready wants it, with rax so far before the first.
    void call_entry(std::uint32_t entry) {
        w.call(at(gpr::rax, displacement_of(entry) + static_cast<std::int32_t>(native_layout::entry_native)));
    }

    /// Takes the top operand into rdi.
    void take_into_rdi() {
        const value v = pop();
        if (register_if_any(v) != id(gpr::rdi) || v.where == value::place::local) {
            take_this(gpr::rdi);
            load_into(id(gpr::rdi), v);
        }
    }
    /// The callee of call_ref, into rdi; traps where it is null.
    void take_reference() {
        take_into_rdi();
        w.test(width::w64, gpr::rdi, gpr::rdi);
        trap_if(condition::equal, trap_kind::null_function_reference);
    }

    /// The same as begin_call, with the element that the index names in rdi.
    std::uint32_t begin_indirect_call(const core::wasm::function_type& type, unsigned passed, std::uint32_t type_index,
                                      std::uint32_t table) {
        take_into_rdi();
        const std::uint32_t base = begin_call(type, passed);
        slow_path& rare = add_slow_path({.is_element = true,
                                         .table = table,
                                         .type = type_numbers_[type_index],
                                         .slot = base + static_cast<std::uint32_t>(type.params.size()),
                                         .base = base,
                                         .passed = passed});
        find_element(table, rare);
        return base;
    }
    /// From the index in rdi to the function_object there, of the type wanted; others take the slow path.
    void find_element(std::uint32_t table, slow_path& rare) {
        w.load(width::w64, scratch, at(context_register, native_layout::instance));
        w.load(width::w64, scratch, at(scratch, native_layout::tables));
        w.load(width::w64, scratch, at(scratch, static_cast<std::int32_t>(table * sizeof(void*))));
        w.cmp(width::w64, gpr::rdi, at(scratch, native_layout::table_made));
        w.jcc(condition::above_equal, rare.from);
        w.load(width::w64, scratch, at(scratch, native_layout::table_elements));
        w.load(width::w64, gpr::rax, at(scratch, gpr::rdi, 0, 3));
        w.test(width::w64, gpr::rax, gpr::rax);
        w.jcc(condition::equal, rare.from);
        w.cmp(width::w32, at(gpr::rax, native_layout::function_type), static_cast<std::int32_t>(rare.type));
        w.jcc(condition::not_equal, rare.from);
        w.mov(width::w64, gpr::rdi, gpr::rax);
        w.bind(rare.back);
    }

    /// Calls the function_object in rdi: directly where it is of this instance.
    void call_object_in_rdi(std::uint32_t base, unsigned passed) {
        enter_frame(base);
        slow_path& rare = add_slow_path({.passed = passed});
        w.load(width::w64, scratch, at(gpr::rdi, native_layout::function_instance));
        w.cmp(width::w64, scratch, at(context_register, native_layout::instance));
        w.jcc(condition::not_equal, rare.from);
        w.load(width::w64, gpr::rax, at(gpr::rdi, native_layout::function_entry_of));
        w.sub(width::w64, gpr::rax, static_cast<std::int32_t>(core::runtime::native_entry_bias));
        call_entry(0);
        add_site();
        w.bind(rare.back);
    }

    /// From a frame that would begin with slot `base` to this one; those that are in registers, too.
    void move_arguments(const core::wasm::function_type& type, unsigned passed, std::uint32_t base) {
        for (std::uint32_t i = 0; i < type.params.size(); ++i) {
            if (i < core::runtime::native_register_arguments && (passed >> i & 1U) != 0) {
                continue;
            }
            w.load(width::w64, scratch, slot_at(base + i));
            w.store(width::w64, slot_at(i), scratch);
        }
        store_passed(passed, slot_at(0));
        leave_bias(w, bias());
        done();
    }
    /// From argument_registers to the slots from `first` on, and back.
    void store_passed(unsigned passed, const address& first) {
        for_passed(passed, [&](unsigned i, gpr r) { w.store(width::w64, slot_behind(first, i), r); });
    }
    void load_passed(unsigned passed, const address& first) {
        for_passed(passed, [&](unsigned i, gpr r) { w.load(width::w64, r, slot_behind(first, i)); });
    }
    [[nodiscard]] static address slot_behind(const address& first, unsigned i) noexcept {
        return at(first.base, first.displacement + static_cast<std::int32_t>(i * sizeof(core::runtime::slot)));
    }
    void leave_by(std::size_t routine) {
        w.load(width::w64, scratch, at(context_register, native_layout::services));
        w.jmp(at(scratch, static_cast<std::int32_t>(routine)));
        done();
    }

    [[nodiscard]] slow_path& add_slow_path(const slow_path& path) {
        if (!slow_paths_.try_push_back(path)) {
            parser().out_of_memory();
            lost_ = {};
            return lost_;
        }
        slow_paths_.back().wasm_offset = parser().offset();
        return slow_paths_.back();
    }

    const std::uint32_t* const& type_numbers_; ///< by type of the module
    core::vector<slow_path> slow_paths_;
    bool calls_ = false;
    bool calls_in_place_ = false;
    slow_path lost_; ///< of those without memory: the code is not used
};

} // namespace riser::inline v0_1::x64
