// A text is compressed by LZ77 with hash chains and canonical Huffman codes, and decompressed: bit streams, byte copies
// that overlap, small tables. The format is this program's own.
#include "guest.h"

enum {
    text_size = 1 << 17,
    packed_limit = text_size * 2,
    window = 1 << 15,
    hash_bits = 14,
    chain_limit = 24,
    shortest_match = 4,
    longest_match = 130,
    literal_count = 256,
    end_symbol = literal_count, // symbols from here on are the lengths of matches
    symbol_count = literal_count + 1 + longest_match - shortest_match + 1,
    distance_bits = 15,
    longest_code = 15,
};

static uint8_t text[text_size], unpacked[text_size], packed[packed_limit];

// Sentences of words from a made vocabulary: repetitive as a text is.
static void write_text(uint64_t* random) {
    char words[300][10];
    uint32_t lengths[300];
    for (int32_t i = 0; i < 300; ++i) {
        lengths[i] = 2 + random_below(random, 8);
        for (uint32_t letter = 0; letter < lengths[i]; ++letter) {
            words[i][letter] = (char)('a' + random_below(random, 1 + random_below(random, 26)));
        }
    }
    for (uint32_t at = 0; at < text_size;) {
        uint32_t word = random_below(random, 1 + random_below(random, 300));
        for (uint32_t letter = 0; letter < lengths[word] && at < text_size; ++letter) {
            text[at++] = (uint8_t)words[word][letter];
        }
        if (at < text_size) {
            text[at++] = random_below(random, 12) == 0 ? '.' : ' ';
        }
    }
}

// What LZ77 found: a literal, or a match with its distance.
typedef struct {
    uint16_t symbol;
    uint16_t distance; // less one
} token;

static token tokens[text_size + 1];

static uint32_t hash_at(uint32_t at) {
    uint32_t four = text[at] | text[at + 1] << 8 | text[at + 2] << 16 | (uint32_t)text[at + 3] << 24;
    return four * 2654435761u >> (32 - hash_bits);
}

static int32_t heads[1 << hash_bits], previous[window];

static void remember(uint32_t at) {
    if (at + shortest_match <= text_size) {
        uint32_t hash = hash_at(at);
        previous[at % window] = heads[hash];
        heads[hash] = (int32_t)at;
    }
}

static uint32_t match_length(uint32_t earlier, uint32_t at) {
    uint32_t limit = text_size - at < longest_match ? text_size - at : longest_match;
    uint32_t length = 0;
    while (length < limit && text[earlier + length] == text[at + length]) {
        ++length;
    }
    return length;
}

static uint32_t longest_at(uint32_t at, uint32_t* distance) {
    uint32_t best = 0;
    if (at + shortest_match > text_size) {
        return 0;
    }
    int32_t earlier = heads[hash_at(at)];
    for (int32_t steps = 0; steps < chain_limit && earlier >= 0 && at - (uint32_t)earlier < window; ++steps) {
        uint32_t length = match_length((uint32_t)earlier, at);
        if (length > best) {
            best = length;
            *distance = at - (uint32_t)earlier;
        }
        int32_t next = previous[earlier % window];
        if (next >= earlier) {
            break; // the place was overwritten: the chain has left the window
        }
        earlier = next;
    }
    return best;
}

static uint32_t find_tokens(void) {
    for (int32_t i = 0; i < 1 << hash_bits; ++i) {
        heads[i] = -1;
    }
    uint32_t count = 0;
    for (uint32_t at = 0; at < text_size;) {
        uint32_t distance = 0, length = longest_at(at, &distance);
        if (length < shortest_match) {
            tokens[count++] = (token){text[at], 0};
            length = 1;
        } else {
            tokens[count++] = (token){(uint16_t)(end_symbol + 1 + length - shortest_match), (uint16_t)(distance - 1)};
        }
        for (uint32_t end = at + length; at < end; ++at) {
            remember(at);
        }
    }
    tokens[count++] = (token){end_symbol, 0};
    return count;
}

// A Huffman tree: symbols, then the nodes that join two others.
typedef struct {
    int32_t count;
    uint32_t weights[2 * symbol_count]; // 0: the symbol does not occur
    int32_t parents[2 * symbol_count];  // -1: none yet
} huffman_tree;

// Finds the two rarest nodes without a parent; false where there is only one.
static bool find_rarest(const huffman_tree* tree, int32_t rarest[2]) {
    rarest[0] = rarest[1] = -1;
    for (int32_t i = 0; i < tree->count; ++i) {
        if (tree->weights[i] == 0 || tree->parents[i] >= 0) {
            continue;
        }
        if (rarest[0] < 0 || tree->weights[i] < tree->weights[rarest[0]]) {
            rarest[1] = rarest[0];
            rarest[0] = i;
        } else if (rarest[1] < 0 || tree->weights[i] < tree->weights[rarest[1]]) {
            rarest[1] = i;
        }
    }
    return rarest[1] >= 0;
}

static void build_tree(huffman_tree* tree, const uint32_t* frequencies) {
    tree->count = symbol_count;
    for (int32_t i = 0; i < symbol_count; ++i) {
        tree->weights[i] = frequencies[i];
        tree->parents[i] = -1;
    }
    for (int32_t rarest[2]; find_rarest(tree, rarest);) {
        tree->weights[tree->count] = tree->weights[rarest[0]] + tree->weights[rarest[1]];
        tree->parents[tree->count] = -1;
        tree->parents[rarest[0]] = tree->parents[rarest[1]] = tree->count++;
    }
}

