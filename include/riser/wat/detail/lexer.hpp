#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/limits.hpp"
#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/memory.hpp"
#include "riser/wat/detail/old_words.hpp"
#include "riser/wat/detail/string_literal.hpp"
#include "riser/wat/detail/words.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// The text format's tokens (Core specification 6.3).

namespace riser::inline v0_1::wat::detail {

enum class token_kind : std::uint8_t {
    end,        ///< of the text, or of what can be read of it: an error was found
    open,       ///< (
    close,      ///< )
    keyword,    ///< begins with a lower-case letter; so do inf, nan and offset=8
    number,     ///< begins with a digit or sign; number.hpp says whether it is one
    identifier, ///< $x or $"x"
    string,     ///< "x"
    reserved,   ///< any other run of characters that are no white space
};

struct token {
    std::string_view text;    ///< in the source, without the `$` of an identifier and without quotes
    std::uint32_t offset = 0; ///< of its first character, in bytes from the text's start
    token_kind kind = token_kind::end;
    bool escaped = false; ///< a string or identifier with escapes: see unescape()
};

/// Annotations that mean something (appendix "Custom Annotations"; code metadata).
enum class annotation_kind : std::uint8_t { custom, name, branch_hint };
inline constexpr std::string_view annotation_ids[] = {"custom", "name", "metadata.code.branch_hint"};

/// Appends the name that an identifier's token has. A backslash without quotes around it is a character like any other.
template <class Text>
void append_name(const token& identifier, Text& out) {
    if (identifier.escaped) {
        unescape(identifier.text, out);
    } else {
        out.append(identifier.text);
    }
}

namespace character {

enum : std::uint8_t { is_word = 1, is_space = 2 };

/// Of each character: whether words consist of it (idchar, 6.3.5), or it is white space.
inline constexpr auto classes = [] {
    std::array<std::uint8_t, 256> table{};
    for (unsigned c = '!'; c < 0x7f; ++c) {
        table[c] = is_word;
    }
    for (const char c : {'"', '(', ')', ',', ';', '[', ']', '{', '}'}) {
        table[static_cast<unsigned char>(c)] = 0;
    }
    for (const char c : {' ', '\t', '\n', '\r'}) {
        table[static_cast<unsigned char>(c)] = is_space;
    }
    return table;
}();

[[nodiscard]] constexpr bool is(char c, unsigned which) noexcept {
    return (classes[static_cast<unsigned char>(c)] & which) != 0;
}

} // namespace character

/// The tokens of a text, of which the current one and, when asked for, the one behind it are looked at.
///
/// Errors are sticky: the first goes to the diagnostics, and from then on every token is the end. So loops must stop at
/// the end, and other code may look at ok() when it is done.
class token_stream {
public:
    /// `source` and `memory` stay in use.
    token_stream(std::string_view source, const text_memory& memory) : token_stream(source, 0, memory) {
        check_encoding();
        advance();
    }

    /// The tokens of the same text from `offset` on, which is where a token or annotation begins.
    [[nodiscard]] token_stream from(std::size_t offset) const {
        token_stream part(source_, offset, *memory_);
        part.advance();
        return part;
    }

    [[nodiscard]] static bool is_utf8(std::string_view text) noexcept {
        return core::wasm::is_utf8(std::as_bytes(std::span(text)));
    }

    [[nodiscard]] bool ok() const noexcept { return memory_->diagnostics().ok(); }
    [[nodiscard]] const text_memory& memory() const noexcept { return *memory_; }
    [[nodiscard]] std::string_view source() const noexcept { return source_; }
    [[nodiscard]] const token& current() const noexcept { return current_; }
    [[nodiscard]] const token& following() {
        if (!has_following_) {
            following_ = lex();
            has_following_ = true;
        }
        return following_;
    }

    void advance() {
        if (has_following_) {
            current_ = following_;
            has_following_ = false;
        } else {
            current_ = lex();
        }
    }

    [[nodiscard]] bool at(token_kind kind) const noexcept { return current_.kind == kind; }
    [[nodiscard]] bool at_end() const noexcept { return at(token_kind::end); }
    [[nodiscard]] bool at_keyword(std::string_view word) const noexcept {
        return at(token_kind::keyword) && current_.text == word;
    }
    /// At a parenthesis with that keyword behind it?
    [[nodiscard]] bool at_open(std::string_view word) {
        return at(token_kind::open) && following().kind == token_kind::keyword && following_.text == word;
    }

