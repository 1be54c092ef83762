#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/intrusive_set.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/module/type_registry.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/types.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <span>
#include <type_traits>

namespace riser::inline v0_1::core::runtime {

/// How asking for numbers ended.
enum class numbering : std::uint8_t {
    done,
    out_of_memory, ///< the engine's allocator failed
    too_many,      ///< there are no numbers left
    unknown_type,  ///< a type refers to one that is gone
};

[[nodiscard, gnu::cold]] constexpr const char* text_of(numbering how) noexcept {
    switch (how) {
    case numbering::out_of_memory: return "out of memory: no room for types";
    case numbering::too_many: return "too many types: those of the engine's modules have all numbers that there are";
    case numbering::unknown_type: return "a type refers to one of a module that is gone";
    case numbering::done: break;
    }
    return "";
}

/// Gives types their numbers. Thread-safe.
class type_registrar : public type_registry {
public:
    /// Memory comes from `source`, which must outlive this.
    explicit type_registrar(const allocator& source) noexcept
        : type_registry(source, &release_one), known_(source, &is_before, nullptr) {}

    /// Counts the types of a module. `numbers` becomes the number of each, by type index. Whatever the result,
    /// release_types takes back what has been counted.
    [[nodiscard, gnu::cold]] numbering number_types(const wasm::module_info& module, vector<std::uint32_t>& numbers) {
        if (!numbers.try_reserve(module.types.size())) {
            return numbering::out_of_memory;
        }
        const std::lock_guard lock(mutex_);
        vector<std::uint32_t> key(source_);
        for (std::uint32_t begin = 0; begin < module.types.size();) {
            const std::uint32_t size = module.types[begin].group_size;
            if (module.canonical[begin] != begin) {
                for (std::uint32_t i = begin; i < begin + size; ++i) {
                    numbers.push_back_reserved(numbers[module.canonical[i]]);
                }
            } else if (const numbering result =
                           number_group({std::span(module.types).subspan(begin, size), begin, true}, numbers, key);
                       result != numbering::done) {
                return result;
            }
            begin += size;
        }
        return numbering::done;
    }

    /// Takes back what number_types counted.
    [[gnu::cold]] void release_types(const wasm::module_info& module, const vector<std::uint32_t>& numbers) noexcept {
        const std::lock_guard lock(mutex_);
        for (std::uint32_t begin = 0; begin < numbers.size(); begin += module.types[begin].group_size) {
            if (module.canonical[begin] == begin) {
                drop(numbers[begin]);
            }
        }
        free_dead();
    }

    /// Counts a function type outside of modules, whose concrete types are engine-wide numbers already.
    [[nodiscard, gnu::cold]] numbering number_of(const wasm::function_type& type, type_hold& held) {
        std::uint32_t number = no_number;
        {
            const std::lock_guard lock(mutex_);
            for (const wasm::type_list types : {type.params, type.results}) {
                for (const wasm::value_type one : types) {
                    if (one.is_reference() && one.heap().is_concrete() && !numbers_.is_taken(one.heap().index())) {
                        return numbering::unknown_type;
                    }
                }
            }
            wasm::defined_type alone;
            alone.function = type;
            vector<std::uint32_t> numbers(source_);
            vector<std::uint32_t> key(source_);
            if (!numbers.try_reserve(1)) {
                return numbering::out_of_memory;
            }
            if (const numbering result = number_group({{&alone, 1}, 0, false}, numbers, key);
                result != numbering::done) {
                return result;
            }
            number = numbers[0];
        }
        held = type_hold(*this, number);
        return numbering::done;
    }

private:
    /// A group as somebody states it. In a module, types are type indices, of which those before `begin` have numbers.
    struct stated_group {
        std::span<const wasm::defined_type> types;
        std::uint32_t begin;
        bool is_in_module;

        [[nodiscard]] bool has(std::uint32_t index) const noexcept { return is_in_module && index >= begin; }
    };

