#include <xbyak/xbyak.h>

#include <doctest/doctest.h>

TEST_CASE("xbyak that a program uses itself, with exceptions, is not riser's") {
    Xbyak::CodeGenerator g;
    CHECK_THROWS_AS(g.mov(g.ptr[g.rax], g.ptr[g.rcx]), Xbyak::Error);
}
