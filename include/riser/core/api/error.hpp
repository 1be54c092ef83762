#pragma once

#include "riser/core/api/references.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/wasm/message.hpp"
#include "riser/error.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

namespace riser::inline v0_1 {

namespace core::runtime {

/// The state of an error of class E; null where it is none, as what there was no memory for: that is a resource_error.
template <class E, class State>
[[nodiscard]] const State* state_of(const error& failure) noexcept {
    return failure.is<E>() ? static_cast<const State*>(failure.state().get()) : nullptr;
}

RISER_INLINE shared_ref<const error_state> out_of_memory_state() noexcept {
    alignas(resource_error_state) static std::byte storage[sizeof(resource_error_state)];
    static const auto* const state = ::new (static_cast<void*>(storage)) resource_error_state(
        &type_key_of<resource_error>, std::string_view(text::lost), resource_error::reason::memory);
    return shared_ref<const error_state>::share(state);
}

} // namespace core::runtime

namespace core::runtime {

/// A name of UTF-8, of which a message takes up to 1,000 bytes: whoever made the module chose it.
[[nodiscard, gnu::cold]] inline std::string_view shortened(std::string_view name) noexcept {
    std::size_t end = 1000;
    if (name.size() <= end) {
        return name;
    }
    while ((static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80) { // in the middle of a character
        --end;
    }
    return name.substr(0, end);
}

/// The message of a trap, and behind it the function in which it happened: "unreachable (in function 3, main)". Made once, when
/// somebody asks; the record keeps the module whose name it is. Where there is no memory for it, the message alone.
[[nodiscard, gnu::cold, gnu::noinline]] inline const char* located_message(const trap_state& trapped) noexcept {
    if (trapped.record.empty()) {
        return trapped.message.c_str();
    }
    if (const text* const made = trapped.located.load(std::memory_order_acquire)) {
        return made->c_str();
    }
    const recorded_frame& innermost = *trapped.record.begin();
    const text name = wasm::printable(shortened(name_of_function(*innermost.module, innermost.function)));
    const char* const separator = name.empty() ? "" : ", ";
    auto* const made = new (std::nothrow)
        text(wasm::message{trapped.message, " (in function ", innermost.function, separator, name, ")"}.text());
    if (made == nullptr || made->is_lost()) {
        delete made;
        return trapped.message.c_str();
    }
    const text* first = nullptr;
    if (!trapped.located.compare_exchange_strong(first, made, std::memory_order_acq_rel)) {
        delete made;
        return first->c_str();
    }
    return made->c_str();
}

} // namespace core::runtime

RISER_INLINE const char* error::what() const noexcept {
    if (const auto* const trapped = core::runtime::state_of<trap, core::runtime::trap_state>(*this)) {
        return core::runtime::located_message(*trapped);
    }
    return state_ ? state_->message.c_str() : "no error";
}

namespace core::runtime {

RISER_INLINE void throw_or_end(const riser::error& failure) {
#if defined(__cpp_exceptions)
    raise(failure);
#else
    std::fprintf(stderr, "riser: %s\n", failure.what());
    std::abort();
#endif
}
RISER_INLINE void misuse(const char* what) { throw_or_end(usage_error(what)); }
RISER_INLINE void no_element(std::uint64_t index, std::uint64_t size) {
    const text details = wasm::message{"element ", index, " of ", size}.text();
    throw_or_end(trap(trap_kind::memory_out_of_bounds, details.view()));
}
RISER_INLINE riser::error moved_from(const char* what) {
    return usage_error(text("the ").append(what).append(" was moved from: it refers to nothing"));
}

} // namespace core::runtime

namespace core::runtime {

/// "app.wasm: type mismatch, at byte 71 in function 3"
[[nodiscard, gnu::cold, gnu::noinline]] inline shared_ref<const error_state>
make_compile_error(compile_error::reason why, std::string_view description, std::size_t offset,
                   std::optional<std::uint32_t> function, std::string_view file) noexcept {
    text message(file);
    message.append(file.empty() ? "" : ": ");
    const std::size_t begin = message.view().size();
    message.append(description).append(", at byte ").append(std::uint64_t{offset});
    if (function) {
        message.append(" in function ").append(std::uint64_t{*function});
    }
    const compile_error_state::extent described{begin, description.size()};
    return make_error_state<compile_error, compile_error_state>(std::move(message), described, why, offset, function);
}

[[nodiscard, gnu::cold, gnu::noinline]] inline shared_ref<const error_state>
make_link_error(std::string_view message, const std::vector<unsatisfied_import>& unsatisfied) noexcept {
    vector<import_texts> kept;
    if (!kept.try_reserve(unsatisfied.size())) {
        return out_of_memory_state();
    }
    for (const unsatisfied_import& one : unsatisfied) {
        kept.push_back_reserved({text(one.module), text(one.name), text(one.expected), text(one.found)});
    }
    return make_error_state<link_error, link_error_state>(text(message), std::move(kept));
}

} // namespace core::runtime

[[gnu::cold]] RISER_INLINE compile_error::compile_error(reason why, std::string_view description, std::size_t offset,
                                                        std::optional<std::uint32_t> function,
                                                        std::string_view file) noexcept
    : error(core::runtime::make_compile_error(why, description, offset, function, file)) {}
[[gnu::cold]] RISER_INLINE std::string_view compile_error::description() const noexcept {
    const auto* const state = core::runtime::state_of<compile_error, core::runtime::compile_error_state>(*this);
    const bool is_lost = state == nullptr || state->message.is_lost();
    return is_lost ? message() : message().substr(state->described.begin, state->described.size);
}
RISER_INLINE compile_error::reason compile_error::why() const noexcept {
    const auto* const state = core::runtime::state_of<compile_error, core::runtime::compile_error_state>(*this);
    return state == nullptr ? reason::limit : state->why;
}
RISER_INLINE std::size_t compile_error::offset() const noexcept {
    const auto* const state = core::runtime::state_of<compile_error, core::runtime::compile_error_state>(*this);
    return state == nullptr ? 0 : state->offset;
}
RISER_INLINE std::optional<std::uint32_t> compile_error::function() const noexcept {
    const auto* const state = core::runtime::state_of<compile_error, core::runtime::compile_error_state>(*this);
    return state == nullptr ? std::nullopt : state->function;
}

[[gnu::cold]] RISER_INLINE link_error::link_error(std::string_view message,
                                                  const std::vector<unsatisfied_import>& unsatisfied) noexcept
    : error(core::runtime::make_link_error(message, unsatisfied)) {}
[[gnu::cold]] RISER_INLINE std::vector<unsatisfied_import> link_error::unsatisfied() const {
    std::vector<unsatisfied_import> all;
    if (const auto* const state = core::runtime::state_of<link_error, core::runtime::link_error_state>(*this)) {
        for (const core::runtime::import_texts& one : state->unsatisfied) {
            all.push_back({std::string(one.module.view()), std::string(one.name.view()),
                           std::string(one.expected.view()), std::string(one.found.view())});
        }
    }
    return all;
}

[[gnu::cold]] RISER_INLINE trap::trap(trap_kind kind, std::string_view message) noexcept
    : error(core::runtime::make_trap(kind, message, {})) {}
RISER_INLINE trap_kind trap::kind() const noexcept {
    const auto* const state = core::runtime::state_of<trap, core::runtime::trap_state>(*this);
    return state == nullptr ? trap_kind::out_of_memory : state->kind;
}
namespace core::runtime {

[[nodiscard, gnu::cold]] inline std::vector<trap_frame> frames_of(const trap_record& record) {
    std::vector<trap_frame> frames;
    for (const recorded_frame& recorded : record) {
        const module_state& module = *recorded.module;
        const std::optional<std::uint32_t> offset =
            recorded.is_native ? recorded.place
                               : module.byte_offset(module.info, module.bytes, recorded.function, recorded.place);
        frames.push_back({std::string(module.info.name), recorded.function,
                          std::string(name_of_function(module, recorded.function)), offset.value_or(0)});
    }
    return frames;
}

} // namespace core::runtime

[[gnu::cold]] RISER_INLINE std::vector<trap_frame> trap::backtrace() const {
    const auto* const state = core::runtime::state_of<trap, core::runtime::trap_state>(*this);
    return state == nullptr ? std::vector<trap_frame>() : core::runtime::frames_of(state->record);
}

[[gnu::cold]] RISER_INLINE usage_error::usage_error(std::string_view message) noexcept
    : error(core::runtime::make_error_state<usage_error, core::runtime::error_state>(message)) {}

[[gnu::cold]] RISER_INLINE resource_error::resource_error(reason why, std::string_view message) noexcept
    : error(core::runtime::make_error_state<resource_error, core::runtime::resource_error_state>(message, why)) {}
RISER_INLINE resource_error::reason resource_error::why() const noexcept {
    const auto* const state = core::runtime::state_of<resource_error, core::runtime::resource_error_state>(*this);
    return state == nullptr ? reason::memory : state->why;
}

[[gnu::cold]] RISER_INLINE host_error::host_error(std::string_view message, std::exception_ptr exception) noexcept
    : error(core::runtime::make_error_state<host_error, core::runtime::host_error_state>(core::text(message),
                                                                                         std::move(exception))) {}
[[gnu::cold]] RISER_INLINE std::exception_ptr host_error::exception() const noexcept {
    const auto* const state = core::runtime::state_of<host_error, core::runtime::host_error_state>(*this);
    return state == nullptr ? nullptr : state->exception;
}

} // namespace riser::inline v0_1
