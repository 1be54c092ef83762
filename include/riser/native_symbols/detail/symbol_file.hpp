#pragma once

#include "riser/engine_options.hpp"
#include "riser/native_symbols/detail/symbol_name.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <elf.h>

namespace riser::inline v0_1::native_symbols::detail {

/// Writes bytes, or counts them where there is nowhere to write to.
class byte_sink {
public:
    explicit byte_sink(std::byte* to) noexcept : to_(to) {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    template <class T>
    void put(const T& value) noexcept {
        put_bytes(&value, sizeof value);
    }
    void put_bytes(const void* bytes, std::size_t count) noexcept {
        if (to_ != nullptr) {
            std::memcpy(to_ + size_, bytes, count);
        }
        size_ += count;
    }
    void put_byte(unsigned value) noexcept { put(static_cast<std::uint8_t>(value)); }
    void put_uleb(std::uint32_t value) noexcept {
        for (; value > 0x7f; value >>= 7U) {
            put_byte(value | 0x80U);
        }
        put_byte(value);
    }
    void pad() noexcept {
        while (size_ % 8 != 0) {
            put_byte(0);
        }
    }

private:
    std::byte* to_;
    std::size_t size_ = 0;
};

/// How debuggers find the caller of native code: instructions of DWARF's call frame information (DWARF 5, section 6.4.2). The return address
/// is native_site::frame_bytes above the stack pointer. Between two sites it is as at the second one, where the debugger looks it up.
inline void put_frame_sizes(byte_sink& sink, const published_code& code) noexcept {
    constexpr unsigned advance_loc4 = 0x04;
    constexpr unsigned def_cfa_offset = 0x0e;
    std::uint32_t frame_bytes = 0;
    std::uint32_t row = 0;
    std::uint32_t before = 0;
    for (const core::runtime::native_site& each : code.sites) {
        if (each.frame_bytes != frame_bytes) {
            frame_bytes = each.frame_bytes;
            sink.put_byte(advance_loc4);
            sink.put(before - row);
            sink.put_byte(def_cfa_offset);
            sink.put_uleb(frame_bytes + sizeof(void*));
            row = before;
        }
        before = each.offset;
    }
}

/// The contents of an .eh_frame section (Linux Standard Base, "Exception Frames") for one function.
inline void put_unwinding(byte_sink& sink, const published_code& code) noexcept {
    constexpr std::uint8_t common[] = {
        20,   0,    0,   0,  // bytes that follow
        0,    0,    0,   0,  // a CIE
        1,    'z',  'R', 0,  // version 1; what functions say of themselves begins with its size, and with addresses
        1,    0x78, 16,      // code counts in bytes, data in units of -8; register 16 is the return address
        1,    0,             // addresses are absolute
        12,   7,    8,       // DW_CFA_def_cfa: rsp + 8
        0x90, 1,    0,   0}; // DW_CFA_offset: the return address is at that - 8
    byte_sink sizes(nullptr);
    put_frame_sizes(sizes, code);
    const std::size_t own_bytes = sizeof(std::uint32_t) + 2 * sizeof(std::uint64_t) + 1 + sizes.size();
    const std::size_t padded = (own_bytes + sizeof(std::uint32_t) + 7) / 8 * 8 - sizeof(std::uint32_t);
    sink.put(common);
    sink.put(static_cast<std::uint32_t>(padded));
    sink.put(static_cast<std::uint32_t>(sizeof common + sizeof(std::uint32_t))); // back to the CIE
    sink.put(reinterpret_cast<std::uint64_t>(code.bytes.data()));
    sink.put(std::uint64_t{code.bytes.size()});
    sink.put_byte(0);
    put_frame_sizes(sink, code);
    sink.pad();
    sink.put(std::uint64_t{0}); // the end
}

/// An ELF file about one function of native code that lies elsewhere: a symbol, and how to find its callers.
class symbol_file {
public:
    symbol_file(const published_code& code, const symbol_name& name) noexcept : code_(code), name_(name) {
        byte_sink counted(nullptr);
        put_unwinding(counted, code);
        unwinding_bytes_ = counted.size();
    }

    [[nodiscard]] std::size_t size() const noexcept {
        return sizeof(headers) + unwinding_bytes_ + sizeof section_names + name_.view().size() + 1;
    }

    /// \param to size() bytes, aligned to 8
    void write(std::byte* to) const noexcept {
        const std::size_t names_at = sizeof(headers) + unwinding_bytes_;
        const auto code = reinterpret_cast<std::uint64_t>(code_.bytes.data());
        headers front{};
        constexpr unsigned char identity[] = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT};
        std::memcpy(front.file.e_ident, identity, sizeof identity);
        front.file.e_type = ET_EXEC; // addresses are final
        front.file.e_machine = EM_X86_64;
        front.file.e_version = EV_CURRENT;
        front.file.e_shoff = offsetof(headers, sections);
        front.file.e_ehsize = sizeof(Elf64_Ehdr);
        front.file.e_shentsize = sizeof(Elf64_Shdr);
        front.file.e_shnum = section_count;
        front.file.e_shstrndx = names;
        describe(front.sections[text], ".text", SHT_NOBITS, 0, code_.bytes.size());
        front.sections[text].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
        front.sections[text].sh_addr = code;
        describe(front.sections[unwinding], ".eh_frame", SHT_PROGBITS, sizeof(headers), unwinding_bytes_);
        front.sections[unwinding].sh_flags = SHF_ALLOC;
        front.sections[unwinding].sh_addr = reinterpret_cast<std::uint64_t>(to) + sizeof(headers);
        describe(front.sections[symbols], ".symtab", SHT_SYMTAB, offsetof(headers, symbol), sizeof front.symbol);
        front.sections[symbols].sh_link = names;
        front.sections[symbols].sh_info = 1; // the first global one
        front.sections[symbols].sh_entsize = sizeof(Elf64_Sym);
        describe(front.sections[names], ".strtab", SHT_STRTAB, names_at, size() - names_at);
        Elf64_Sym& function = front.symbol[1];
        function.st_name = sizeof section_names;
        function.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
        function.st_shndx = text;
        function.st_value = code;
        function.st_size = code_.bytes.size();

        byte_sink sink(to);
        sink.put(front);
        put_unwinding(sink, code_);
        sink.put(section_names);
        sink.put_bytes(name_.c_str(), name_.view().size() + 1);
    }

private:
    enum section : std::uint8_t { text = 1, unwinding, symbols, names, section_count };
    struct headers {
        Elf64_Ehdr file;
        Elf64_Shdr sections[section_count];
        Elf64_Sym symbol[2]; // the first one is no symbol
    };
    static constexpr char section_names[] = "\0.text\0.eh_frame\0.symtab\0.strtab";

    static void describe(Elf64_Shdr& section, std::string_view name, std::uint32_t type, std::size_t offset,
                         std::size_t bytes) noexcept {
        section.sh_name = static_cast<std::uint32_t>(std::string_view(section_names, sizeof section_names).find(name));
        section.sh_type = type;
        section.sh_offset = offset;
        section.sh_size = bytes;
        section.sh_addralign = 8;
    }

    const published_code& code_;
    const symbol_name& name_;
    std::size_t unwinding_bytes_;
};

} // namespace riser::inline v0_1::native_symbols::detail
