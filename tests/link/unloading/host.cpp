// host LIBRARY LIBRARY: loads both, starts and stops their guests, and unloads them, in every order, each in a process of its own.
// After each step the host's own handler gets the host's faults, and the guests that are there trap.
// Exits with 0 where all of that is so.
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

::sigjmp_buf back;
volatile std::sig_atomic_t calls = 0;

void host_handler(int) {
    calls = calls + 1;
    ::siglongjmp(back, 1);
}

bool host_sees_fault() {
    const int before = calls;
    if (sigsetjmp(back, 1) == 0) {
        *reinterpret_cast<volatile char*>(64) = 0;
    }
    return calls == before + 1;
}

class library {
public:
    explicit library(const char* path) : path_(path) {}

    /// Its next step; each of `steps` is a letter.
    bool take(char step) {
        switch (step) {
        case 'o': handle_ = ::dlopen(path_, RTLD_NOW | RTLD_LOCAL); return handle_ != nullptr;
        case 's': call("start"); return is_started_ = true;
        case 'e':
            call("stop");
            is_started_ = false;
            return true;
        default: is_started_ = false; return ::dlclose(handle_) == 0;
        }
    }
    [[nodiscard]] bool is_right() const { return !is_started_ || reinterpret_cast<bool (*)()>(find("traps"))(); }

private:
    [[nodiscard]] void* find(const char* name) const { return ::dlsym(handle_, name); }
    void call(const char* name) const { reinterpret_cast<void (*)()>(find(name))(); }

    const char* path_;
    void* handle_ = nullptr;
    bool is_started_ = false;
};

/// \returns whether all was right after each step. `order` says whose turn it is, as 0 and 1.
bool run(char** paths, const std::string& steps, const std::string& order) {
    struct sigaction action{};
    action.sa_handler = host_handler;
    ::sigaction(SIGSEGV, &action, nullptr);
    library libraries[] = {library(paths[0]), library(paths[1])};
    std::size_t next[] = {0, 0};
    for (const char turn : order) {
        const int who = turn - '0';
        if (!libraries[who].take(steps[next[who]++]) || !host_sees_fault() || !libraries[0].is_right() ||
            !libraries[1].is_right()) {
            return false;
        }
    }
    return true;
}

/// All orders of two times the steps, from `order` on. \returns how many went wrong.
int run_all(char** paths, const std::string& steps, const std::string& order, std::size_t first, std::size_t second) {
    if (first + second != 2 * steps.size()) {
        int wrong = 0;
        if (first != steps.size()) {
            wrong += run_all(paths, steps, order + '0', first + 1, second);
        }
        if (second != steps.size()) {
            wrong += run_all(paths, steps, order + '1', first, second + 1);
        }
        return wrong;
    }
    const ::pid_t child = ::fork();
    if (child == 0) {
        std::exit(run(paths, steps, order) ? 0 : 1);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) == child && status == 0) {
        return 0;
    }
    std::printf("wrong: %s in the order %s (%d)\n", steps.c_str(), order.c_str(), status);
    return 1;
}

} // namespace

int main(int, char** arguments) {
    std::setvbuf(stdout, nullptr, _IONBF, 0);
    // Opened, started, ended, closed; once more; and closed without an end.
    int wrong = 0;
    for (const char* steps : {"osec", "osc", "oseco"}) {
        wrong += run_all(arguments + 1, steps, "", 0, 0);
    }
    return wrong == 0 ? 0 : 1;
}
