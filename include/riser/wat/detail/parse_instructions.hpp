#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/opcode.hpp"
#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/label_stack.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"
#include "riser/wat/detail/parse_annotations.hpp"
#include "riser/wat/detail/parse_immediates.hpp"
#include "riser/wat/detail/parse_names.hpp"
#include "riser/wat/detail/words.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Sequences of instructions (6.5), plain and folded, with a stack of their own instead of recursion.

namespace riser::inline v0_1::wat::detail {

class instruction_parser {
public:
    using opcode = core::wasm::opcode;

    explicit instruction_parser(module_state& state) noexcept
        : state_(state), tokens_(state.tokens), locals_(state.memory()), labels_(state.memory()),
          immediates_(state, locals_, labels_), deferred_(state.memory()), frames_(state.memory().source()),
          hints_(state.memory()), label_names_(state.memory()) {}

    /// Forgets the function or expression before: its locals, its labels, its names.
    void begin() {
        locals_.clear();
        labels_.clear();
        hints_.clear();
        label_names_.clear();
        label_count_ = 0;
    }

    [[nodiscard]] identifier_map& locals() noexcept { return locals_; }
    /// Of this function, by their offsets in `out`.
    [[nodiscard]] const item_buffer& hints() const noexcept { return hints_; }
    [[nodiscard]] const item_buffer& label_names() const noexcept { return label_names_; }
    /// For expressions outside of functions, which have no place for them.
    void refuse_hints() {
        if (hints_.count != 0) {
            tokens_.fail(tokens_.current().offset, "@metadata.code.branch_hint annotation: not in a function");
        }
    }

    /// Instructions up to the parenthesis that closes what they are in, which stays.
    void parse_sequence(byte_buffer& out) {
        out_ = &out;
        frames_.clear();
        while (!(tokens_.at(token_kind::close) && frames_.empty()) && tokens_.ok()) {
            parse_next();
        }
    }

    /// One folded instruction.
    void parse_folded(byte_buffer& out) {
        out_ = &out;
        frames_.clear();
        if (!tokens_.at(token_kind::open)) {
            return tokens_.unexpected("an instruction in parentheses");
        }
        do {
            parse_next();
        } while (!frames_.empty() && tokens_.ok());
    }

private:
    static constexpr std::uint8_t no_hint = 0xff;

    enum class frame_kind : std::uint8_t {
        // Closed by a parenthesis.
        operands, ///< of a folded instruction, which follows them
        body,     ///< of a folded block
        if_,      ///< before its `then`: operands
        after_then,
        after_else,
        try_, ///< before its `do`
        after_do,
        after_catch,
        arm, ///< the instructions of `then`, `else`, `do` or `catch`
        // Closed by `end`.
        plain_block,
        plain_if,
        plain_else,
        plain_try,
        plain_catch,
        plain_catch_all,
    };

    /// What a block is called. Without an identifier, or a name, its text is null.
    struct block_label {
        std::string_view identifier;
        std::string_view name; ///< the same, unless an annotation says otherwise
    };

    struct frame {
        frame_kind kind;
        std::uint8_t hint = no_hint;
        std::uint32_t word = 0;     ///< where its instruction's keyword is in the text
        std::uint32_t deferred = 0; ///< where in deferred_ its instruction begins
        block_label label = {};     ///< of `if_`, which its operands do not see
    };

    [[nodiscard]] static bool is_plain(frame_kind kind) noexcept { return kind >= frame_kind::plain_block; }

    /// May any instruction stand in the innermost frame, or only folded ones and what belongs to the frame?
    [[nodiscard]] bool takes_instructions() const noexcept {
        if (frames_.empty()) {
            return true;
        }
        const frame_kind kind = frames_.back().kind;
        return kind == frame_kind::body || kind == frame_kind::arm || is_plain(kind);
    }

    void parse_next() {
        if (tokens_.has_annotations()) [[unlikely]] {
            return parse_hinted();
        }
        parse_unhinted();
    }

