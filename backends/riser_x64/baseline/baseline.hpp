#pragma once

#include "riser/core/module/module_data.hpp"
#include "riser/core/tiering/backend.hpp"
#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/limits.hpp"
#include "riser_x64/baseline/emit_calls.hpp"
#include "riser_x64/common/assemble.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace riser::inline v0_1::x64 {

/// The templates, assembled once per process; null where xbyak is not understood.
[[nodiscard, gnu::cold]] inline const template_set* templates_of_process() noexcept {
    static template_set set;
    static const bool is_understood = template_assembler::assemble(set);
    return is_understood ? &set : nullptr;
}

/// The body as a sink of the parser. See baseline.
class baseline_compiler : public call_emitter {
public:
    baseline_compiler(const template_set& templates, const core::allocator& source) noexcept
        : call_emitter(body_, source, type_numbers_), body_(templates, processor_features::detect(), source),
          whole_(templates, body_.features(), source), source_(source), placed_sites_(source), placed_entries_(source) {
    }

    [[nodiscard]] core::runtime::compiled_code compile(const core::runtime::compile_task& task) {
        return compile_by(*this, task);
    }

protected:
    /// \param sink this object; a derived one may do more at some events
    template <class Sink>
    [[nodiscard]] core::runtime::compiled_code compile_by(Sink& sink, const core::runtime::compile_task& task) {
        type_numbers_ = task.module.type_numbers.data();
        begin_task(task.module.bytes, task.function);
        core::wasm::diagnostics diagnostics;
        if (!core::wasm::parse_function(task.module.info, task.module.bytes, task.function, sink, diagnostics,
                                        source_)) {
            const core::wasm::diagnostic& why = diagnostics.first();
            return {.refusal = why.kind == core::wasm::diagnostic_kind::out_of_memory ? "out of memory"
                               : why.kind == core::wasm::diagnostic_kind::unsupported ? "unsupported instruction"
                               : why.kind == core::wasm::diagnostic_kind::limit       ? "limit"
                                                                                      : "invalid function body"};
        }
        const code_buffer& code = whole_.code();
        return {{reinterpret_cast<const std::byte*>(code.data()), code.size()},
                {placed_sites_.data(), placed_sites_.size()},
                {placed_entries_.data(), placed_entries_.size()},
                nullptr,
                entry_,
                constant_bytes_};
    }

public:
    // The parser's first and last events

    void begin_function(core::wasm::parser_view& parser, const core::wasm::function_header& header) {
        refusing_sink::begin_function(parser, header);
        if (header.locals->slots() != header.locals->size()) {
            return refuse("v128");
        }
        body_.code().clear();
        begin_values(parser, *header.locals, core::runtime::arguments_in_registers(*header.type));
        begin_emitter();
        begin_control(header);
        begin_calls();
        body_offset_ = module().bodies[header.function - module().imported_functions].bytes.offset;
    }

    void end_function(const core::wasm::function_summary& summary) {
        if (summary.falls_through) {
            write_return();
        }
        if (summary.frame_slots > limits::frame_slots) {
            return parser().refuse(core::wasm::diagnostic_kind::limit, "too many slots");
        }
        check_length();
        write_polls();
        write_slow_paths();
        write_traps();
        constant_bytes_ = write_floats();
        put_together(summary);
        if (body_.code().failure() != code_failure::none || whole_.code().failure() != code_failure::none) {
            parser().out_of_memory();
        }
    }

private:
    /// What is rare of what a function does first, that itself, and its body: frame and weight are known by now.
    void put_together(const core::wasm::function_summary& summary) {
        using core::runtime::value_stack;
        whole_.code().clear();
        label polled;
        label exhausted;
        short_label begin;
        placed_sites_.clear();
        whole_.bind(polled);
        whole_.call(at(context_register, native_layout::poll));
        add_placed({static_cast<std::uint32_t>(whole_.code().size()), body_offset_});
        whole_.jmp(begin);
        // For who need not ask for room, see value_stack and native_stack.
        const bool asks_for_slots = calls() || summary.frame_slots > value_stack::leaf_slots;
        const bool asks_for_stack = calls_in_place();
        if (asks_for_slots || asks_for_stack) {
            whole_.bind(exhausted); // there is no place of this function yet: it is the caller's
            whole_.jmp(at(context_register, native_layout::exhausted));
        }
        entry_ = static_cast<std::uint32_t>(whole_.code().size());
        if (asks_for_slots) {
            const std::size_t slots = summary.frame_slots + value_stack::margin_slots;
            whole_.lea(width::w64, scratch,
                       at(frame_register, static_cast<std::int32_t>(slots * sizeof(core::runtime::slot))));
            whole_.cmp(width::w64, scratch, at(context_register, native_layout::links));
            whole_.jcc(condition::above, exhausted);
        }
        if (asks_for_stack) {
            whole_.cmp(width::w64, gpr::rsp, at(context_register, native_layout::native_limit));
            whole_.jcc(condition::below, exhausted);
        }
        whole_.sub(width::w64, budget_register, static_cast<std::int32_t>(summary.entry_weight));
        whole_.jcc(condition::sign, polled);
        whole_.bind(begin);
        enter_bias(whole_, bias());
        zero_locals();
        place(static_cast<std::uint32_t>(whole_.code().size()));
        whole_.code().append(body_.code().data(), body_.code().size());
    }

