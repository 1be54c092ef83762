// A module that exchanges texts and structures with its host.
#include <stdint.h>

typedef struct {
    char name[16];
    int32_t born;
    double height; // behind four bytes of nothing
} person;

__attribute__((import_module("host"), import_name("log"))) void host_log(const char* text, uint32_t size);
__attribute__((import_module("host"), import_name("mean"))) double host_mean(const double* numbers, uint32_t count);
__attribute__((import_module("host"), import_name("find"))) int32_t host_find(uint32_t id, person* found);
__attribute__((import_module("host"), import_name("age"))) int32_t host_age(int32_t born);

static person people[2] = {{"Ada", 1815, 1.65}, {"Grace", 1906, 1.68}};
static char buffer[64];

static uint32_t length(const char* text) {
    uint32_t size = 0;
    while (text[size] != 0) {
        ++size;
    }
    return size;
}

// Where the host may write a text of up to 63 characters.
__attribute__((export_name("buffer"))) char* get_buffer(void) {
    return buffer;
}

__attribute__((export_name("shout"))) void shout(void) {
    for (char* at = buffer; *at != 0; ++at) {
        if (*at >= 'a' && *at <= 'z') {
            *at -= 'a' - 'A';
        }
    }
    host_log(buffer, length(buffer));
}

__attribute__((export_name("motto"))) const char* motto(void) {
    return "ad astra";
}

__attribute__((export_name("people"))) person* get_people(void) {
    return people;
}

__attribute__((export_name("mean_height"))) double mean_height(void) {
    const double heights[] = {people[0].height, people[1].height};
    return host_mean(heights, 2);
}

// Asks the host who that is. Returns their age, or -1.
__attribute__((export_name("ask"))) int32_t ask(uint32_t id) {
    person found;
    if (!host_find(id, &found)) {
        return -1;
    }
    host_log(found.name, length(found.name));
    return host_age(found.born);
}

// Asks the host to write to nowhere.
__attribute__((export_name("ask_badly"))) int32_t ask_badly(void) {
    return host_find(1, (person*)0);
}