    [[nodiscard]] bool take(token_kind kind) {
        const bool is_there = at(kind);
        if (is_there) {
            advance();
        }
        return is_there;
    }
    [[nodiscard]] bool take_keyword(std::string_view word) {
        const bool is_there = at_keyword(word);
        if (is_there) {
            advance();
        }
        return is_there;
    }
    [[nodiscard]] bool take_open(std::string_view word) {
        const bool is_there = at_open(word);
        if (is_there) {
            advance();
            advance();
        }
        return is_there;
    }

    void expect_close() {
        check_close();
        advance();
    }
    /// The same, but stays there.
    void check_close() {
        if (!at(token_kind::close)) [[unlikely]] {
            unexpected("')'");
        }
    }

    /// Takes the name of an identifier into `out`, where there is one.
    template <class Text>
    void take_identifier(Text& out) {
        if (!at(token_kind::identifier)) {
            return;
        }
        append_name(current_, out);
        advance();
    }

    /// Takes a string into `out`, behind what is there.
    template <class Text>
    void expect_string(Text& out) {
        if (!at(token_kind::string)) [[unlikely]] {
            return unexpected("a string");
        }
        unescape(current_.text, out);
        advance();
    }

    /// Takes a string that is a name (6.3.4).
    template <class Text>
    void expect_name(Text& out) {
        const std::uint32_t offset = current_.offset;
        expect_string(out);
        if (!is_utf8(out)) [[unlikely]] {
            fail(offset, "malformed UTF-8 encoding: a name");
        }
    }

    /// Goes on behind the parenthesis that closes what the current token is in.
    void skip_to_close() {
        skip_contents();
        expect_close();
    }
    /// The same, but stays there.
    void skip_contents() {
        annotations_.clear();
        const bool was_ignoring = std::exchange(ignores_annotations_, true);
        std::size_t depth = 1;
        for (; !at_end(); advance()) {
            if (at(token_kind::open)) {
                ++depth;
            } else if (at(token_kind::close) && --depth == 0) {
                break;
            }
        }
        ignores_annotations_ = was_ignoring;
    }

    // Annotations that mean something, in front of the current token. What nobody takes there is misplaced, which is found
    // at the next of them, or by refuse_annotations().

    [[nodiscard]] bool has_annotations() const noexcept { return !annotations_.empty(); }
    void ignore_annotations() noexcept {
        annotations_.clear();
        ignores_annotations_ = true;
    }
    /// An identifier or a name annotation, or both, comes next.
    [[nodiscard]] bool at_name() const noexcept {
        return at(token_kind::identifier) ||
               (has_annotations() && annotated_ == current_.offset && has_name_annotation());
    }
    /// Takes those of a kind. `on_each(offset)` gets where the contents begin, where from() reads.
    template <class OnEach>
    void take_annotations(annotation_kind kind, const OnEach& on_each) {
        if (annotated_ != current_.offset) {
            return;
        }
        std::size_t kept = 0;
        for (const annotation each : annotations_) {
            if (each.kind == kind) {
                on_each(each.contents);
            } else {
                annotations_[kept++] = each;
            }
        }
        static_cast<void>(annotations_.try_resize(kept)); // which is less
    }
    /// Takes the one of a kind, likewise. `repeated` is the error where there are several.
    [[nodiscard]] std::optional<std::uint32_t> take_annotation(annotation_kind kind, const char* repeated) {
        std::optional<std::uint32_t> taken;
        take_annotations(kind, [&](std::uint32_t offset) {
            if (taken) {
                fail(offset, repeated);
            }
            taken = offset;
        });
        return taken;
    }
    void refuse_annotations() {
        if (has_annotations() && annotated_ <= current_.offset) [[unlikely]] {
            refuse(annotations_.front());
        }
    }
    /// expect_close() at the end of what may have annotations in it.
    void expect_close_behind_annotations() {
        refuse_annotations();
        expect_close();
    }

