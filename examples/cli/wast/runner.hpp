#pragma once

#include "isolation.hpp"
#include "tally.hpp"

#include "cli/engines.hpp"
#include "riser/engine.hpp"
#include "riser/error.hpp"
#include "riser/instance.hpp"
#include "riser/store.hpp"
#include "riser/value.hpp"
#include "riser/wat/script.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace wast {

/// A call that a script asks for.
struct call {
    riser::store& store;
    const riser::instance& instance; ///< whose export it is
    const riser::function& callee;
    std::span<const riser::value> arguments;
    std::span<riser::value> results;
};

/// How a script is run.
struct settings {
    cli::engine_pointer engine;
    riser::compile_mode mode = riser::compile_mode::lazy_translation;
    bool lists_skips = false;      ///< report each command that is skipped
    bool is_single_memory = false; ///< of a time before multiple tables and memories, and 64-bit ones
    /// Makes the calls, for who wants to see more of them than scripts do; empty: try_call does.
    std::function<riser::result<void>(const call&)> make_call;
};

/// Performs the commands of a script, in a store of its own, and counts what becomes of them. Scripts may import `spectest`.
class runner {
public:
    /// `name` is the script's, for reports; `where` is kept up to date.
    runner(std::string name, const settings& how, progress& where);
    runner(const runner&) = delete;
    runner& operator=(const runner&) = delete;
    ~runner();

    void run(const riser::wat::script::command& command);
    /// The same for a command that has yet to be made; what is thrown meanwhile is the command's failure. `keyword` is for
    /// reports.
    void run(std::uint32_t line, std::string_view keyword, const std::function<riser::wat::script::command()>& make);

    /// The script cannot go on.
    void fail(const std::string& why);

    [[nodiscard]] const tally& result() const { return result_; }

private:
    class commands;

    void attempt(std::uint32_t line, std::string_view keyword, const std::function<void()>& perform);
    void report(const std::string& what);

    std::string name_;
    bool lists_skips_;
    progress* where_;
    std::unique_ptr<commands> commands_;
    tally result_;
};

} // namespace wast
