// Customers go through the stations of a shop, simulated event by event: virtual calls, and std::priority_queue, deque,
// map, vector and unique_ptr.
#include "guest.h"

#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <vector>

namespace {

struct customer {
    int32_t number;
    int64_t arrived;
    std::vector<int32_t> plan; // the stations that are left, the next one last
};

class station;

struct event {
    int64_t time;
    int64_t number; // events of one time happen in the order they were planned
    station* where;
    customer* who;

    friend bool operator<(const event& a, const event& b) {
        return a.time != b.time ? a.time > b.time : a.number > b.number;
    }
};

class shop {
public:
    explicit shop(uint64_t seed) : random(seed) {}

    void plan(int64_t delay, station* where, customer* who) { events.push({now + delay, planned++, where, who}); }
    void add_station(std::unique_ptr<station> made) { stations.push_back(std::move(made)); }
    void route(customer* who);
    void open(int32_t customer_count);
    void run();

    int64_t now = 0;
    uint64_t random;
    uint64_t checksum = 0;

private:
    void leave(customer* who);

    int64_t planned = 0;
    std::priority_queue<event> events;
    std::vector<std::unique_ptr<station>> stations;
    std::map<int32_t, std::unique_ptr<customer>> inside;
};

class station {
public:
    virtual ~station() = default;
    virtual void arrive(shop& in, customer* who) = 0;
    virtual void finish(shop& in, customer* who) = 0;
    virtual uint64_t report() const = 0;
};

// Everybody is served at once.
class shelf final : public station {
public:
    void arrive(shop& in, customer* who) override {
        ++visits;
        in.plan(20 + random_below(&in.random, 60), this, who);
    }
    void finish(shop& in, customer* who) override { in.route(who); }
    uint64_t report() const override { return visits; }

private:
    uint64_t visits = 0;
};

// Serves a few at a time; the others queue.
class counter final : public station {
public:
    counter(int32_t clerk_count, uint32_t longest_service) : free_clerks(clerk_count), longest(longest_service) {}

    void arrive(shop& in, customer* who) override {
        if (free_clerks > 0) {
            --free_clerks;
            serve(in, who);
        } else {
            waiting.push_back(who);
            longest_queue = waiting.size() > longest_queue ? waiting.size() : longest_queue;
        }
    }

    void finish(shop& in, customer* who) override {
        if (waiting.empty()) {
            ++free_clerks;
        } else {
            serve(in, waiting.front());
            waiting.pop_front();
        }
        in.route(who);
    }

    uint64_t report() const override { return longest_queue; }

private:
    void serve(shop& in, customer* who) { in.plan(1 + random_below(&in.random, longest), this, who); }

    int32_t free_clerks;
    uint32_t longest;
    uint64_t longest_queue = 0;
    std::deque<customer*> waiting;
};

// Serves a group as soon as it is complete.
class lift final : public station {
public:
    void arrive(shop& in, customer* who) override {
        group.push_back(who);
        if (group.size() == capacity) {
            for (customer* each : group) {
                in.plan(30, this, each);
            }
            group.clear();
            ++rides;
        }
    }
    void finish(shop& in, customer* who) override { in.route(who); }
    uint64_t report() const override { return rides; }

private:
    static constexpr std::size_t capacity = 4;
    std::vector<customer*> group;
    uint64_t rides = 0;
};

void shop::route(customer* who) {
    if (who->plan.empty()) {
        leave(who);
        return;
    }
    station* next = stations[static_cast<std::size_t>(who->plan.back())].get();
    who->plan.pop_back();
    next->arrive(*this, who);
}

void shop::leave(customer* who) {
    checksum =
        checksum_add(checksum, static_cast<uint64_t>(now - who->arrived) << 20 | static_cast<uint32_t>(who->number));
    inside.erase(who->number);
}

// Customers come in at random times; each has a plan of 3 to 8 stations.
void shop::open(int32_t customer_count) {
    int64_t delay = 0;
    for (int32_t i = 0; i < customer_count; ++i) {
        delay += random_below(&random, 20);
        auto made = std::make_unique<customer>(customer{i, now + delay, {}});
        for (uint32_t left = 3 + random_below(&random, 6); left > 0; --left) {
            made->plan.push_back(static_cast<int32_t>(random_below(&random, static_cast<uint32_t>(stations.size()))));
        }
        plan(delay, nullptr, made.get());
        inside.emplace(i, std::move(made));
    }
}

void shop::run() {
    while (!events.empty()) {
        event next = events.top();
        events.pop();
        now = next.time;
        if (next.where) {
            next.where->finish(*this, next.who);
        } else {
            route(next.who);
        }
    }
    for (const std::unique_ptr<station>& each : stations) {
        checksum = checksum_add(checksum, each->report());
    }
    checksum = checksum_add(checksum, inside.size()); // who waits for a lift when the last event is over
}

} // namespace

// n: thousands of customers, of whom a thousand each have a shop of their own.
int64_t run(int32_t n) {
    uint64_t sum = 0;
    for (int32_t i = 0; i < n; ++i) {
        shop one(static_cast<uint64_t>(i) + 53);
        for (int32_t shelves = 0; shelves < 3; ++shelves) {
            one.add_station(std::make_unique<shelf>());
        }
        for (int32_t counters = 1; counters <= 4; ++counters) {
            one.add_station(std::make_unique<counter>(counters, static_cast<uint32_t>(counters) * 14));
        }
        one.add_station(std::make_unique<lift>());
        one.open(1000);
        one.run();
        sum = checksum_add(sum, one.checksum);
    }
    return static_cast<int64_t>(sum);
}