    void parse_unhinted() {
        switch (tokens_.current().kind) {
        case token_kind::keyword: return parse_plain();
        case token_kind::open: return parse_open();
        case token_kind::close: return parse_close();
        default: return tokens_.unexpected("an instruction");
        }
    }

    // Plain instructions.

    void parse_plain() {
        const opcode op = instruction_names.find(tokens_.current().text);
        if (op == core::wasm::no_opcode || !takes_instructions()) [[unlikely]] {
            return tokens_.unexpected(takes_instructions() ? "an instruction" : "'(' or ')'");
        }
        switch (op) {
        case opcode::block:
        case opcode::loop:
        case opcode::if_:
        case opcode::try_:
        case opcode::try_table: return begin_plain_block(op);
        case opcode::else_:
        case opcode::end:
        case opcode::catch_:
        case opcode::catch_all:
        case opcode::delegate: return continue_plain_block(op);
        default:
            state_.note_origin(*out_, tokens_.current().offset);
            tokens_.advance();
            put_hint(take_pending_hint());
            return immediates_.parse(op, *out_);
        }
    }

    void begin_plain_block(opcode op) {
        state_.note_origin(*out_, tokens_.current().offset);
        tokens_.advance();
        const block_label label = take_label();
        put_hint(take_pending_hint());
        put_block(op, *out_);
        push_label(label);
        push({op == opcode::if_    ? frame_kind::plain_if
              : op == opcode::try_ ? frame_kind::plain_try
                                   : frame_kind::plain_block});
    }

    void continue_plain_block(opcode op) {
        const std::optional<frame_kind> next = next_plain_kind(op);
        if (!next) {
            return tokens_.unexpected("an instruction");
        }
        state_.note_origin(*out_, tokens_.current().offset);
        tokens_.advance();
        switch (op) {
        case opcode::else_:
        case opcode::end: check_repeated_label(); break;
        case opcode::delegate: labels_.pop(); break;
        default: break;
        }
        immediate_parser::put_opcode(op, *out_);
        if (op == opcode::catch_) {
            immediates_.put_index(index_space::tag, *out_);
        } else if (op == opcode::delegate) {
            immediates_.put_label(*out_);
        } else if (op == opcode::end && tokens_.ok()) {
            labels_.pop();
        }
        if (!tokens_.ok()) {
            return;
        }
        if (op == opcode::end || op == opcode::delegate) {
            frames_.pop_back();
        } else {
            frames_.back().kind = *next;
        }
    }

    /// What the innermost frame is behind `op`; nothing where `op` may not be there.
    [[nodiscard]] std::optional<frame_kind> next_plain_kind(opcode op) const noexcept {
        if (frames_.empty() || !is_plain(frames_.back().kind)) {
            return std::nullopt;
        }
        const frame_kind kind = frames_.back().kind;
        const bool may_catch = kind == frame_kind::plain_try || kind == frame_kind::plain_catch;
        switch (op) {
        case opcode::end: return kind;
        case opcode::else_: return kind == frame_kind::plain_if ? std::optional(frame_kind::plain_else) : std::nullopt;
        case opcode::catch_: return may_catch ? std::optional(frame_kind::plain_catch) : std::nullopt;
        case opcode::catch_all: return may_catch ? std::optional(frame_kind::plain_catch_all) : std::nullopt;
        default: return kind == frame_kind::plain_try ? std::optional(kind) : std::nullopt; // delegate
        }
    }

    /// The identifier behind `end` or `else`, which must be the block's.
    void check_repeated_label() {
        if (tokens_.at(token_kind::identifier)) {
            if (state_.name_of(tokens_.current()) != labels_.innermost()) {
                return tokens_.fail(tokens_.current().offset, {"mismatching label $", tokens_.current().text});
            }
            tokens_.advance();
        }
    }

    // Folded instructions.