    /// Flags in words of keys that are value types, where those have bits of their kind that no kind uses.
    struct value_flags {
        static constexpr std::uint32_t own = 0x08; ///< the heap type counts from the group's first type
        static constexpr std::uint32_t is_mutable = 0x10;
        static constexpr std::uint32_t packing_shift = 5;
    };
    static_assert(static_cast<std::uint32_t>(wasm::value_type::kind::ref) < value_flags::own);

    /// The same in words that begin a type; above them its counts.
    struct type_flags {
        static constexpr std::uint32_t is_final = 0x04; ///< above defined_type::form
        static constexpr std::uint32_t has_supertype = 0x08;
        static constexpr std::uint32_t own_supertype = 0x10;
        static constexpr std::uint32_t first_count_shift = 5; ///< parameters, or fields
        static constexpr std::uint32_t results_shift = 15;
    };

    [[nodiscard]] static std::uint32_t word_of(wasm::value_type type, const stated_group& group,
                                               const vector<std::uint32_t>& numbers) noexcept {
        if (!type.is_reference() || !type.heap().is_concrete()) {
            return type.bits();
        }
        const std::uint32_t index = type.heap().index();
        const bool own = group.has(index);
        const std::uint32_t number = own ? index - group.begin : group.is_in_module ? numbers[index] : index;
        return wasm::value_type::reference(wasm::heap_type::concrete(number), type.is_nullable()).bits() |
               (own ? value_flags::own : 0U);
    }

    /// \returns false where there is no memory.
    [[nodiscard, gnu::cold]] static bool make_key(const stated_group& group, const vector<std::uint32_t>& numbers,
                                                  vector<std::uint32_t>& key) {
        key.clear();
        for (const wasm::defined_type& type : group.types) {
            const std::size_t values = type.function.params.size() + type.function.results.size() + type.fields.size();
            if (!key.try_reserve(key.size() + 2 + values)) {
                return false;
            }
            std::uint32_t word = static_cast<std::uint32_t>(type.what) | (type.is_final ? type_flags::is_final : 0U);
            word |= static_cast<std::uint32_t>(type.function.params.size() + type.fields.size())
                    << type_flags::first_count_shift;
            word |= static_cast<std::uint32_t>(type.function.results.size()) << type_flags::results_shift;
            if (type.supertype) {
                const bool own = group.has(*type.supertype);
                key.push_back_reserved(word | type_flags::has_supertype | (own ? type_flags::own_supertype : 0U));
                key.push_back_reserved(own ? *type.supertype - group.begin : numbers[*type.supertype]);
            } else {
                key.push_back_reserved(word);
            }
            for (const wasm::value_type param : type.function.params) {
                key.push_back_reserved(word_of(param, group, numbers));
            }
            for (const wasm::value_type result : type.function.results) {
                key.push_back_reserved(word_of(result, group, numbers));
            }
            for (const wasm::field_type& field : type.fields) {
                key.push_back_reserved(word_of(field.type, group, numbers) |
                                       (field.is_mutable ? value_flags::is_mutable : 0U) |
                                       static_cast<std::uint32_t>(field.packed) << value_flags::packing_shift);
            }
        }
        return true;
    }

    [[nodiscard, gnu::cold]] static bool is_before(const void*, const set_node& a, const set_node& b) {
        const auto& first = static_cast<const group_key&>(a);
        const auto& second = static_cast<const group_key&>(b);
        return first.count != second.count
                   ? first.count < second.count
                   : std::memcmp(first.words, second.words, first.count * sizeof(std::uint32_t)) < 0;
    }

    [[nodiscard, gnu::cold]] static std::uint32_t hash_of(const vector<std::uint32_t>& key) noexcept {
        std::uint64_t mixed = key.size();
        for (const std::uint32_t word : key) {
            mixed = mix_hash(mixed, word);
        }
        return static_cast<std::uint32_t>(mixed);
    }

