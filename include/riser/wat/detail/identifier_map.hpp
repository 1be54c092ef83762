#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/wat/detail/words.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

namespace riser::inline v0::wat::detail {

/// From identifiers, each in a scope, to indices. A hash table whose probes are bounded: what finds no place near its
/// hash goes into a tree, so that no choice of identifiers makes it slow.
class identifier_map {
public:
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
            slots_ = {};
        }
        for (slot& each : slots_) {
            each = {};
        }
        count_ = 0;
        rest_.clear();
    }

private:
    static constexpr std::size_t most_probes = 32;

    struct slot {
        std::uint32_t hash = 0;
        std::uint32_t scope = 0;
        std::string_view name; ///< null: free
        std::uint32_t value = 0;
    };
    using key = std::pair<std::uint32_t, std::string_view>;

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
        if (rest_.empty()) [[likely]] {
            return nullptr;
        }
        const auto found = rest_.find(key(scope, name));
        return found == rest_.end() ? nullptr : &found->second;
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
        rest_.emplace(key(added.scope, added.name), added.value);
    }

    void grow() {
        core::vector<slot> old(slots_.empty() ? 16 : 2 * slots_.size());
        old.swap(slots_);
        count_ = 0;
        for (const slot& each : old) {
            if (each.name.data() != nullptr) {
                place(each);
            }
        }
    }

    core::vector<slot> slots_; ///< a power of two of them
    std::size_t count_ = 0;
    std::map<key, std::uint32_t> rest_;
};

} // namespace riser::inline v0::wat::detail
