#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/wat/detail/identifier_map.hpp"
#include "riser/wat/detail/module_state.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace riser::inline v0_1::wat::detail {

/// The labels in scope, innermost last. Finding one by its identifier does not depend on how many there are.
class label_stack {
public:
    explicit label_stack(const text_memory& memory) noexcept : labels_(memory.source()), innermost_(memory) {}

    void clear() {
        labels_.clear();
        innermost_.clear();
    }

    /// Without an identifier, `name` is null. \returns false where there is no memory.
    [[nodiscard]] bool push(std::string_view name) {
        label added{name, 0};
        if (name.data() != nullptr) {
            const auto position = static_cast<std::uint32_t>(labels_.size() + 1);
            if (std::uint32_t* const innermost = innermost_.find(0, name)) {
                added.outer = *innermost;
                *innermost = position;
            } else {
                static_cast<void>(innermost_.insert(0, name, position));
            }
        }
        return labels_.try_push_back(added);
    }

    void pop() {
        const label& last = labels_.back();
        if (last.name.data() != nullptr) {
            if (std::uint32_t* const innermost = innermost_.find(0, last.name)) { // else there was no memory for it
                *innermost = last.outer;
            }
        }
        labels_.pop_back();
    }

    [[nodiscard]] std::string_view innermost() const noexcept { return labels_.back().name; }

    /// A label of the text as a depth.
    [[nodiscard]] std::uint32_t expect_depth(module_state& state) {
        token_stream& tokens = state.tokens;
        if (!tokens.at(token_kind::identifier)) {
            return state.expect_index(innermost_, 0, "label");
        }
        const std::uint32_t* const position = innermost_.find(0, state.name_of(tokens.current()));
        if (position == nullptr || *position == 0) [[unlikely]] {
            tokens.fail(tokens.current().offset, {"unknown label $", tokens.current().text});
            return 0;
        }
        tokens.advance();
        return static_cast<std::uint32_t>(labels_.size()) - *position;
    }

private:
    struct label {
        std::string_view name;
        std::uint32_t outer; ///< the next one of that name: its position, from 1; 0 where there is none
    };

    core::vector<label> labels_;
    identifier_map innermost_; ///< positions, from 1; 0 where it is out of scope
};

} // namespace riser::inline v0_1::wat::detail