    /// Counts a group, and appends its types' numbers to `numbers`, which has room for them.
    [[nodiscard, gnu::cold]] numbering number_group(const stated_group& group, vector<std::uint32_t>& numbers,
                                                    vector<std::uint32_t>& key) {
        if (!make_key(group, numbers, key)) {
            return numbering::out_of_memory;
        }
        group_key wanted{};
        wanted.words = key.data();
        wanted.count = key.size();
        wanted.hash = hash_of(key);
        auto* known = static_cast<type_group*>(static_cast<group_key*>(known_.find(wanted)));
        if (known == nullptr) {
            if (group.types.size() > type_numbers::limit - 1 - size_) {
                return numbering::too_many;
            }
            known = make_group(group, numbers, key, wanted.hash);
            if (known == nullptr) {
                return numbering::out_of_memory;
            }
        } else {
            for (std::size_t i = 0; i < known->size; ++i) {
                numbers.push_back_reserved(number_of(known->types[i]));
            }
        }
        ++known->references;
        return numbering::done;
    }

    [[nodiscard]] static std::uint32_t number_of(const registered_type& type) noexcept {
        return type.display[type.depth];
    }
    [[nodiscard]] static std::uint32_t display_size(std::uint32_t depth) noexcept {
        return greater(depth + 1, registered_type::least_display);
    }

    /// Hands out consecutive parts of a block; without one it only counts.
    struct carver {
        std::byte* block;
        std::size_t used = 0;

        template <class T>
        T* take(std::size_t count) noexcept {
            static_assert(std::is_trivially_destructible_v<T>);
            used = (used + alignof(T) - 1) / alignof(T) * alignof(T);
            auto* const part = block == nullptr ? nullptr : reinterpret_cast<T*>(block + used);
            used += count * sizeof(T);
            return part;
        }
    };

    struct group_parts {
        type_group* group;
        registered_type* types;
        std::uint32_t* key;
        std::uint32_t* displays;
        wasm::value_type* value_types;
        std::size_t value_type_count = 0;

        [[gnu::cold]] group_parts(carver& block, const stated_group& stated, std::size_t key_words) noexcept
            : group(block.take<type_group>(1)), types(block.take<registered_type>(stated.types.size())),
              key(block.take<std::uint32_t>(key_words)) {
            std::size_t words = 0;
            for (const wasm::defined_type& type : stated.types) {
                words += display_size(type.depth);
                value_type_count += type.function.params.size() + type.function.results.size() + type.fields.size();
            }
            displays = block.take<std::uint32_t>(words);
            value_types = block.take<wasm::value_type>(value_type_count);
        }
    };

    /// There are numbers enough. \returns null where there is no memory.
    [[nodiscard, gnu::cold]] type_group* make_group(const stated_group& stated, vector<std::uint32_t>& numbers,
                                                    const vector<std::uint32_t>& key, std::uint32_t hash) {
        carver size{nullptr};
        static_cast<void>(group_parts(size, stated, key.size()));
        void* const block = source_.allocate(source_.user, size.used, alignof(type_group));
        if (block == nullptr) {
            return nullptr;
        }
        carver parts{static_cast<std::byte*>(block)};
        const group_parts made(parts, stated, key.size());
        if (!take_numbers(stated, made.types, numbers)) {
            source_.deallocate(source_.user, block, size.used, alignof(type_group));
            return nullptr;
        }
        std::memcpy(made.key, key.data(), key.size() * sizeof(std::uint32_t));
        type_group& group = *::new (static_cast<void*>(made.group)) type_group{};
        group.words = made.key;
        group.count = key.size();
        group.hash = hash;
        group.size = stated.types.size();
        group.types = made.types;
        group.value_types = made.value_types;
        group.value_type_count = made.value_type_count;
        group.block_bytes = size.used;
        fill(group, stated, made, numbers);
        each_other_type(group, [this](std::uint32_t number) { ++numbers_[number].group->references; });
        known_.add(group);
        size_ += group.size;
        return &group;
    }

