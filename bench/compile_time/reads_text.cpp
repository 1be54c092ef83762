// A translation unit of an embedder that takes modules as text.
#include <riser/module.hpp>
#include <riser/wat/wat.hpp>

#include <string_view>

riser::module compile_text(const riser::engine_base& engine, std::string_view text) {
    return riser::module::compile(engine, riser::wat::to_binary(text));
}