    [[gnu::cold, gnu::noinline]] void fail(std::size_t offset, core::wasm::message what,
                                           core::wasm::diagnostic_kind kind = core::wasm::diagnostic_kind::malformed) {
        memory_->diagnostics().report(kind, offset, what);
        stop();
    }
    /// Nothing comes any more: there was no memory, and that has been reported.
    [[gnu::cold, gnu::noinline]] void stop() noexcept {
        position_ = source_.size();
        current_ = {};
        current_.offset = static_cast<std::uint32_t>(position_);
        has_following_ = false;
    }

    /// Something else than `expected` is there.
    [[gnu::cold, gnu::noinline]] void unexpected(std::string_view expected) { unexpected(current_, expected); }
    [[gnu::cold, gnu::noinline]] void unexpected(const token& found, std::string_view expected) {
        const std::string_view text = source_.substr(found.offset, shown_size(found));
        if (found.kind == token_kind::end) {
            fail(found.offset, {"unexpected token: the end, expected ", expected});
        } else if (is_unknown(found)) {
            fail(found.offset, {"unknown operator ", text, ": expected ", expected, advice_on(found.text)});
        } else {
            fail(found.offset, {"unexpected token ", text, ": expected ", expected});
        }
    }

private:
    struct annotation {
        annotation_kind kind = annotation_kind::custom;
        std::uint32_t contents = 0; ///< where they begin
    };

    /// What there is no memory for is missing, in copies too.
    struct annotation_list : core::vector<annotation> {
        explicit annotation_list(const text_memory& memory) noexcept : vector(memory.source()), memory_(&memory) {}
        annotation_list(const annotation_list& other) noexcept : annotation_list(*other.memory_) {
            static_cast<void>(try_append(other.begin(), other.end()));
        }
        annotation_list(annotation_list&&) noexcept = default;
        annotation_list& operator=(annotation_list other) noexcept {
            swap(other);
            return *this;
        }
        ~annotation_list() = default;

    private:
        const text_memory* memory_;
    };

    token_stream(std::string_view source, std::size_t offset, const text_memory& memory) noexcept
        : source_(source), position_(memory.diagnostics().ok() ? offset : source.size()), memory_(&memory),
          annotations_(memory) {}

    [[nodiscard]] static bool is_unknown(const token& found) noexcept {
        return found.kind == token_kind::reserved ||
               (found.kind == token_kind::keyword && !is_known_word(found.text)) ||
               (found.kind == token_kind::number && !is_number(found.text));
    }

    /// What an error message shows of a token: all, unless it is long.
    [[nodiscard]] std::size_t shown_size(const token& found) const noexcept {
        std::size_t size = found.text.size();
        if (found.kind == token_kind::string) {
            size += 2;
        } else if (found.kind == token_kind::identifier) {
            size += at_offset(found.offset + 1) == '"' ? 3U : 1U;
        }
        return size < 60 ? size : 60;
    }

    [[gnu::noinline]] void check_encoding() {
        if (source_.size() > limits::text_size) {
            return fail(0, {"text too large: at most ", limits::text_size, " bytes"},
                        core::wasm::diagnostic_kind::limit);
        }
        if (is_utf8(source_)) [[likely]] {
            return;
        }
        std::size_t i = 0;
        for (std::size_t length = 1; length <= 4 && i < source_.size(); ++length) {
            if (is_utf8(source_.substr(i, length))) {
                i += length;
                length = 0;
            }
        }
        fail(i, "malformed UTF-8 encoding");
    }

    [[nodiscard]] char at_offset(std::size_t offset) const noexcept {
        return offset < source_.size() ? source_[offset] : '\0';
    }

    [[nodiscard]] token make(token_kind kind, std::size_t size) noexcept {
        const token made{source_.substr(position_, size), static_cast<std::uint32_t>(position_), kind};
        position_ += size;
        return made;
    }

    [[nodiscard]] token end_token() const noexcept {
        token made;
        made.offset = static_cast<std::uint32_t>(source_.size());
        return made;
    }

    [[nodiscard]] token lex() {
        if (!ok()) [[unlikely]] {
            return end_token(); // there was no memory
        }
        const token next = lex_raw();
        return is_annotation(next) ? lex_annotated(next) : next;
    }

