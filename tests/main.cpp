#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

namespace {

doctest::TestRunStats totals; // filled by the listener, which doctest makes

/// Keeps what a run counted.
class counter : public doctest::IReporter {
public:
    explicit counter(const doctest::ContextOptions& /*options*/) {}
    void test_run_end(const doctest::TestRunStats& stats) override { totals = stats; }

    void report_query(const doctest::QueryData& /*query*/) override {}
    void test_run_start() override {}
    void test_case_start(const doctest::TestCaseData& /*test*/) override {}
    void test_case_reenter(const doctest::TestCaseData& /*test*/) override {}
    void test_case_end(const doctest::CurrentTestCaseStats& /*stats*/) override {}
    void test_case_exception(const doctest::TestCaseException& /*exception*/) override {}
    void subcase_start(const doctest::SubcaseSignature& /*subcase*/) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData& /*assertion*/) override {}
    void log_message(const doctest::MessageData& /*message*/) override {}
    void test_case_skipped(const doctest::TestCaseData& /*test*/) override {}
};

} // namespace

REGISTER_LISTENER("counter", 1, counter);

/// Runs the doctest cases and closes with the line that all test programs of riser end with.
int main(int count, char** arguments) {
    const int status = doctest::Context(count, arguments).run();
    std::printf("%u passed, %u failed, %u skipped\n", totals.numTestCasesPassingFilters - totals.numTestCasesFailed,
                totals.numTestCasesFailed, totals.numTestCases - totals.numTestCasesPassingFilters);
    return status;
}