    void parse_open() {
        const token word = tokens_.following();
        if (word.kind != token_kind::keyword) [[unlikely]] {
            return tokens_.unexpected(word, "an instruction");
        }
        if (!takes_instructions() && frames_.back().kind != frame_kind::operands && parse_arm(word)) {
            return;
        }
        const opcode op = instruction_names.find(word.text);
        const bool is_operand = takes_instructions() || frames_.back().kind == frame_kind::operands ||
                                frames_.back().kind == frame_kind::if_;
        if (op == core::wasm::no_opcode || !is_operand) [[unlikely]] {
            return tokens_.unexpected(word, "an instruction");
        }
        switch (op) {
        case opcode::block:
        case opcode::loop:
        case opcode::if_:
        case opcode::try_:
        case opcode::try_table: return begin_folded_block(op);
        case opcode::else_:
        case opcode::end:
        case opcode::catch_:
        case opcode::catch_all:
        case opcode::delegate: return tokens_.unexpected(word, "an instruction");
        default: return begin_operands(op);
        }
    }

    void begin_operands(opcode op) {
        const std::uint32_t word = tokens_.following().offset;
        tokens_.advance();
        tokens_.advance();
        frame added{frame_kind::operands, take_pending_hint(), word, static_cast<std::uint32_t>(deferred_.size()), {}};
        immediates_.parse(op, deferred_);
        if (tokens_.at(token_kind::close)) {
            tokens_.advance();
            return put_deferred(added);
        }
        push(added);
    }

    void begin_folded_block(opcode op) {
        const std::uint32_t word = tokens_.following().offset;
        tokens_.advance();
        tokens_.advance();
        frame added{frame_kind::body, take_pending_hint(), word, static_cast<std::uint32_t>(deferred_.size()),
                    take_label()};
        if (op == opcode::if_) {
            added.kind = frame_kind::if_;
            put_block(op, deferred_);
            return push(added);
        }
        put_hint(added.hint);
        state_.note_origin(*out_, word);
        put_block(op, *out_);
        push_label(added.label);
        added.kind = op == opcode::try_ ? frame_kind::try_ : frame_kind::body;
        push(added);
    }

    /// `(then`, `(else`, `(do`, `(catch` and the like, where they belong to the innermost frame. \returns false where they
    /// do not.
    [[nodiscard]] bool parse_arm(const token& word) {
        frame& owner = frames_.back();
        if (owner.kind == frame_kind::if_ && word.text == "then") {
            owner.kind = frame_kind::after_then;
            put_deferred(owner);
            push_label(owner.label);
        } else if (owner.kind == frame_kind::after_then && word.text == "else") {
            owner.kind = frame_kind::after_else;
            state_.note_origin(*out_, word.offset);
            immediate_parser::put_opcode(opcode::else_, *out_);
        } else if (owner.kind == frame_kind::try_ && word.text == "do") {
            owner.kind = frame_kind::after_do;
        } else if (owner.kind == frame_kind::after_do && word.text == "delegate") {
            parse_folded_delegate();
            return true;
        } else if ((owner.kind == frame_kind::after_do || owner.kind == frame_kind::after_catch) &&
                   (word.text == "catch" || word.text == "catch_all")) {
            parse_folded_catch(word.text == "catch");
            return true;
        } else {
            return false;
        }
        tokens_.advance();
        tokens_.advance();
        push({frame_kind::arm});
        return true;
    }

    void parse_folded_catch(bool has_tag) {
        tokens_.advance();
        tokens_.advance();
        state_.note_origin(*out_, tokens_.current().offset);
        immediate_parser::put_opcode(has_tag ? opcode::catch_ : opcode::catch_all, *out_);
        // Nothing follows `catch_all`, as nothing follows `else`.
        frames_.back().kind = has_tag ? frame_kind::after_catch : frame_kind::after_else;
        if (has_tag) {
            immediates_.put_index(index_space::tag, *out_);
        }
        push({frame_kind::arm});
    }