    /// For each type of a group; the last entries of `numbers` become these. \returns false with none taken.
    [[nodiscard, gnu::cold]] bool take_numbers(const stated_group& stated, const registered_type* types,
                                               vector<std::uint32_t>& numbers) noexcept {
        for (std::size_t i = 0; i < stated.types.size(); ++i) {
            const std::uint32_t number = numbers_.try_take(types[i]);
            if (number == no_number) {
                for (; i != 0; --i) {
                    numbers_.give_back(numbers.back());
                    numbers.pop_back();
                }
                return false;
            }
            numbers.push_back_reserved(number);
        }
        return true;
    }

    /// Once all types of the group have numbers.
    [[gnu::cold]] void fill(type_group& group, const stated_group& stated, const group_parts& parts,
                            const vector<std::uint32_t>& numbers) noexcept {
        const auto to_number = [&](std::uint32_t index) { return stated.is_in_module ? numbers[index] : index; };
        wasm::value_type* next_value = parts.value_types;
        const auto add = [&](wasm::value_type type) {
            const bool is_concrete = type.is_reference() && type.heap().is_concrete();
            *next_value++ = is_concrete
                                ? wasm::value_type::reference(wasm::heap_type::concrete(to_number(type.heap().index())),
                                                              type.is_nullable())
                                : type;
        };
        std::uint32_t* display = parts.displays;
        const std::uint32_t* const own = numbers.end() - stated.types.size();
        for (std::size_t i = 0; i < stated.types.size(); ++i) {
            const wasm::defined_type& type = stated.types[i];
            const wasm::value_type* const values = next_value;
            for (const wasm::value_type param : type.function.params) {
                add(param);
            }
            const wasm::value_type* const results = next_value;
            for (const wasm::value_type result : type.function.results) {
                add(result);
            }
            const wasm::function_type function({values, results}, {results, next_value});
            for (const wasm::field_type& field : type.fields) {
                add(field.type);
            }
            if (type.supertype) {
                std::memcpy(display, numbers_[to_number(*type.supertype)].display, type.depth * sizeof *display);
            }
            display[type.depth] = own[i];
            std::memset(display + type.depth + 1, 0, (display_size(type.depth) - type.depth - 1) * sizeof *display);
            ::new (static_cast<void*>(&parts.types[i]))
                registered_type{display, function, &group, type.what, static_cast<std::uint8_t>(type.depth)};
            display += display_size(type.depth);
        }
    }

    /// Calls `visit` with the number of each type of another group that the group refers to, as often as it does.
    template <class Visit>
    [[gnu::cold]] void each_other_type(const type_group& group, const Visit& visit) {
        const auto visit_other = [&](std::uint32_t number) {
            if (numbers_[number].group != &group) {
                visit(number);
            }
        };
        for (const wasm::value_type type : std::span(group.value_types, group.value_type_count)) {
            if (type.is_reference() && type.heap().is_concrete()) {
                visit_other(type.heap().index());
            }
        }
        for (const registered_type& type : std::span(group.types, group.size)) {
            if (type.depth != 0) {
                visit_other(type.display[type.depth - 1]);
            }
        }
    }

    void drop(std::uint32_t number) noexcept {
        type_group& group = *numbers_[number].group;
        if (--group.references == 0) {
            group.next_dead = dead_;
            dead_ = &group;
        }
    }

    /// However long the chain of groups that only each other's references keep, that takes no host stack.
    [[gnu::cold]] void free_dead() noexcept {
        while (dead_ != nullptr) {
            type_group& group = *dead_;
            dead_ = group.next_dead;
            known_.remove(group);
            each_other_type(group, [this](std::uint32_t number) { drop(number); });
            for (const registered_type& type : std::span(group.types, group.size)) {
                numbers_.give_back(number_of(type));
            }
            size_ -= group.size;
            source_.deallocate(source_.user, &group, group.block_bytes, alignof(type_group));
        }
    }

    static void release_one(type_registry& registry, std::uint32_t number) noexcept {
        auto& self = static_cast<type_registrar&>(registry);
        const std::lock_guard lock(self.mutex_);
        self.drop(number);
        self.free_dead();
    }

    intrusive_set known_;        ///< groups by their keys
    type_group* dead_ = nullptr; ///< those that nobody counts, to be freed
};

} // namespace riser::inline v0_1::core::runtime
