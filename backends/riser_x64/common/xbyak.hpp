#pragma once

// xbyak without exceptions, and in a namespace of riser's own: other parts of a program may use xbyak with exceptions, or of
// another version. Its macros are gone afterwards. xbyak's header can be read once only, so a translation unit that includes
// it for itself cannot have the backend: compile riser/source.hpp apart, or make the engine elsewhere.

#ifdef XBYAK_XBYAK_H_
#    error                                                                                                             \
        "xbyak.h was included before riser's backend, which needs it in another form: use a translation unit for each"
#endif

#pragma push_macro("MAP_JIT")
#pragma push_macro("MIE_ALIGN")
#pragma push_macro("MIE_INTEGER_TYPE_DEFINED")
#pragma push_macro("MIE_PACK")
#pragma push_macro("XBYAK32")
#pragma push_macro("XBYAK64")
#pragma push_macro("XBYAK64_GCC")
#pragma push_macro("XBYAK64_WIN")
#pragma push_macro("XBYAK_CONSTEXPR")
#pragma push_macro("XBYAK_DISABLE_WARNING_ARRAY_BOUNDS")
#pragma push_macro("XBYAK_GNUC_PREREQ")
#pragma push_macro("XBYAK_NOEXCEPT")
#pragma push_macro("XBYAK_NO_EXCEPTION")
#pragma push_macro("XBYAK_NO_OP_NAMES")
#pragma push_macro("XBYAK_OVERRIDE")
#pragma push_macro("XBYAK_STD_UNORDERED_MAP")
#pragma push_macro("XBYAK_STD_UNORDERED_MULTIMAP")
#pragma push_macro("XBYAK_STD_UNORDERED_SET")
#pragma push_macro("XBYAK_STRICT_CHECK_MEM_REG_SIZE")
#pragma push_macro("XBYAK_THROW")
#pragma push_macro("XBYAK_THROW_RET")
#pragma push_macro("XBYAK_TLS")
#pragma push_macro("XBYAK_USE_MAP_JIT")
#pragma push_macro("XBYAK_USE_MEMFD")
#pragma push_macro("XBYAK_USE_MMAP_ALLOCATOR")
#pragma push_macro("XBYAK_VARIADIC_TEMPLATE")
#pragma push_macro("XBYAK_XBYAK_H_")
#pragma push_macro("Xbyak")

#define XBYAK_NO_EXCEPTION
#define Xbyak riser_xbyak_v0_1
#include <xbyak/xbyak.h>

#pragma pop_macro("MAP_JIT")
#pragma pop_macro("MIE_ALIGN")
#pragma pop_macro("MIE_INTEGER_TYPE_DEFINED")
#pragma pop_macro("MIE_PACK")
#pragma pop_macro("XBYAK32")
#pragma pop_macro("XBYAK64")
#pragma pop_macro("XBYAK64_GCC")
#pragma pop_macro("XBYAK64_WIN")
#pragma pop_macro("XBYAK_CONSTEXPR")
#pragma pop_macro("XBYAK_DISABLE_WARNING_ARRAY_BOUNDS")
#pragma pop_macro("XBYAK_GNUC_PREREQ")
#pragma pop_macro("XBYAK_NOEXCEPT")
#pragma pop_macro("XBYAK_NO_EXCEPTION")
#pragma pop_macro("XBYAK_NO_OP_NAMES")
#pragma pop_macro("XBYAK_OVERRIDE")
#pragma pop_macro("XBYAK_STD_UNORDERED_MAP")
#pragma pop_macro("XBYAK_STD_UNORDERED_MULTIMAP")
#pragma pop_macro("XBYAK_STD_UNORDERED_SET")
#pragma pop_macro("XBYAK_STRICT_CHECK_MEM_REG_SIZE")
#pragma pop_macro("XBYAK_THROW")
#pragma pop_macro("XBYAK_THROW_RET")
#pragma pop_macro("XBYAK_TLS")
#pragma pop_macro("XBYAK_USE_MAP_JIT")
#pragma pop_macro("XBYAK_USE_MEMFD")
#pragma pop_macro("XBYAK_USE_MMAP_ALLOCATOR")
#pragma pop_macro("XBYAK_VARIADIC_TEMPLATE")
#pragma pop_macro("XBYAK_XBYAK_H_")
#pragma pop_macro("Xbyak")

namespace riser::inline v0_1::x64 {

namespace xbyak = ::riser_xbyak_v0_1;

} // namespace riser::inline v0_1::x64