// Lengths of Huffman codes. Where a code gets too long, frequencies are flattened and it begins anew.
static void make_lengths(uint32_t* frequencies, uint8_t* lengths) {
    for (;;) {
        huffman_tree tree;
        build_tree(&tree, frequencies);
        int32_t longest = 0;
        for (int32_t i = 0; i < symbol_count; ++i) {
            int32_t length = 0;
            for (int32_t node = tree.parents[i]; node >= 0; node = tree.parents[node]) {
                ++length;
            }
            lengths[i] = (uint8_t)length;
            longest = length > longest ? length : longest;
        }
        if (longest <= longest_code) {
            return;
        }
        for (int32_t i = 0; i < symbol_count; ++i) {
            frequencies[i] = (frequencies[i] + 1) / 2;
        }
    }
}

// Canonical codes: by length, then by symbol. `counts` has the number of codes of each length.
static void make_codes(const uint8_t* lengths, uint16_t* codes, uint16_t* counts) {
    uint16_t next[longest_code + 2] = {0};
    memset(counts, 0, (longest_code + 1) * sizeof *counts);
    for (int32_t i = 0; i < symbol_count; ++i) {
        ++counts[lengths[i]];
    }
    counts[0] = 0;
    for (int32_t length = 1; length <= longest_code; ++length) {
        next[length + 1] = (uint16_t)((next[length] + counts[length]) << 1);
    }
    for (int32_t i = 0; i < symbol_count; ++i) {
        codes[i] = lengths[i] ? next[lengths[i]]++ : 0;
    }
}

// The first bit of a value is its most significant one.
typedef struct {
    uint32_t at; // in `packed`
    uint64_t bits;
    int32_t count; // of bits that are waiting: less than 8 in a writer
} bit_stream;

static void put(bit_stream* stream, uint32_t value, int32_t count) {
    stream->bits = stream->bits << count | value;
    stream->count += count;
    while (stream->count >= 8) {
        stream->count -= 8;
        packed[stream->at++] = (uint8_t)(stream->bits >> stream->count);
    }
}

static uint32_t get(bit_stream* stream, int32_t count) {
    while (stream->count < count) {
        stream->bits = stream->bits << 8 | packed[stream->at++];
        stream->count += 8;
    }
    stream->count -= count;
    return (uint32_t)(stream->bits >> stream->count) & ((1u << count) - 1);
}

static uint32_t compress(void) {
    uint32_t frequencies[symbol_count] = {0};
    uint8_t lengths[symbol_count];
    uint16_t codes[symbol_count], counts[longest_code + 1];
    uint32_t count = find_tokens();
    for (uint32_t i = 0; i < count; ++i) {
        ++frequencies[tokens[i].symbol];
    }
    make_lengths(frequencies, lengths);
    make_codes(lengths, codes, counts);
    bit_stream out = {0};
    for (int32_t i = 0; i < symbol_count; ++i) {
        put(&out, lengths[i], 4);
    }
    for (uint32_t i = 0; i < count; ++i) {
        put(&out, codes[tokens[i].symbol], lengths[tokens[i].symbol]);
        if (tokens[i].symbol > end_symbol) {
            put(&out, tokens[i].distance, distance_bits);
        }
    }
    put(&out, 0, 7);
    return out.at;
}

// Reads a canonical code bit by bit: `first` is the first code of the length so far.
static uint32_t get_symbol(bit_stream* in, const uint16_t* counts, const uint16_t* symbols) {
    int32_t code = 0, first = 0, index = 0;
    for (int32_t length = 1; length <= longest_code; ++length) {
        code |= (int32_t)get(in, 1);
        if (code - first < counts[length]) {
            return symbols[index + code - first];
        }
        index += counts[length];
        first = (first + counts[length]) << 1;
        code <<= 1;
    }
    return end_symbol;
}

static uint32_t decompress(void) {
    uint8_t lengths[symbol_count];
    uint16_t codes[symbol_count], counts[longest_code + 1], symbols[symbol_count];
    bit_stream in = {0};
    for (int32_t i = 0; i < symbol_count; ++i) {
        lengths[i] = (uint8_t)get(&in, 4);
    }
    make_codes(lengths, codes, counts);
    int32_t filled = 0;
    for (int32_t length = 1; length <= longest_code; ++length) {
        for (int32_t i = 0; i < symbol_count; ++i) {
            if (lengths[i] == length) {
                symbols[filled++] = (uint16_t)i;
            }
        }
    }
    uint32_t at = 0;
    for (uint32_t symbol; (symbol = get_symbol(&in, counts, symbols)) != end_symbol;) {
        if (symbol < end_symbol) {
            unpacked[at++] = (uint8_t)symbol;
            continue;
        }
        uint32_t length = symbol - end_symbol - 1 + shortest_match, distance = get(&in, distance_bits) + 1;
        for (uint32_t end = at + length; at < end; ++at) {
            unpacked[at] = unpacked[at - distance];
        }
    }
    return at;
}

// n: how many texts of 128 KiB go there and back; -1: one came back changed.
int64_t run(int32_t n) {
    uint64_t random = 5, sum = 0;
    for (int32_t round = 0; round < n; ++round) {
        write_text(&random);
        uint32_t size = compress();
        if (decompress() != text_size || memcmp(text, unpacked, text_size) != 0) {
            return -1;
        }
        sum = checksum_add(sum, size);
        for (uint32_t i = 0; i < size; i += 101) {
            sum = checksum_add(sum, packed[i]);
        }
    }
    return (int64_t)sum;
}