    /// The token behind annotations, of which `begin` is the first parenthesis.
    [[gnu::noinline]] token lex_annotated(token begin) {
        const std::size_t left = annotations_.size();
        for (; is_annotation(begin); begin = lex_raw()) {
            skip_annotation(begin.offset);
        }
        if (left != 0 && annotations_.size() != left) {
            refuse(annotations_.front());
            return end_token();
        }
        annotated_ = left != 0 ? annotated_ : begin.offset;
        return begin;
    }

    [[nodiscard]] bool is_annotation(const token& next) const noexcept {
        return next.kind == token_kind::open && at_offset(position_) == '@';
    }

    /// The next token; the parenthesis of an annotation is one like any other.
    [[nodiscard]] token lex_raw() {
        for (;;) {
            while (position_ < source_.size() && character::is(source_[position_], character::is_space)) {
                ++position_;
            }
            if (position_ >= source_.size()) {
                return end_token();
            }
            const char c = source_[position_];
            if (character::is(c, character::is_word) || c == '"') [[likely]] {
                return lex_word();
            }
            switch (c) {
            case '(':
                if (at_offset(position_ + 1) != ';') [[likely]] {
                    return make(token_kind::open, 1);
                }
                skip_block_comment();
                break;
            case ')': return make(token_kind::close, 1);
            case ';':
                if (at_offset(position_ + 1) != ';') {
                    return make(token_kind::reserved, 1);
                }
                skip_line_comment();
                break;
            case ',':
            case '[':
            case ']':
            case '{':
            case '}': return make(token_kind::reserved, 1);
            default:
                if (source_.substr(position_).starts_with("\xef\xbb\xbf")) {
                    fail(position_, "illegal character: a byte order mark");
                } else {
                    fail(position_, {"illegal character ", std::uint64_t{static_cast<unsigned char>(c)}});
                }
                return end_token();
            }
        }
    }

    [[nodiscard]] token lex_word() {
        const std::size_t begin = position_;
        std::size_t end = begin;
        while (end < source_.size() && character::is(source_[end], character::is_word)) {
            ++end;
        }
        if (at_offset(end) == '"') [[unlikely]] {
            return lex_quoted(end);
        }
        const char first = source_[begin];
        if (first >= 'a' && first <= 'z') [[likely]] {
            return make(token_kind::keyword, end - begin);
        }
        if (first == '$') {
            token made = make(token_kind::identifier, end - begin);
            made.text.remove_prefix(1);
            if (made.text.empty()) [[unlikely]] {
                fail(begin, "empty identifier");
                return end_token();
            }
            return made;
        }
        const bool is_numeric = (first >= '0' && first <= '9') || first == '+' || first == '-';
        return make(is_numeric ? token_kind::number : token_kind::reserved, end - begin);
    }

    /// A run of words and strings without space between them; its first string begins at `quote`.
    [[nodiscard, gnu::noinline]] token lex_quoted(std::size_t quote) {
        const std::size_t begin = position_;
        const bool is_identifier = quote == begin + 1 && source_[begin] == '$';
        string_scan string = scan_string(source_, quote);
        if (string.error != nullptr) {
            fail(string.end, is_identifier ? "empty identifier" : string.error);
            return end_token();
        }
        std::size_t end = string.end;
        if (!character::is(at_offset(end), character::is_word) && at_offset(end) != '"' &&
            (quote == begin || is_identifier)) [[likely]] {
            token made = make(is_identifier ? token_kind::identifier : token_kind::string, end - begin);
            made.text = source_.substr(quote + 1, end - quote - 2);
            made.escaped = string.escaped;
            if (is_identifier) {
                check_quoted_identifier(made, "empty identifier");
            }
            return ok() ? made : end_token();
        }
        for (;;) {
            while (character::is(at_offset(end), character::is_word)) {
                ++end;
            }
            if (at_offset(end) != '"') {
                return make(token_kind::reserved, end - begin);
            }
            string = scan_string(source_, end);
            if (string.error != nullptr) {
                fail(string.end, string.error);
                return end_token();
            }
            end = string.end;
        }
    }

