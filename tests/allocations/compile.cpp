// What the decoder, the validator and the translator keep of a module.

#include "check.hpp"
#include "riser/riser.hpp"
#include "support/failing_allocator.hpp"
#include "support/wat.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

using test::attempt_result;

/// Something of everything that the decoder keeps.
constexpr std::string_view everything = R"((module $everything
  (type $plain (func (param i32 i64) (result f32 f64)))
  (type $same (func (param i32 i64) (result f32 f64)))
  (type $open (sub (func (result (ref null $open)))))
  (type $below (sub final $open (func (result (ref null $below)))))
  (rec
    (type $pair (struct (field i32) (field (mut i8)) (field (ref null $list))))
    (type $list (array (mut (ref null $pair)))))
  (type $none (func))
  (import "env" "function" (func $imported (type $plain)))
  (import "env" "table" (table 1 funcref))
  (import "env" "memory" (memory 1))
  (import "env" "global" (global $imported_global i32))
  (import "env" "tag" (tag (param i32)))
  (func $f (type $none))
  (func $g (type $plain) (local i32 i64 f32)
    (block (loop (@metadata.code.branch_hint "\01") (br_if 1 (local.get 0)) (br 0)))
    (f32.const 1) (f64.const 2))
  (func $h (type $below) (ref.null $below))
  (func $calls (param i32) (result i32)
    (if (result i32) (local.get 0)
      (then (call_indirect (type $none) (local.get 0)) (call $calls (i32.sub (local.get 0) (i32.const 1))))
      (else (i32.const 3))))
  (table $t 4 (ref null $none) (ref.null $none))
  (table 1 (ref $none) (ref.func $f))
  (memory $m 1 2)
  (tag $tag (param i64))
  (global $a (mut i32) (i32.const 1))
  (global $b i64 (i64.add (i64.const 1) (i64.const 2)))
  (global $c (ref null $none) (ref.func $f))
  (export "f" (func $f)) (export "m" (memory $m)) (export "t" (table $t)) (export "a" (global $a)) (export "tag" (tag $tag))
  (start $f)
  (elem (table $t) (i32.const 0) (ref null $none) (ref.func $f) (ref.null $none))
  (elem func $g $h)
  (elem declare func $calls)
  (data (i32.const 8) "bytes")
  (data "more")
  (@custom "note" "nobody reads this")))";

[[nodiscard]] attempt_result judge(const riser::result<riser::module>& module, std::size_t size) {
    if (!module) {
        return module.error().is<riser::resource_error>() ? attempt_result::refused : attempt_result::wrong;
    }
    const bool is_right = module->name() == "everything" && module->function_name(1) == "f" &&
                          module->exports().size() == 5 && module->imports().size() == 5 &&
                          module->bytes().size() == size;
    return is_right ? attempt_result::as_usual : attempt_result::wrong;
}

[[nodiscard]] attempt_result compile(test::failing_allocator& source, const std::vector<std::byte>& bytes,
                                     riser::compile_mode mode) {
    const riser::engine engine(test::with(source));
    const auto compiled = [&] {
        const test::watch watched;
        return riser::module::try_compile(engine, bytes, mode);
    }();
    return judge(compiled, bytes.size());
}

[[nodiscard]] attempt_result load(test::failing_allocator& source, const std::string& path, std::size_t size) {
    const riser::engine engine(test::with(source));
    const auto loaded = [&] {
        const test::watch watched;
        return riser::module::try_load(engine, path);
    }();
    return judge(loaded, size);
}

/// A file that is there as long as this.
struct temporary_file {
    explicit temporary_file(const std::vector<std::byte>& bytes) {
        const int descriptor = mkstemp(path.data());
        std::FILE* const file = fdopen(descriptor, "wb");
        std::fwrite(bytes.data(), 1, bytes.size(), file);
        std::fclose(file);
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    ~temporary_file() { std::remove(path.c_str()); }

    std::string path = "/tmp/riser-allocations-XXXXXX";
};

} // namespace

void test::check_compiling() {
    const std::vector<std::byte> bytes = wat(everything);
    check("compile", [&](auto& source) { return compile(source, bytes, riser::compile_mode::lazy_translation); });
    check("compile eagerly", [&](auto& source) { return compile(source, bytes, riser::compile_mode::eager); });
    check("compile lazily", [&](auto& source) { return compile(source, bytes, riser::compile_mode::lazy_validation); });
    const temporary_file file(bytes);
    check("load", [&](auto& source) { return load(source, file.path, bytes.size()); });
}
