#pragma once

#include "riser/core/base/allocator.hpp"
#include "riser/core/base/intrusive_set.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/wat/detail/memory.hpp"
#include "riser/wat/detail/words.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace riser::inline v0_1::wat::detail {

/// From identifiers, each in a scope, to indices. A hash table whose probes are bounded: what finds no place near its
/// hash goes into a tree, so that no choice of identifiers makes it slow. What there is no memory for is missing; see
/// text_memory.
class identifier_map {
public:
    explicit identifier_map(const text_memory& memory) noexcept
        : source_(&memory.source()), slots_(memory.source()), rest_(memory.source(), &is_before, nullptr) {}
    identifier_map(const identifier_map&) = delete;
    identifier_map& operator=(const identifier_map&) = delete;
    ~identifier_map() { clear_rest(); }

    /// \returns false, and changes nothing, where it is there already. `name` stays in use.
    [[nodiscard]] bool insert(std::uint32_t scope, std::string_view name, std::uint32_t value) {
        const std::uint32_t hash = hash_of(scope, name);
        if (find(scope, name, hash) != nullptr) {
            return false;
        }
        if (2 * (count_ + 1) > slots_.size()) {
            grow();
        }
        place({hash, scope, name, value});
        return true;
    }

    /// \returns null where it is not there.
    [[nodiscard]] std::uint32_t* find(std::uint32_t scope, std::string_view name) noexcept {
        return find(scope, name, hash_of(scope, name));
    }

    /// Takes as long as what was inserted since the last time.
    void clear() {
        if (count_ * 16 < slots_.size()) {
            slots_ = core::vector<slot>(*source_);
        }
        for (slot& each : slots_) {
            each = {};
        }
        count_ = 0;
        clear_rest();
    }

private:
    static constexpr std::size_t most_probes = 32;

    struct slot {
        std::uint32_t hash = 0;
        std::uint32_t scope = 0;
        std::string_view name; ///< null: free
        std::uint32_t value = 0;
    };
    struct node : core::set_node {
        explicit node(const slot& value) noexcept : of(value) { hash = value.hash; }
        slot of;
        node* next = nullptr; ///< of all
    };

    [[nodiscard]] static bool is_before(const void*, const core::set_node& a, const core::set_node& b) noexcept {
        const slot& first = static_cast<const node&>(a).of;
        const slot& second = static_cast<const node&>(b).of;
        return first.scope != second.scope ? first.scope < second.scope : first.name < second.name;
    }

    [[nodiscard]] static std::uint32_t hash_of(std::uint32_t scope, std::string_view name) noexcept {
        constexpr std::uint64_t factor = 0x9e37'79b9'7f4a'7c15;
        std::uint64_t hash = (std::uint64_t{scope} << 32U | name.size()) * factor;
        while (name.size() > 8) {
            hash = (std::rotl(hash, 29) ^ load_characters(name.substr(0, 8))) * factor;
            name.remove_prefix(8);
        }
        hash = (std::rotl(hash, 29) ^ load_characters(name)) * factor;
        return static_cast<std::uint32_t>((hash ^ hash >> 29U) * factor >> 32U);
    }

    [[nodiscard]] std::uint32_t* find(std::uint32_t scope, std::string_view name, std::uint32_t hash) noexcept {
        for (std::size_t i = 0; i < most_probes && i < slots_.size(); ++i) {
            slot& each = slots_[(hash + i) & (slots_.size() - 1)];
            if (each.name.data() == nullptr) {
                break;
            }
            if (each.hash == hash && each.scope == scope && each.name == name) {
                return &each.value;
            }
        }
        if (nodes_ == nullptr) [[likely]] {
            return nullptr;
        }
        auto* const found = static_cast<node*>(rest_.find(node({hash, scope, name, 0})));
        return found == nullptr ? nullptr : &found->of.value;
    }

    void place(const slot& added) {
        for (std::size_t i = 0; i < most_probes && i < slots_.size(); ++i) {
            slot& each = slots_[(added.hash + i) & (slots_.size() - 1)];
            if (each.name.data() == nullptr) {
                each = added;
                ++count_;
                return;
            }
        }
        if (auto* const made = core::make_object<node>(*source_, added)) {
            made->next = std::exchange(nodes_, made);
            rest_.add(*made);
        }
    }

    void clear_rest() noexcept {
        while (nodes_ != nullptr) {
            core::destroy_object(*source_, std::exchange(nodes_, nodes_->next));
        }
        rest_.clear();
    }

    void grow() {
        core::vector<slot> old(*source_);
        if (!old.try_resize(slots_.empty() ? 16 : 2 * slots_.size())) {
            return;
        }
        old.swap(slots_);
        count_ = 0;
        for (const slot& each : old) {
            if (each.name.data() != nullptr) {
                place(each);
            }
        }
    }

    const core::allocator* source_;
    core::vector<slot> slots_; ///< a power of two of them
    std::size_t count_ = 0;
    core::intrusive_set rest_;
    node* nodes_ = nullptr; ///< those in rest_
};

} // namespace riser::inline v0_1::wat::detail