    /// `(delegate l))`: takes both parentheses, since no `end` follows.
    void parse_folded_delegate() {
        tokens_.advance();
        tokens_.advance();
        labels_.pop();
        immediate_parser::put_opcode(opcode::delegate, *out_);
        immediates_.put_label(*out_);
        tokens_.expect_close();
        tokens_.expect_close();
        if (tokens_.ok()) {
            frames_.pop_back();
        }
    }

    void parse_close() {
        const frame last = frames_.back();
        switch (last.kind) {
        case frame_kind::operands: put_deferred(last); break;
        case frame_kind::arm: break;
        case frame_kind::body:
        case frame_kind::after_then:
        case frame_kind::after_else:
        case frame_kind::after_do:
        case frame_kind::after_catch:
            state_.note_origin(*out_, tokens_.current().offset);
            immediate_parser::put_opcode(opcode::end, *out_);
            labels_.pop();
            break;
        case frame_kind::if_: return tokens_.unexpected("'(then'");
        case frame_kind::try_: return tokens_.unexpected("'(do'");
        default: return tokens_.unexpected("'end'");
        }
        frames_.pop_back();
        tokens_.advance();
    }

    void put_deferred(const frame& of) {
        put_hint(of.hint);
        state_.note_origin(*out_, of.word);
        out_->append(deferred_.view_from(of.deferred));
        deferred_.truncate(of.deferred);
    }

    // Both.

    void push(const frame& added) {
        if (frames_.size() >= state_.max_depth) [[unlikely]] {
            return tokens_.fail(tokens_.current().offset, {"nesting too deep: at most ", state_.max_depth},
                                core::wasm::diagnostic_kind::limit);
        }
        if (!frames_.try_push_back(added)) [[unlikely]] {
            tokens_.stop();
        }
    }

    void put_block(opcode op, byte_buffer& out) {
        immediate_parser::put_opcode(op, out);
        immediates_.parse_block_type(out);
        if (op == opcode::try_table) {
            immediates_.parse_catch_clauses(out);
        }
    }

    [[nodiscard]] block_label take_label() {
        block_label label;
        if (tokens_.at_name()) {
            if (tokens_.at(token_kind::identifier)) {
                label.identifier = state_.name_of(tokens_.current());
            }
            label.name = take_name(state_).value_or(std::string_view());
        }
        return label;
    }

    void push_label(const block_label& label) {
        if (label.name.data() != nullptr) {
            label_names_.add_name(label_count_, label.name);
        }
        ++label_count_;
        if (!labels_.push(label.identifier)) [[unlikely]] {
            tokens_.stop();
        }
    }

    // Branch hints: an annotation in front of the instruction, which is noted when the instruction is encoded.

    [[gnu::cold, gnu::noinline]] void parse_hinted() {
        pending_hint_ = take_branch_hint(tokens_).value_or(no_hint);
        const token word = tokens_.at(token_kind::open) ? tokens_.following() : tokens_.current();
        if (pending_hint_ != no_hint && word.text != "if" && word.text != "br_if") {
            return tokens_.fail(word.offset,
                                "@metadata.code.branch_hint annotation: invalid target, expected if or br_if");
        }
        parse_unhinted();
    }

    [[nodiscard]] std::uint8_t take_pending_hint() noexcept {
        const std::uint8_t hint = pending_hint_;
        pending_hint_ = no_hint;
        return hint;
    }

    void put_hint(std::uint8_t hint) {
        if (hint != no_hint) [[unlikely]] {
            hints_.bytes.put_unsigned(out_->size());
            hints_.bytes.put(1);
            hints_.bytes.put(hint);
            ++hints_.count;
        }
    }

    module_state& state_;
    token_stream& tokens_;
    identifier_map locals_;
    label_stack labels_;
    immediate_parser immediates_;
    byte_buffer* out_ = nullptr;
    byte_buffer deferred_; ///< folded instructions whose operands are not complete, in the order of frames_
    core::vector<frame> frames_;
    item_buffer hints_;
    item_buffer label_names_;
    std::uint32_t label_count_ = 0;
    std::uint8_t pending_hint_ = no_hint;
};

} // namespace riser::inline v0_1::wat::detail
