#include "spectest.hpp"

#include "riser/global.hpp"
#include "riser/memory.hpp"
#include "riser/table.hpp"
#include "riser/value.hpp"

#include <cstdint>

namespace wast {

void define_spectest_functions(riser::linker& linker) {
    linker.define("spectest", "print", [] {});
    linker.define("spectest", "print_i32", [](std::int32_t) {});
    linker.define("spectest", "print_i64", [](std::int64_t) {});
    linker.define("spectest", "print_f32", [](float) {});
    linker.define("spectest", "print_f64", [](double) {});
    linker.define("spectest", "print_i32_f32", [](std::int32_t, float) {});
    linker.define("spectest", "print_f64_f64", [](double, double) {});
}

void define_spectest_objects(riser::imports& imports, riser::store& store) {
    using riser::global;
    namespace types = riser::types;
    imports.define("spectest", "global_i32", global::create(store, {types::i32}, std::int32_t{666}));
    imports.define("spectest", "global_i64", global::create(store, {types::i64}, std::int64_t{666}));
    imports.define("spectest", "global_f32", global::create(store, {types::f32}, 666.6F));
    imports.define("spectest", "global_f64", global::create(store, {types::f64}, 666.6));

    const riser::value null = riser::value::zero(types::funcref);
    riser::table_type table{types::funcref, {10, 20}, false};
    imports.define("spectest", "table", riser::table::create(store, table, null));
    table.is_64 = true;
    imports.define("spectest", "table64", riser::table::create(store, table, null));

    riser::memory_type memory;
    memory.limits = {1, 2};
    imports.define("spectest", "memory", riser::memory::create(store, memory));
    memory.is_shared = true;
    imports.define("spectest", "shared_memory", riser::memory::create(store, memory));
}

} // namespace wast
