#include "support/toy_backend.hpp"

#include "riser/core/module/module_data.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/wasm/function/function_parser.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__x86_64__) && defined(__ELF__)

// Labels in the code below.
extern const std::byte toy_sum_loop[] asm("riser_toy_sum_loop");
extern const std::byte toy_behind_trap[] asm("riser_toy_behind_trap");
extern const std::byte toy_behind_call[] asm("riser_toy_behind_call");
extern const std::byte toy_access[] asm("riser_toy_access");
extern const std::byte toy_behind_check[] asm("riser_toy_behind_check");

namespace test::toy {

namespace {

using runtime::native_layout;
using runtime::native_services;
using memory_mode = riser::core::memory::memory_mode;

/// What every function does first: two checks of stacks, and its charge.
#    define TOY_PROLOGUE                                                                                               \
        "cmpq %c[limit](%%rdx), %%rsp\n\tjb 8f\n\t"                                                                    \
        "leaq 16*8+4*8(%%rsi), %%rax\n\tcmpq %c[links](%%rdx), %%rax\n\tja 8f\n\t"                                     \
        "subq %[weight], %%r13\n\tjs 9f\n"                                                                             \
        "7:\n\t"
#    define TOY_TRAP(kind) "movl %[" kind "], %%r11d\n\tmovq %c[services](%%rdx), %%r10\n\tcall *%c[trap](%%r10)\n"
#    define TOY_EPILOGUE "8:\n\t" TOY_TRAP("exhausted") "9:\n\tcall *%c[poll](%%rdx)\n\tjmp 7b\n\t"
#    define TOY_OPERANDS                                                                                               \
        [limit] "i"(native_layout::native_limit), [links] "i"(native_layout::links),                                   \
            [instance] "i"(native_layout::instance), [entries] "i"(native_layout::entries),                            \
            [native] "i"(native_layout::entry_native), [services] "i"(native_layout::services),                        \
            [trap] "i"(offsetof(native_services, trap)), [poll] "i"(native_layout::poll),                              \
            [call_entry] "i"(offsetof(native_services, call_entry)),                                                   \
            [unready] "i"(offsetof(native_services, call_unready)), [bytes] "i"(native_layout::memory_bytes),          \
            [exhausted] "i"(riser::trap_kind::stack_exhausted), [unreachable] "i"(riser::trap_kind::unreachable),      \
            [out_of_bounds] "i"(riser::trap_kind::memory_out_of_bounds)

/// `version`: the version that runs; 0 in wasm.
template <std::int32_t Version>
[[gnu::naked]] void version() {
    asm(TOY_PROLOGUE "movl %[version], %%ecx\n\tmovq %%rcx, (%%rsi)\n\tret\n" TOY_EPILOGUE
        :
        : TOY_OPERANDS, [weight] "i"(2), [version] "i"(Version));
}

/// `sum`: of the numbers up to its argument, by a loop.
[[gnu::naked]] void sum() {
    asm(TOY_PROLOGUE "movq %%rcx, (%%rsi)\n\tmovq %[native_mark], 8(%%rsi)\n"
                     "1:\n\tsubq %[loop_weight], %%r13\n\tjs 3f\n"
                     "2:\n\tmovl (%%rsi), %%ecx\n\taddl %%ecx, 8(%%rsi)\n\t"
                     "subl $1, (%%rsi)\n\tjnz 1b\n\t"
                     "movl 8(%%rsi), %%ecx\n\tmovq %%rcx, (%%rsi)\n\tret\n"
                     "3:\n\tcall *%c[poll](%%rdx)\n\tjmp 2b\n\t"
                     "riser_toy_sum_loop:\n\t"
                     "cmpq %c[limit](%%rdx), %%rsp\n\tjb 8f\n\t"
                     "addl %[loop_mark], 8(%%rsi)\n\tjmp 2b\n\t" TOY_EPILOGUE
        :
        : TOY_OPERANDS, [weight] "i"(2), [loop_weight] "i"(11), [native_mark] "i"(native_mark),
          [loop_mark] "i"(loop_mark));
}

/// `stops`: traps.
[[gnu::naked]] void stops() {
    asm(TOY_PROLOGUE TOY_TRAP("unreachable") "riser_toy_behind_trap:\n\t" TOY_EPILOGUE
        :
        : TOY_OPERANDS, [weight] "i"(1));
}

/// `calls`: the function in front of it in the module, adds one.
[[gnu::naked]] void calls() {
    asm(TOY_PROLOGUE "movq %c[instance](%%rdx), %%rdi\n\tmovq %c[entries](%%rdi), %%rdi\n\t"
                     "movq %c[services](%%rdx), %%r10\n\t"
                     "movq %c[native](%%rdi), %%rax\n\tcmpq %c[unready](%%r10), %%rax\n\tje 1f\n\t"
                     "call *%%rax\n\tjmp riser_toy_behind_call\n"
                     "1:\n\tmovq %c[services](%%rdx), %%r10\n\tcall *%c[call_entry](%%r10)\n"
                     "riser_toy_behind_call:\n\t"
                     "incl %%ecx\n\tmovq %%rcx, (%%rsi)\n\tret\n" TOY_EPILOGUE
        :
        : TOY_OPERANDS, [weight] "i"(4));
}

/// `load`: the i32 at its address, in a memory with guard pages. All registers that may have the address are of use to it.
[[gnu::naked]] void load_guarded() {
    asm(TOY_PROLOGUE "movl %%ecx, %%r8d\n\tmovl %%ecx, %%r11d\n"
                     "riser_toy_access:\n\t"
                     "movl (%%rbx,%%rcx), %%ecx\n\t"
                     "addl %[native_mark], %%ecx\n\tmovq %%rcx, (%%rsi)\n\tret\n" TOY_EPILOGUE
        :
        : TOY_OPERANDS, [weight] "i"(3), [native_mark] "i"(native_mark));
}
/// The same with a check.
[[gnu::naked]] void load_checked() {
    asm(TOY_PROLOGUE "movl %%ecx, %%eax\n\tleaq 4(%%rax), %%rcx\n\tcmpq %c[bytes](%%rdx), %%rcx\n\tja 1f\n\t"
                     "movl (%%rbx,%%rax), %%ecx\n\t"
                     "addl %[native_mark], %%ecx\n\tmovq %%rcx, (%%rsi)\n\tret\n"
                     "1:\n\t" TOY_TRAP("out_of_bounds") "riser_toy_behind_check:\n\t" TOY_EPILOGUE
        :
        : TOY_OPERANDS, [weight] "i"(3), [native_mark] "i"(native_mark));
}

#    undef TOY_PROLOGUE
#    undef TOY_TRAP
#    undef TOY_EPILOGUE
#    undef TOY_OPERANDS

/// Of the loop of `sum`: in the body, behind one run of locals.
constexpr std::uint32_t loop_at = 3;

[[nodiscard]] std::uint32_t at(void (*code)(), const std::byte* label) {
    return static_cast<std::uint32_t>(label - reinterpret_cast<const std::byte*>(code));
}

} // namespace

template <bool Specific>
runtime::compiled_code compiler<Specific>::compile(const runtime::compile_task& task) noexcept {
    if (void (*const hook)() = while_compiling) {
        hook();
    }
    riser::core::wasm::null_sink nobody;
    riser::core::wasm::diagnostics errors;
    if (!riser::core::wasm::parse_function(task.module.info, state_of(task.module).bytes, task.function, nobody,
                                           errors)) {
        return {.bytes = {}, .sites = {}, .loops = {}, .refusal = "an invalid body"};
    }
    const std::uint32_t offset =
        task.module.info.bodies[task.function - task.module.info.imported_functions].bytes.offset;
    const std::string_view asked = runtime::name_of_function(task.module, task.function);
    void (*code)() = nullptr;
    sites_.clear();
    loops_.clear();
    if (asked == "version" && !refuses_version) {
        code = task.modes == runtime::all_memory_modes ? &version<version_of(3)>
               : task.modes == 1                       ? &version<version_of(1)>
                                                       : &version<version_of(2)>;
    } else if (asked == "sum" && !Specific) {
        code = &sum;
        if (!leaves_out_loops) {
            loops_.push_back({offset + loop_at, at(code, toy_sum_loop)});
        }
    } else if (asked == "stops") {
        code = &stops;
        sites_.push_back({at(code, toy_behind_trap), offset + 1, 0});
    } else if (asked == "calls") {
        code = &calls;
        sites_.push_back({at(code, toy_behind_call), offset + 1, 0});
    } else if (asked == "load" && Specific && task.modes == runtime::only(memory_mode::signaling)) {
        code = &load_guarded;
        sites_.push_back(
            {.offset = at(code, toy_access), .wasm_offset = offset + 3, .address_register = address_register & 15U});
    } else if (asked == "load" && Specific) {
        code = &load_checked;
        sites_.push_back({at(code, toy_behind_check), offset + 3, 0});
    } else {
        return {.bytes = {}, .sites = {}, .loops = {}, .refusal = "a toy does not know it"};
    }
    ++compiled;
    std::memcpy(bytes_.data(), reinterpret_cast<const void*>(code), bytes_.size());
    return {bytes_, sites_, loops_, nullptr};
}

template class compiler<false>;
template class compiler<true>;

} // namespace test::toy

#endif
