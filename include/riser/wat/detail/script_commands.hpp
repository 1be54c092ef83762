#pragma once

#include "riser/core/wasm/types.hpp"
#include "riser/wat/position.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What a script in the suite's own form consists of. The form is described with the reference interpreter
/// (WebAssembly/spec, interpreter/README.md, "Scripts"); names of modules and instances are without their `$`.
namespace riser::inline v0_1::wat::script {

/// `(module …)`: defined, and instantiated at once; it is what later commands speak of that name no instance.
struct module_source {
    static constexpr std::string_view keyword = "module";
    enum class form : std::uint8_t {
        fields, ///< as it stands in the script
        quote,  ///< strings, which with spaces between them are the text of a module
        binary, ///< strings, which together are a module in the binary format
    };

    form written = form::fields;
    std::string name;             ///< empty where it has none
    std::string text;             ///< what is to be parsed, where it is not in the binary format
    std::vector<std::byte> bytes; ///< form::binary
    position begin;               ///< where `text` begins in the script: form::fields
};

/// `(module definition …)`: only defined.
struct definition {
    static constexpr std::string_view keyword = "module definition";
    script::module_source module;
};

/// `(module instance $I $M)`: instantiates a definition, the latest where no name is given.
struct instantiation {
    static constexpr std::string_view keyword = "module instance";
    std::string name;
    std::string definition;
};

/// `(register "as" $I)`: what it exports can be imported from now on.
struct registration {
    static constexpr std::string_view keyword = "register";
    std::string as;
    std::string instance; ///< empty: the latest
};

/// A number, or a lane of a vector: these bits, or any NaN of a class.
struct lane {
    enum class pattern : std::uint8_t { bits, canonical_nan, arithmetic_nan };
    pattern how = pattern::bits;
    std::uint64_t bits = 0; ///< those beyond the lane's width are 0
};

/// An argument, or what a result must be.
struct constant {
    enum class kind : std::uint8_t {
        number,    ///< `type` and one lane
        vector,    ///< lanes of equal width, 2 to 16, that are floats or integers
        null,      ///< a null reference, of the type `heap` where that is stated
        reference, ///< one that is not null, of the type `heap` where that is stated
        either,    ///< one of several
    };

    kind what = kind::number;
    core::wasm::value_type type; ///< of a number, or of a vector's lanes: i32 also where they are narrower
    std::vector<script::lane> lanes;
    std::optional<core::wasm::heap_type> heap;
    std::optional<std::uint64_t> payload; ///< the number in `(ref.extern 1)` or `(ref.host 1)`
    std::vector<constant> alternatives;
};

/// `(invoke $I "field" …)`, `(get $I "field")`.
struct action {
    enum class kind : std::uint8_t { invoke, get };

    static constexpr std::string_view keyword = "action";
    kind what = kind::invoke;
    std::string instance; ///< empty: the latest
    std::string field;
    std::vector<constant> arguments;
};

struct assert_return {
    static constexpr std::string_view keyword = "assert_return";
    script::action action;
    std::vector<constant> expected;
};

// Actions that end early. `message` is the reference interpreter's.

struct assert_trap {
    static constexpr std::string_view keyword = "assert_trap";
    script::action action;
    std::string message;
};

struct assert_exhaustion {
    static constexpr std::string_view keyword = "assert_exhaustion";
    script::action action;
    std::string message;
};

struct assert_exception {
    static constexpr std::string_view keyword = "assert_exception";
    script::action action;
};

// Modules that are refused.

/// So are assert_malformed_custom and assert_invalid_custom, which are about annotations: the parser looks at all that they
/// say, so that nothing in a text's annotations is left to be invalid.
struct assert_malformed {
    static constexpr std::string_view keyword = "assert_malformed";
    script::module_source module;
    std::string message;
};

struct assert_invalid {
    static constexpr std::string_view keyword = "assert_invalid";
    script::module_source module;
    std::string message;
};

struct assert_unlinkable {
    static constexpr std::string_view keyword = "assert_unlinkable";
    script::module_source module;
    std::string message;
};

/// `(assert_trap (module …) "message")`: a module that traps while it is instantiated.
struct assert_uninstantiable {
    static constexpr std::string_view keyword = "assert_trap";
    script::module_source module;
    std::string message;
};

/// A command that is none of these, `(thread …)` for example; nothing of it was read.
struct unknown_command {
    static constexpr std::string_view keyword = "command";
    std::string word;
};

struct command {
    using any = std::variant<module_source, definition, instantiation, registration, action, assert_return, assert_trap,
                             assert_exhaustion, assert_exception, assert_malformed, assert_invalid, assert_unlinkable,
                             assert_uninstantiable, unknown_command>;
    std::uint32_t line = 1;
    any what;
};

} // namespace riser::inline v0_1::wat::script
