// A hash map of strings to counts with linear probing and deletion by moving entries back: words are inserted, found
// and erased, and the map grows.
#include "guest.h"

typedef struct {
    char* key; // owned; null where the place is free
    uint32_t hash;
    uint32_t length;
    int64_t value;
} entry;

typedef struct {
    entry* entries;
    uint32_t capacity; // a power of two
    uint32_t count;
} hash_map;

// FNV-1a, its low bits stirred since they choose the place.
static uint32_t hash_of(const char* key, uint32_t length) {
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < length; ++i) {
        hash = (hash ^ (uint8_t)key[i]) * 16777619u;
    }
    return hash ^ hash >> 15;
}

static void create(hash_map* map, uint32_t capacity) {
    map->entries = (entry*)calloc(capacity, sizeof(entry));
    map->capacity = capacity;
    map->count = 0;
}

static void destroy(hash_map* map) {
    for (uint32_t i = 0; i < map->capacity; ++i) {
        free(map->entries[i].key);
    }
    free(map->entries);
}

// Where the key is, or the free place where it belongs.
static entry* find(const hash_map* map, const char* key, uint32_t length, uint32_t hash) {
    for (uint32_t i = hash;; ++i) {
        entry* each = &map->entries[i & (map->capacity - 1)];
        if (!each->key || (each->hash == hash && each->length == length && memcmp(each->key, key, length) == 0)) {
            return each;
        }
    }
}

static void grow(hash_map* map) {
    hash_map larger;
    create(&larger, map->capacity * 2);
    for (uint32_t i = 0; i < map->capacity; ++i) {
        const entry* each = &map->entries[i];
        if (each->key) {
            *find(&larger, each->key, each->length, each->hash) = *each;
        }
    }
    larger.count = map->count;
    free(map->entries);
    *map = larger;
}

static int64_t* at(hash_map* map, const char* key, uint32_t length) {
    if (map->count * 4 >= map->capacity * 3) {
        grow(map);
    }
    uint32_t hash = hash_of(key, length);
    entry* place = find(map, key, length, hash);
    if (!place->key) {
        char* copy = (char*)malloc(length);
        memcpy(copy, key, length);
        *place = (entry){copy, hash, length, 0};
        ++map->count;
    }
    return &place->value;
}

static bool erase(hash_map* map, const char* key, uint32_t length) {
    entry* hole = find(map, key, length, hash_of(key, length));
    if (!hole->key) {
        return false;
    }
    free(hole->key);
    --map->count;
    uint32_t mask = map->capacity - 1, empty = (uint32_t)(hole - map->entries);
    for (uint32_t i = (empty + 1) & mask; map->entries[i].key; i = (i + 1) & mask) {
        // An entry may move to the hole unless its own place lies behind it.
        if (((i - map->entries[i].hash) & mask) >= ((i - empty) & mask)) {
            map->entries[empty] = map->entries[i];
            empty = i;
        }
    }
    map->entries[empty].key = NULL;
    return true;
}

// A word of 3 to 12 letters; a small number makes the same one again.
static uint32_t spell(char* word, uint32_t number) {
    uint64_t random = number * 0x9e3779b97f4a7c15ull + 1;
    uint32_t length = 3 + random_below(&random, 10);
    for (uint32_t i = 0; i < length; ++i) {
        word[i] = (char)('a' + random_below(&random, 26));
    }
    return length;
}

// n: thousands of words that are counted; every fifth word is erased.
int64_t run(int32_t n) {
    enum { vocabulary = 50000 };
    hash_map map;
    create(&map, 16);
    uint64_t random = 11, sum = 0;
    char word[16];
    for (int32_t i = 0; i < n * 1000; ++i) {
        // The product of two draws prefers small numbers, as a text prefers some words.
        uint32_t number = random_below(&random, random_below(&random, vocabulary) + 1);
        uint32_t length = spell(word, number);
        if (i % 5 == 4) {
            sum += erase(&map, word, length);
        } else {
            sum = checksum_add(sum, (uint64_t)++*at(&map, word, length));
        }
    }
    sum = checksum_add(sum, map.count);
    destroy(&map);
    return (int64_t)sum;
}
