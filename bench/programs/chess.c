// Counts the games of chess up to a depth with bit boards: 64-bit shifts, and the lowest bit of a set taken time and
// again. The rules are those of chess without castling and without capturing in passing; pawns become queens.
#include "guest.h"

typedef uint64_t squares; // bit 8 * rank + file

enum { white, black };
typedef enum { pawn, knight, bishop, rook, queen, king, kind_count } piece;

typedef struct {
    squares pieces[2][kind_count];
    squares all[2];
} position;

static const squares file_a = 0x0101010101010101ull, file_h = file_a << 7;
static squares knight_steps[64], king_steps[64];

enum { direction_count = 8 };
// The first four are a rook's, the others a bishop's; the first of each two rise, so that the nearest square is the lowest.
static const int32_t file_steps[direction_count] = {1, 0, -1, 0, 1, -1, -1, 1};
static const int32_t rank_steps[direction_count] = {0, 1, 0, -1, 1, 1, -1, -1};
static const bool rising[direction_count] = {true, true, false, false, true, true, false, false};
static squares rays[direction_count][64];

static squares square_at(int32_t file, int32_t rank) {
    return file >= 0 && file < 8 && rank >= 0 && rank < 8 ? 1ull << (8 * rank + file) : 0;
}

static void make_tables(void) {
    for (int32_t square = 0; square < 64; ++square) {
        int32_t file = square % 8, rank = square / 8;
        knight_steps[square] = king_steps[square] = 0;
        for (int32_t df = -2; df <= 2; ++df) {
            for (int32_t dr = -2; dr <= 2; ++dr) {
                int32_t distance = df * df + dr * dr;
                knight_steps[square] |= distance == 5 ? square_at(file + df, rank + dr) : 0;
                king_steps[square] |= distance == 1 || distance == 2 ? square_at(file + df, rank + dr) : 0;
            }
        }
        for (int32_t direction = 0; direction < direction_count; ++direction) {
            rays[direction][square] = 0;
            for (int32_t i = 1; i < 8; ++i) {
                rays[direction][square] |=
                    square_at(file + i * file_steps[direction], rank + i * rank_steps[direction]);
            }
        }
    }
}

static int32_t lowest(squares set) { return __builtin_ctzll(set); }
static int32_t highest(squares set) { return 63 - __builtin_clzll(set); }

// What a piece that slides reaches: up to the first occupied square of each ray, and that one.
static squares slide(int32_t square, squares occupied, int32_t first_direction, int32_t last_direction) {
    squares reached = 0;
    for (int32_t direction = first_direction; direction < last_direction; ++direction) {
        squares ray = rays[direction][square], hit = ray & occupied;
        if (hit) {
            ray ^= rays[direction][rising[direction] ? lowest(hit) : highest(hit)];
        }
        reached |= ray;
    }
    return reached;
}

static squares captures_left(squares pawns, int32_t color) {
    return color == white ? (pawns & ~file_a) << 7 : (pawns & ~file_a) >> 9;
}

static squares captures_right(squares pawns, int32_t color) {
    return color == white ? (pawns & ~file_h) << 9 : (pawns & ~file_h) >> 7;
}

static squares reach(piece kind, int32_t square, squares occupied) {
    switch (kind) {
    case knight: return knight_steps[square];
    case bishop: return slide(square, occupied, 4, 8);
    case rook: return slide(square, occupied, 0, 4);
    case queen: return slide(square, occupied, 0, 8);
    default: return king_steps[square];
    }
}

static bool is_attacked(const position* at, int32_t square, int32_t by) {
    squares occupied = at->all[white] | at->all[black], target = 1ull << square;
    const squares* attackers = at->pieces[by];
    return ((captures_left(target, !by) | captures_right(target, !by)) & attackers[pawn]) ||
           (knight_steps[square] & attackers[knight]) || (king_steps[square] & attackers[king]) ||
           (slide(square, occupied, 0, 4) & (attackers[rook] | attackers[queen])) ||
           (slide(square, occupied, 4, 8) & (attackers[bishop] | attackers[queen]));
}

