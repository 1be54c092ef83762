#pragma once

#include "riser/core/base/ordered_index.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/module/type_registry.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/types.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <span>
#include <utility>

namespace riser::inline v0::core::runtime {

/// Gives types their numbers. Thread-safe.
class type_registrar : public type_registry {
public:
    /// The number of each type of a module, by type index. \returns false where there are no numbers left.
    [[nodiscard, gnu::cold]] bool number_types(const wasm::module_info& module, vector<std::uint32_t>& numbers) {
        const std::lock_guard lock(mutex_);
        numbers.resize(module.types.size());
        for (std::uint32_t begin = 0; begin < numbers.size();) {
            const std::uint32_t size = module.types[begin].group_size;
            if (module.canonical[begin] != begin) {
                for (std::uint32_t i = begin; i < begin + size; ++i) {
                    numbers[i] = numbers[module.canonical[i]];
                }
            } else if (!number_group(std::span(module.types).subspan(begin, size), begin, numbers)) {
                return false;
            }
            begin += size;
        }
        return true;
    }

    /// The number of a function type outside of modules, whose concrete types are engine-wide numbers already; no_number
    /// where there are none left.
    [[nodiscard, gnu::cold]] std::uint32_t number_of(const wasm::function_type& type) {
        const std::lock_guard lock(mutex_);
        vector<wasm::defined_type> group(1);
        group[0].function = type;
        vector<std::uint32_t> numbers(1);
        // There is no type index 0xfffff: nothing in it refers to the group itself.
        return number_group(group, outside_modules, numbers) ? numbers[0] : no_number;
    }

private:
    static constexpr std::uint32_t outside_modules = 0xfffff;

    /// What makes a rec group what it is, in words.
    using group_key = vector<std::uint32_t>;
    struct known_group {
        group_key key;
        std::uint32_t first; ///< number of its first type
    };

    [[nodiscard, gnu::cold]] static bool is_before(const void* context, std::uint32_t a, std::uint32_t b) {
        const auto& groups = *static_cast<const vector<known_group>*>(context);
        const group_key& first = groups[a].key;
        const group_key& second = groups[b].key;
        if (first.size() != second.size()) {
            return first.size() < second.size();
        }
        const int order = std::memcmp(first.data(), second.data(), first.size() * sizeof(std::uint32_t));
        return order < 0;
    }

    /// Numbers a group of types, of which the first has index `begin`; types in front of it have `numbers` already.
    [[nodiscard, gnu::cold]] bool number_group(std::span<const wasm::defined_type> group, std::uint32_t begin,
                                               vector<std::uint32_t>& numbers) {
        const bool of_module = begin != outside_modules;
        const auto is_own = [&](std::uint32_t index) { return of_module && index >= begin; };
        const auto to_number = [&](std::uint32_t index) { return of_module ? numbers[index] : index; };

        group_key key;
        const auto add_type = [&](wasm::value_type type) {
            if (!type.is_reference() || !type.heap().is_concrete()) {
                key.push_back(type.bits());
                return;
            }
            const std::uint32_t index = type.heap().index();
            // Bits of plain types are below 2^28.
            key.push_back(0x8000'0000U | (type.is_nullable() ? 2U : 0U) | (is_own(index) ? 1U : 0U));
            key.push_back(is_own(index) ? index - begin : to_number(index));
        };
        for (const wasm::defined_type& type : group) {
            key.push_back(static_cast<std::uint32_t>(type.what) | (type.is_final ? 4U : 0U) |
                          (type.supertype ? 8U : 0U));
            if (type.supertype) {
                key.push_back(is_own(*type.supertype) ? 1 : 0);
                key.push_back(is_own(*type.supertype) ? *type.supertype - begin : to_number(*type.supertype));
            }
            if (type.what == wasm::defined_type::form::function) {
                key.push_back(static_cast<std::uint32_t>(type.function.params.size()));
                key.push_back(static_cast<std::uint32_t>(type.function.results.size()));
                for (const wasm::value_type param : type.function.params) {
                    add_type(param);
                }
                for (const wasm::value_type result : type.function.results) {
                    add_type(result);
                }
            } else {
                key.push_back(static_cast<std::uint32_t>(type.fields.size()));
                for (const wasm::field_type& field : type.fields) {
                    key.push_back(static_cast<std::uint32_t>(field.packed) | (field.is_mutable ? 4U : 0U));
                    add_type(field.type);
                }
            }
        }

        // The group takes its place among the known ones for as long as it is looked for.
        const auto position = static_cast<std::uint32_t>(groups_.size());
        groups_.push_back({std::move(key), next_});
        const std::uint32_t found = index_.find(position, &is_before, &groups_);
        const bool is_known = found != ordered_index::none;
        const std::uint32_t first = is_known ? groups_[found].first : next_;
        const std::uint32_t own = of_module ? begin : 0;
        for (std::uint32_t i = 0; i < group.size(); ++i) {
            numbers[own + i] = first + i;
        }
        const bool has_room = group.size() <= chunk_size * chunk_count - next_;
        if (is_known || !has_room) {
            groups_.pop_back();
            return is_known;
        }
        for (const wasm::defined_type& type : group) {
            add(type, to_number);
        }
        index_.add(position, &is_before, &groups_);
        return true;
    }

    template <class ToNumber>
    [[gnu::cold]] void add(const wasm::defined_type& original, const ToNumber& to_number) {
        registered_type made;
        made.type = original;
        const auto renumber = [&](wasm::value_type& type) {
            if (type.is_reference() && type.heap().is_concrete()) {
                type = wasm::value_type::reference(wasm::heap_type::concrete(to_number(type.heap().index())),
                                                   type.is_nullable());
            }
        };
        for (wasm::value_type& param : made.type.function.params) {
            renumber(param);
        }
        for (wasm::value_type& result : made.type.function.results) {
            renumber(result);
        }
        for (wasm::field_type& field : made.type.fields) {
            renumber(field.type);
        }
        if (made.type.supertype) {
            made.type.supertype = to_number(*made.type.supertype);
            made.ancestors = (*this)[*made.type.supertype].ancestors;
        }
        made.ancestors.push_back(next_);
        vector<registered_type>& chunk = chunks_[next_ / chunk_size];
        if (chunk.empty()) {
            chunk.resize(chunk_size);
        }
        chunk[next_ % chunk_size] = std::move(made);
        ++next_;
    }

    std::mutex mutex_;
    vector<known_group> groups_;
    ordered_index index_; ///< of groups_
    std::uint32_t next_ = no_number + 1;
};

} // namespace riser::inline v0::core::runtime
