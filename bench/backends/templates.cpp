#include "riser_x64/common/assemble.hpp"
#include "riser_x64/common/code_writer.hpp"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

// Measures what it takes to write an instruction, by templates and by xbyak, and to assemble all templates, in CPU time.

using namespace riser::x64;
namespace xbyak = riser::x64::xbyak;

namespace {

constexpr int repetitions = 1'000'000;

gpr number(int i) { return static_cast<gpr>(i & 7); }

/// Prints a line, with a tab between name and the least nanoseconds of several runs for one of `count` repetitions.
template <class Work>
void report(const char* name, double count, const Work& work) {
    double least = 1e18;
    for (int run = 0; run < 7; ++run) {
        const std::clock_t begin = std::clock();
        work();
        const double now = static_cast<double>(std::clock() - begin) * (1e9 / CLOCKS_PER_SEC) / count;
        least = now < least ? now : least;
    }
    std::printf("%s\t%.2f\n", name, least);
}

/// Code is written over and over into as much memory as a function may take, which stays in the cache.
template <class Write>
void report_templates(const char* name, int instructions, const template_set& templates, const Write& write) {
    code_writer writer(templates, processor_features::detect(), riser::core::host_allocator);
    report(name, 1.0 * instructions * repetitions, [&] {
        for (int i = 0; i < repetitions; ++i) {
            if (writer.code().size() > 60'000) {
                writer.code().clear();
            }
            write(writer, i);
        }
    });
}

template <class Write>
void report_xbyak(const char* name, int instructions, const Write& write) {
    std::vector<unsigned char> memory(1 << 16);
    xbyak::CodeGenerator generator(memory.size(), memory.data());
    report(name, 1.0 * instructions * repetitions, [&] {
        for (int i = 0; i < repetitions; ++i) {
            if (generator.getSize() > 60'000) {
                generator.reset();
            }
            write(generator, i);
        }
    });
}

void report_moves(const template_set& templates) {
    report_templates("templates: load, add, store", 3, templates, [](code_writer& w, int i) {
        w.load(width::w64, number(i), at(gpr::rsi, (i & 63) * 8));
        w.add(width::w32, number(i >> 1), number(i));
        w.store(width::w64, at(gpr::rsi, (i & 31) * 8), number(i));
    });
    report_xbyak("xbyak: load, add, store", 3, [](xbyak::CodeGenerator& g, int i) {
        g.mov(xbyak::Reg64(i & 7), g.ptr[g.rsi + (i & 63) * 8]);
        g.add(xbyak::Reg32((i >> 1) & 7), xbyak::Reg32(i & 7));
        g.mov(g.ptr[g.rsi + (i & 31) * 8], xbyak::Reg64(i & 7));
    });
}

void report_guest_memory(const template_set& templates) {
    report_templates("templates: compare, load of the guest, float addition", 3, templates, [](code_writer& w, int i) {
        w.cmp(width::w64, number(i), i);
        w.load8_u(number(i >> 3), at(gpr::r15, gpr::rax, i & 1023));
        w.add(width::w64, static_cast<xmm>(i & 15), static_cast<xmm>(i >> 4 & 15));
    });
    report_xbyak("xbyak: compare, load of the guest, float addition", 3, [](xbyak::CodeGenerator& g, int i) {
        g.cmp(xbyak::Reg64(i & 7), static_cast<unsigned>(i));
        g.movzx(xbyak::Reg32((i >> 3) & 7), g.byte[g.r15 + g.rax + (i & 1023)]);
        g.addsd(xbyak::Xmm(i & 15), xbyak::Xmm((i >> 4) & 15));
    });
}

void report_jumps(const template_set& templates) {
    report_templates("templates: jump ahead and its label", 1, templates, [](code_writer& w, int i) {
        label ahead;
        w.jcc(static_cast<condition>(i & 15), ahead);
        w.bind(ahead);
    });
    report_xbyak("xbyak: jump ahead and its label", 1, [](xbyak::CodeGenerator& g, int) {
        xbyak::Label ahead;
        g.jz(ahead, g.T_NEAR);
        g.L(ahead);
    });
}

} // namespace

int main() {
    static template_set templates;
    if (!template_assembler::assemble(templates)) {
        std::fputs("xbyak's instructions are not understood\n", stderr);
        return 1;
    }
    report_moves(templates);
    report_guest_memory(templates);
    report_jumps(templates);
    report("assembling all templates", 1, [] {
        if (!template_assembler::assemble(templates)) {
            std::abort();
        }
    });
}