static uint64_t count_games(const position* at, int32_t color, int32_t depth);

static uint64_t play(const position* at, int32_t color, piece kind, int32_t from, int32_t to, int32_t depth) {
    position next = *at;
    squares move = 1ull << from | 1ull << to;
    next.pieces[color][kind] ^= move;
    next.all[color] ^= move;
    if (kind == pawn && (to < 8 || to >= 56)) {
        next.pieces[color][pawn] ^= 1ull << to;
        next.pieces[color][queen] ^= 1ull << to;
    }
    if (next.all[!color] >> to & 1) {
        for (int32_t captured = pawn; captured < kind_count; ++captured) {
            next.pieces[!color][captured] &= ~(1ull << to);
        }
        next.all[!color] ^= 1ull << to;
    }
    if (is_attacked(&next, lowest(next.pieces[color][king]), !color)) {
        return 0;
    }
    return count_games(&next, !color, depth - 1);
}

static uint64_t play_pawns(const position* at, int32_t color, squares targets, int32_t step, int32_t depth) {
    uint64_t count = 0;
    for (; targets; targets &= targets - 1) {
        int32_t to = lowest(targets);
        count += play(at, color, pawn, to - step, to, depth);
    }
    return count;
}

static uint64_t count_pawn_games(const position* at, int32_t color, int32_t depth) {
    squares pawns = at->pieces[color][pawn], vacant = ~(at->all[white] | at->all[black]), others = at->all[!color];
    int32_t forward = color == white ? 8 : -8;
    squares once = (color == white ? pawns << 8 : pawns >> 8) & vacant;
    squares twice = color == white ? (once & 0xff0000ull) << 8 : (once & 0xff0000000000ull) >> 8;
    uint64_t count = play_pawns(at, color, once, forward, depth);
    count += play_pawns(at, color, twice & vacant, 2 * forward, depth);
    count += play_pawns(at, color, captures_left(pawns, color) & others, forward - 1, depth);
    return count + play_pawns(at, color, captures_right(pawns, color) & others, forward + 1, depth);
}

static uint64_t count_games(const position* at, int32_t color, int32_t depth) {
    if (depth <= 0) {
        return 1;
    }
    uint64_t count = count_pawn_games(at, color, depth);
    squares occupied = at->all[white] | at->all[black];
    for (int32_t kind = knight; kind < kind_count; ++kind) {
        for (squares pieces = at->pieces[color][kind]; pieces; pieces &= pieces - 1) {
            int32_t from = lowest(pieces);
            for (squares to = reach((piece)kind, from, occupied) & ~at->all[color]; to; to &= to - 1) {
                count += play(at, color, (piece)kind, from, lowest(to), depth);
            }
        }
    }
    return count;
}

// Ranks from the eighth to the first, as FEN has them.
static position parse(const char* text) {
    position made = {0};
    int32_t file = 0, rank = 7;
    for (; *text; ++text) {
        if (*text == '/') {
            --rank;
            file = 0;
        } else if (*text >= '1' && *text <= '8') {
            file += *text - '0';
        } else {
            int32_t color = *text >= 'a' ? black : white;
            for (int32_t kind = pawn; kind < kind_count; ++kind) {
                if ((*text | 32) == "pnbrqk"[kind]) {
                    made.pieces[color][kind] |= square_at(file, rank);
                }
            }
            made.all[color] |= square_at(file++, rank);
        }
    }
    return made;
}

// n: how deep; the result counts the games from the initial position and from one of the middle game.
int64_t run(int32_t n) {
    make_tables();
    position start = parse("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR");
    position middle = parse("r1bq1rk1/pp2bppp/2n2n2/2pp4/3P1B2/2N1PN2/PP2BPPP/R2Q1RK1");
    uint64_t sum = checksum_add(0, count_games(&start, white, n));
    return (int64_t)checksum_add(sum, count_games(&middle, white, n - 1));
}
