#include "kinds.hpp"

#include "riser/default_engine.hpp"
#include "riser/engine_options.hpp"
#include "riser/error.hpp"
#include "riser/module.hpp"
#include "riser/wat/parse.hpp"
#include "riser/wat/print.hpp"
#include "support/failing_allocator.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Measures what it takes to compile one module of each kind, and an ordinary one: a line for each, with fields between tabs.

namespace {

using bytes = std::vector<std::byte>;
using riser::compile_mode;

struct cost {
    double nanoseconds = 0;
    std::string outcome;
};

/// Nanoseconds of CPU time of the shortest of several runs.
template <class Work>
double shortest(const Work& work) {
    double least = 0;
    double all = 0;
    for (int run = 0; run < 5 && (run < 2 || all < 1e9); ++run) {
        const std::clock_t begin = std::clock();
        work();
        const double took = 1e9 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        least = run == 0 || took < least ? took : least;
        all += took;
    }
    return least;
}

std::optional<riser::error> error_of(const riser::engine& engine, const bytes& module, compile_mode mode) {
    const auto made = riser::module::try_compile(engine, module, mode);
    return made ? std::nullopt : std::optional(made.error());
}

bool has_reason(const std::optional<riser::error>& error, riser::compile_error::reason reason) {
    const auto refusal = error ? error->as<riser::compile_error>() : std::nullopt;
    return refusal && refusal->why() == reason;
}

/// From the bytes to bytecode of all functions, and until all of that is gone. Where riser does not run some, validation alone.
cost compile(const bytes& module) {
    using enum riser::compile_error::reason;
    const riser::engine engine;
    cost result;
    result.outcome = "translated";
    compile_mode mode = compile_mode::eager;
    std::optional<riser::error> error = error_of(engine, module, mode);
    if (has_reason(error, unsupported)) {
        result.outcome = "validated";
        mode = compile_mode::lazy_translation;
        error = error_of(engine, module, mode);
    }
    if (has_reason(error, limit)) {
        result.outcome = "refused as a limit";
    } else if (error) {
        std::fprintf(stderr, "not a valid module: %s\n", error->what());
        std::exit(1);
    }
    result.nanoseconds = shortest([&] { static_cast<void>(error_of(engine, module, mode)); });
    return result;
}

struct memory {
    std::size_t kept = 0;
    std::size_t most = 0;
};

memory memory_of(const bytes& module) {
    test::failing_allocator source;
    riser::engine_options options;
    options.allocator = source.interface();
    const riser::engine engine(options);
    const std::size_t before = source.bytes();
    auto made = riser::module::try_compile(engine, module, compile_mode::eager);
    if (!made) {
        made = riser::module::try_compile(engine, module, compile_mode::lazy_translation);
    }
    return {source.bytes() - before, source.most_bytes() - before};
}

double parse(std::string_view text) {
    return shortest([&] { static_cast<void>(riser::wat::try_to_binary(text)); });
}

void report(std::string_view group, const std::string& name, const bytes& module, const std::string& text) {
    const cost compiled = compile(module);
    const memory took = memory_of(module);
    std::printf("%s\t%s\t%zu\t%.0f\t%zu\t%zu\t%zu\t%.0f\t%s\n", std::string(group).c_str(), name.c_str(), module.size(),
                compiled.nanoseconds, took.kept, took.most, text.size(), parse(text), compiled.outcome.c_str());
    std::fflush(stdout);
}

/// The first module with `size` bytes or more, or as many things in it as limits allow.
void report(std::string_view group, const bench::kind& kind, std::size_t size) {
    std::string text;
    bytes module;
    for (std::uint32_t n = 16;; n *= 2) {
        n = n < kind.most ? n : kind.most;
        text = kind.text(n);
        auto made = riser::wat::try_to_binary(text);
        if (!made) {
            std::fprintf(stderr, "%s: %s\n", kind.name.c_str(), made.error().what());
            std::exit(1);
        }
        module = std::move(*made);
        if (n == kind.most || module.size() >= size || text.size() >= 20 * size) {
            break;
        }
    }
    report(group, kind.name, module, text);
}

bytes read(const char* path) {
    std::ifstream file(path, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const auto* const begin = reinterpret_cast<const std::byte*>(content.data());
    return {begin, begin + content.size()};
}

} // namespace

std::string bench::repeat(std::uint32_t times, std::string_view text) {
    std::string whole;
    for (std::uint32_t i = 0; i < times; ++i) {
        whole.append(text).append(" ");
    }
    return whole;
}

std::string bench::each(std::uint32_t times, const std::function<std::string(std::uint32_t)>& text) {
    std::string whole;
    for (std::uint32_t i = 0; i < times; ++i) {
        whole += text(i);
    }
    return whole;
}

/// measure ORDINARY-MODULE BYTES [WORD-IN-A-NAME]
int main(int count, char** arguments) {
    if (count < 3) {
        std::fprintf(stderr, "usage: measure ORDINARY-MODULE BYTES [WORD]\n");
        return 2;
    }
    const bytes ordinary = read(arguments[1]);
    const std::size_t size = std::strtoul(arguments[2], nullptr, 10);
    const std::string_view word = count > 3 ? arguments[3] : "";
    report("ordinary", "", ordinary, riser::wat::print(ordinary));
    const struct {
        std::string_view name;
        std::vector<bench::kind> kinds;
    } groups[] = {
        {"types", bench::kinds_of_types()},
        {"functions", bench::kinds_of_functions()},
        {"definitions", bench::kinds_of_definitions()},
        {"texts", bench::kinds_of_texts()},
    };
    for (const auto& group : groups) {
        for (const bench::kind& kind : group.kinds) {
            if (kind.name.find(word) != std::string::npos || group.name == word) {
                report(group.name, kind, size);
            }
        }
    }
    return 0;
}
