#pragma once

#include "riser/config.hpp"
#include "riser/core/store/store_handle.hpp"
#include "riser/error.hpp"
#include "riser/external_type.hpp"
#include "riser/function.hpp"
#include "riser/fwd.hpp"
#include "riser/global.hpp"
#include "riser/memory.hpp"
#include "riser/table.hpp"
#include "riser/tag.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace riser::inline v0_1 {

namespace core::runtime {

/// Why the export `name`, which is there, is not what was asked for.
[[nodiscard]] RISER_INLINE error name_export(std::string_view name, const error& failure);

} // namespace core::runtime

/// Anything that can be exported and imported (Core specification 4.2.13, external addresses).
class external_value {
public:
    external_value(riser::function exported) noexcept
        : kind_(external_kind::function), function_(std::move(exported)) {}
    external_value(const riser::table& exported) noexcept : external_value(external_kind::table, exported.handle()) {}
    external_value(const riser::memory& exported) noexcept : external_value(external_kind::memory, exported.handle()) {}
    external_value(const riser::global& exported) noexcept : external_value(external_kind::global, exported.handle()) {}
    external_value(const riser::tag& exported) noexcept : external_value(external_kind::tag, exported.handle()) {}
    external_value(external_kind kind, core::runtime::store_handle object) noexcept
        : kind_(kind), object_(std::move(object)) {}

    [[nodiscard]] external_kind kind() const noexcept { return kind_; }
    [[nodiscard]] RISER_INLINE external_type type() const;

    // A usage_error where the kind is another.
    [[nodiscard]] const riser::function& function() const {
        check(external_kind::function, "an external_value that is no function was asked for one");
        return function_;
    }
    [[nodiscard]] riser::table table() const {
        check(external_kind::table, "an external_value that is no table was asked for one");
        return riser::table(object_);
    }
    [[nodiscard]] riser::memory memory() const {
        check(external_kind::memory, "an external_value that is no memory was asked for one");
        return riser::memory(object_);
    }
    [[nodiscard]] riser::global global() const {
        check(external_kind::global, "an external_value that is no global was asked for one");
        return riser::global(object_);
    }
    [[nodiscard]] riser::tag tag() const {
        check(external_kind::tag, "an external_value that is no tag was asked for one");
        return riser::tag(object_);
    }

    [[nodiscard]] core::runtime::store_object& object() const {
        return core::runtime::object_of(object_, "external_value");
    }
    /// The store it lives in.
    [[nodiscard]] RISER_INLINE const core::runtime::store_data& store() const;
    [[nodiscard]] bool is_moved_from() const noexcept {
        return kind_ == external_kind::function ? function_.is_moved_from() : object_.get() == nullptr;
    }

private:
    void check(external_kind kind, const char* else_what) const {
        if (kind_ != kind) [[unlikely]] {
            core::runtime::misuse(else_what);
        }
    }

    external_kind kind_;
    riser::function function_;           ///< of kind function
    core::runtime::store_handle object_; ///< of the others
};

/// An instantiated module (Core specification 4.2.5). A handle, of its store's thread. What is done with one that was
/// moved from is a usage_error. The instance lives as long as one
/// of its handles, those of its functions included, or an instance that imports from it; where wasm may have
/// references to its functions, until the store finds that nobody can reach it (see store::collect_garbage).
class instance {
public:
    /// What it was made from; riser/module.hpp has it whole.
    [[nodiscard]] RISER_INLINE riser::module module() const;

    /// The export `name`, of any kind; empty where there is none, or no memory to hand it out.
    [[nodiscard]] RISER_INLINE std::optional<external_value> find(std::string_view name) const;

    // Exports by kind. \returns usage_error where there is none of that name and kind, resource_error where there is no memory.
    [[nodiscard]] RISER_INLINE result<riser::function> try_function(std::string_view name) const;
    [[nodiscard]] RISER_INLINE result<riser::table> try_table(std::string_view name) const;
    [[nodiscard]] RISER_INLINE result<riser::memory> try_memory(std::string_view name) const;
    [[nodiscard]] RISER_INLINE result<riser::global> try_global(std::string_view name) const;
    [[nodiscard]] RISER_INLINE result<riser::tag> try_tag(std::string_view name) const;

    /// As a function of a C++ signature: `app.try_function<std::int64_t(std::int32_t)>("fib")`; see typed_function.
    template <class Signature>
    [[nodiscard]] result<typed_function<Signature>> try_function(std::string_view name) const {
        const result<riser::function> found = try_function(name);
        if (!found) {
            return found.error();
        }
        result<typed_function<Signature>> typed = found->template try_typed<Signature>();
        return typed ? std::move(typed) : core::runtime::name_export(name, typed.error());
    }

#if defined(__cpp_exceptions)
    [[nodiscard]] riser::function function(std::string_view name) const { return try_function(name).value(); }
    [[nodiscard]] riser::table table(std::string_view name) const { return try_table(name).value(); }
    [[nodiscard]] riser::memory memory(std::string_view name) const { return try_memory(name).value(); }
    [[nodiscard]] riser::global global(std::string_view name) const { return try_global(name).value(); }
    [[nodiscard]] riser::tag tag(std::string_view name) const { return try_tag(name).value(); }
    template <class Signature>
    [[nodiscard]] typed_function<Signature> function(std::string_view name) const {
        return try_function<Signature>(name).value();
    }
#endif

    /// Whether who prepares the instance for calls has done so; the engine itself does not look. riser/wasi notes here that
    /// `_initialize` has run.
    [[nodiscard]] RISER_INLINE bool is_initialized() const;
    RISER_INLINE void set_initialized(bool value) const;

    explicit instance(core::runtime::store_handle object) noexcept : object_(std::move(object)) {}
    [[nodiscard]] core::runtime::store_object& object() const { return core::runtime::object_of(object_, "instance"); }
    [[nodiscard]] const core::runtime::store_handle& handle() const noexcept { return object_; }
    [[nodiscard]] bool is_moved_from() const noexcept { return object_.get() == nullptr; }
    friend bool operator==(const instance&, const instance&) noexcept = default;

private:
    core::runtime::store_handle object_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/instance.hpp"
#endif