    void check_quoted_identifier(const token& found, const char* if_empty) {
        byte_buffer name(*memory_);
        unescape(found.text, name);
        if (name.empty()) {
            fail(found.offset, if_empty);
        } else if (!is_utf8(name.view())) {
            fail(found.offset, "malformed UTF-8 encoding: an identifier");
        }
    }

    void skip_line_comment() noexcept {
        const std::size_t end = source_.find_first_of("\n\r", position_);
        position_ = end < source_.size() ? end : source_.size();
    }

    void skip_block_comment() {
        const std::size_t begin = position_;
        std::size_t depth = 0;
        do {
            const std::size_t next = source_.find(';', position_ + 1);
            if (next >= source_.size()) [[unlikely]] {
                return fail(begin, "unclosed comment");
            }
            // `(;)` opens a comment and closes none.
            if (source_[next - 1] == '(') {
                ++depth;
                position_ = next;
            } else if (at_offset(next + 1) == ')') {
                --depth;
                position_ = next + 1;
            } else {
                position_ = next;
            }
        } while (depth != 0);
        ++position_;
    }

    /// Skips from the `@` to behind the parenthesis that closes the annotation, and notes it where it means something.
    [[gnu::noinline]] void skip_annotation(std::size_t begin) {
        ++position_;
        if (at_offset(position_) != '"' && !character::is(at_offset(position_), character::is_word)) {
            return fail(begin, "empty annotation id");
        }
        const std::optional<byte_buffer> id = lex_annotation_id(begin);
        if (!id) {
            return;
        }
        const std::size_t contents = position_;
        std::size_t depth = 1;
        while (depth != 0) {
            const token next = lex_raw();
            if (next.kind == token_kind::end) {
                return fail(begin, "unclosed annotation");
            }
            if (next.kind == token_kind::open) { // of another annotation too: within one, `@` is a token like others
                ++depth;
            } else if (next.kind == token_kind::close) {
                --depth;
            }
        }
        if (!ignores_annotations_) {
            note_annotation(id->view(), contents);
        }
    }

    /// \returns nothing where there is none, which is an error.
    [[nodiscard]] std::optional<byte_buffer> lex_annotation_id(std::size_t begin) {
        byte_buffer id(*memory_);
        std::size_t end = position_;
        if (at_offset(position_) == '"') {
            const string_scan string = scan_string(source_, position_);
            end = string.end;
            if (string.error == nullptr) {
                unescape(source_.substr(position_ + 1, end - position_ - 2), id);
            }
        } else {
            while (character::is(at_offset(end), character::is_word)) {
                ++end;
            }
            id.append(source_.substr(position_, end - position_));
        }
        if (id.empty()) {
            fail(begin, "empty annotation id");
            return std::nullopt;
        }
        if (!is_utf8(id.view())) {
            fail(begin, "malformed UTF-8 encoding: an annotation id");
            return std::nullopt;
        }
        position_ = end;
        return id;
    }

    void note_annotation(std::string_view id, std::size_t contents) {
        for (std::size_t i = 0; i < std::size(annotation_ids); ++i) {
            if (id == annotation_ids[i]) {
                static_cast<void>(annotations_.try_push_back(
                    {static_cast<annotation_kind>(i), static_cast<std::uint32_t>(contents)}));
            }
        }
    }

    [[nodiscard]] bool has_name_annotation() const noexcept {
        for (const annotation& each : annotations_) {
            if (each.kind == annotation_kind::name) {
                return true;
            }
        }
        return false;
    }

    void refuse(const annotation& misplaced) {
        switch (misplaced.kind) {
        case annotation_kind::custom:
            return fail(misplaced.contents, "misplaced @custom annotation: expected between the fields of a module");
        case annotation_kind::name:
            return fail(misplaced.contents, "misplaced @name annotation: expected where something is defined");
        default:
            fail(misplaced.contents,
                 "@metadata.code.branch_hint annotation: not in a function, or before no instruction");
        }
    }

    std::string_view source_;
    std::size_t position_;
    const text_memory* memory_;
    token current_;
    token following_;
    bool has_following_ = false;
    bool ignores_annotations_ = false;
    std::uint32_t annotated_ = 0; ///< the token that annotations_ are in front of
    annotation_list annotations_;
};

} // namespace riser::inline v0_1::wat::detail
