// No include guard: opens a region of handlers, which end_handlers.hpp closes.
//
// A handler is a function of the whole machine state that ends in a call of the next one. The state travels in the
// registers of the ordinary calling convention: four names of them would have to be repeated in every signature and
// call, so these macros exist for the region only.

#define RISER_STATE                                                                                                    \
    [[maybe_unused]] const code_word *pc, [[maybe_unused]] slot *frame, [[maybe_unused]] execution_context *context,   \
        [[maybe_unused]] std::uint64_t integer, [[maybe_unused]] const code_word *head,                                \
        [[maybe_unused]] vector_accumulator vector

/// In front of every handler, and of every function that becomes part of handlers. What profilers, coverage and
/// -finstrument-functions add at the end of a function would keep it from ending in a tail call.
#define RISER_HANDLER                                                                                                  \
    [[gnu::aligned(handler_alignment), gnu::no_profile_instrument_function, gnu::no_instrument_function]]
#define RISER_HELPER [[gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] inline

/// Continues with handler `next`, for good.
#if defined(__clang__)
#    define RISER_CONTINUE(next)                                                                                       \
        if constexpr (D != dispatch::trampoline) {                                                                     \
            [[clang::musttail]] return next(pc, frame, context, integer, head, vector);                                \
        } else {                                                                                                       \
            return save_state(next, pc, frame, context, integer, head, vector);                                        \
        }
#else
#    define RISER_CONTINUE(next)                                                                                       \
        if constexpr (D != dispatch::trampoline) {                                                                     \
            return next(pc, frame, context, integer, head, vector);                                                    \
        } else {                                                                                                       \
            return save_state(next, pc, frame, context, integer, head, vector);                                        \
        }
#endif

/// Continues with the instruction at `where`. The empty statement has the compiler move pc on in place, behind the last use
/// of the old one, instead of keeping both; it saves two instructions of nine.
#define RISER_NEXT(where)                                                                                              \
    pc = (where);                                                                                                      \
    asm("" : "+r"(pc));                                                                                                \
    RISER_CONTINUE(handler_at(pc))

/// What assembly that enters and leaves an activation does with the registers that belong to who called it.
#define RISER_SAVE_REGISTERS                                                                                           \
    "pushq %%rbp\n\t.cfi_adjust_cfa_offset 8\n\t"                                                                      \
    "pushq %%rbx\n\t.cfi_adjust_cfa_offset 8\n\t"                                                                      \
    "pushq %%r12\n\t.cfi_adjust_cfa_offset 8\n\t"                                                                      \
    "pushq %%r13\n\t.cfi_adjust_cfa_offset 8\n\t"                                                                      \
    "pushq %%r14\n\t.cfi_adjust_cfa_offset 8\n\t"                                                                      \
    "pushq %%r15\n\t.cfi_adjust_cfa_offset 8\n\t"                                                                      \
    "subq $8, %%rsp\n\t.cfi_adjust_cfa_offset 8\n\t"
#define RISER_LEAVE_ACTIVATION                                                                                         \
    "addq $8, %%rsp\n\t"                                                                                               \
    "popq %%r15\n\tpopq %%r14\n\tpopq %%r13\n\tpopq %%r12\n\tpopq %%rbx\n\tpopq %%rbp\n\t"                             \
    "ret"

// A debug build of the application still gets an optimised interpreter, and one that makes sibling calls. Handlers are too
// short for what GCC's -O2 adds but scheduling; -O1 makes the same code of them in two thirds of the time. The passes that
// are off in the last line find nothing in handlers.
#if defined(__clang__)
#    pragma float_control(precise, on, push)
#elif defined(__GNUC__)
#    pragma GCC push_options
#    pragma GCC optimize("O1", "schedule-insns2", "optimize-sibling-calls", "no-stack-protector",                      \
                         "omit-frame-pointer", "no-partial-inlining", "no-fast-math", "no-tree-pta", "no-tree-sink",   \
                         "no-tree-dse", "no-tree-loop-optimize", "no-dse", "no-if-conversion2")
#endif
