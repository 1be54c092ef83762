// The second translation unit of every consumer, and the one that uses WASI and the text format. It makes no engine and
// compiles none.
#define RISER_WASI // for the amalgamation; the headers have these apart
#define RISER_WAT
#include "program.hpp"

#if !defined(RISER_AMALGAMATED)
#    include <riser/wasi/wasi.hpp>
#    include <riser/wat/wat.hpp>
#endif

#include <cstdint>
#include <utility>

riser::result<std::string> run_program(const riser::engine_base& engine, const std::string& path,
                                       const std::string& argument) {
    const auto module = riser::module::try_load(engine, path);
    auto store = riser::store::try_create(engine);
    if (!module || !store) {
        return module ? store.error() : module.error();
    }
    std::string written;
    auto context = riser::wasi::context::try_create(
        riser::wasi::options().arguments({"hello", argument}).standard_output(riser::wasi::output::capture(written)));
    if (!context) {
        return context.error();
    }
    store->emplace<riser::wasi::context>(*std::move(context));
    riser::linker linker(engine);
    riser::wasi::add_to(linker);
    const auto program = linker.try_instantiate(*store, *module);
    if (!program) {
        return program.error();
    }
    const auto code = riser::wasi::try_run(*program);
    if (!code) {
        return code.error();
    }
    return *code == 0 ? written : "exit code " + std::to_string(*code);
}

riser::result<std::string> run_text(const riser::engine_base& engine, std::string_view text) {
    const auto binary = riser::wat::try_to_binary(text);
    if (!binary) {
        return binary.error();
    }
    const auto module = riser::module::try_compile(engine, *binary);
    auto store = riser::store::try_create(engine);
    if (!module || !store) {
        return module ? store.error() : module.error();
    }
    const auto instance = riser::linker(engine).try_instantiate(*store, *module);
    if (!instance) {
        return instance.error();
    }
    const auto answer = instance->try_function<std::int32_t()>("answer");
    if (!answer) {
        return answer.error();
    }
    const auto number = answer->try_call();
    return number ? riser::result<std::string>("answer = " + std::to_string(*number)) : number.error();
}