    /// Those that some path reads before it writes them. Arguments are in registers by then.
    void zero_locals() {
        const std::uint32_t count = zeroed_.count();
        if (count == 0) {
            return;
        }
        whole_.clear(gpr::rax);
        if (count <= most_stores) {
            for (std::uint32_t i = 0; i < count; ++i) {
                whole_.store(width::w64, slot_at(zeroed_.begin() + i), gpr::rax);
            }
            return;
        }
        label next;
        whole_.lea(width::w64, gpr::rdi, slot_at(zeroed_.begin()));
        whole_.lea(width::w64, scratch, slot_at(zeroed_.begin() + count));
        whole_.bind(next);
        whole_.store(width::w64, at(gpr::rdi), gpr::rax);
        whole_.add(width::w64, gpr::rdi, static_cast<std::int32_t>(sizeof(core::runtime::slot)));
        whole_.cmp(width::w64, gpr::rdi, scratch);
        whole_.jcc(condition::below, next);
    }

    /// What is noted of places in the body, by where that comes to lie.
    void place(std::uint32_t at) {
        placed_entries_.clear();
        for (native_site site : sites()) {
            site.offset += at;
            add_placed(site);
        }
        for (loop_entry entry : entries()) {
            entry.offset += at;
            if (!placed_entries_.try_push_back(entry)) {
                parser().out_of_memory();
            }
        }
    }
    void add_placed(const native_site& site) {
        if (!placed_sites_.try_push_back(site)) {
            parser().out_of_memory();
        }
    }

    static constexpr std::uint32_t most_stores = 12;

    const std::uint32_t* type_numbers_ = nullptr;
    code_writer body_;
    code_writer whole_;
    const core::allocator& source_;
    core::vector<native_site> placed_sites_;
    core::vector<loop_entry> placed_entries_;
    std::uint32_t entry_ = 0;
    std::uint32_t constant_bytes_ = 0;
    std::uint32_t body_offset_ = 0;
};

/// The baseline backend of x86-64 (see docs/tiers.md): one pass over a body, each access compared with the memory's size, so that
/// one copy of the code serves both memory modes.
class baseline {
public:
    static constexpr std::string_view name = "baseline";
    static constexpr bool is_mode_specific = false;

    explicit baseline(const core::allocator& source) noexcept : compiler_(templates(), source) {}

    [[nodiscard]] const char* unusable() const noexcept {
        if (templates_of_process() == nullptr) {
            return "this version of xbyak encodes instructions in a way that riser does not understand";
        }
        return processor_features::detect().sse41 ? nullptr : "the processor has no SSE4.1";
    }

    [[nodiscard]] core::runtime::compiled_code compile(const core::runtime::compile_task& task) noexcept {
        return compiler_.compile(task);
    }

protected:
    /// Without any where the backend is unusable.
    [[nodiscard]] static const template_set& templates() noexcept {
        static const template_set none{};
        const template_set* const made = templates_of_process();
        return made == nullptr ? none : *made;
    }

private:
    baseline_compiler compiler_;
};

} // namespace riser::inline v0_1::x64
