// A B-tree of 64-bit keys: insertion, search, deletion and an ordered walk; nodes of sorted keys that split and merge.
#include "guest.h"

enum { degree = 8, most_keys = 2 * degree - 1 };

typedef struct node {
    int32_t count;
    bool leaf;
    int64_t keys[most_keys];
    struct node* children[most_keys + 1];
} node;

static node* create(bool leaf) {
    node* made = (node*)malloc(sizeof *made);
    made->count = 0;
    made->leaf = leaf;
    return made;
}

// The first place whose key is not less.
static int32_t lower_bound(const node* in, int64_t key) {
    int32_t low = 0, high = in->count;
    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (in->keys[middle] < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool contains(const node* tree, int64_t key) {
    for (;;) {
        int32_t at = lower_bound(tree, key);
        if (at < tree->count && tree->keys[at] == key) {
            return true;
        }
        if (tree->leaf) {
            return false;
        }
        tree = tree->children[at];
    }
}

// Puts a key, and the child to the right of it, where `at` says.
static void put(node* to, int32_t at, int64_t key, node* right) {
    for (int32_t i = to->count; i > at; --i) {
        to->keys[i] = to->keys[i - 1];
        to->children[i + 1] = to->children[i];
    }
    to->keys[at] = key;
    to->children[at + 1] = right;
    ++to->count;
}

// Takes a key and the child to the right of it out.
static void take(node* from, int32_t at) {
    --from->count;
    for (int32_t i = at; i < from->count; ++i) {
        from->keys[i] = from->keys[i + 1];
        from->children[i + 1] = from->children[i + 2];
    }
}

static void split_child(node* parent, int32_t at) {
    node* left = parent->children[at];
    node* right = create(left->leaf);
    right->count = degree - 1;
    memcpy(right->keys, left->keys + degree, (degree - 1) * sizeof *right->keys);
    if (!left->leaf) {
        memcpy(right->children, left->children + degree, degree * sizeof *right->children);
    }
    left->count = degree - 1;
    put(parent, at, left->keys[degree - 1], right);
}

static void insert(node** tree, int64_t key) {
    if ((*tree)->count == most_keys) {
        node* root = create(false);
        root->children[0] = *tree;
        split_child(root, 0);
        *tree = root;
    }
    node* in = *tree;
    for (;;) {
        int32_t at = lower_bound(in, key);
        if (at < in->count && in->keys[at] == key) {
            return;
        }
        if (in->leaf) {
            put(in, at, key, NULL);
            return;
        }
        if (in->children[at]->count == most_keys) {
            split_child(in, at);
            if (in->keys[at] == key) {
                return;
            }
            at += in->keys[at] < key;
        }
        in = in->children[at];
    }
}

// Joins the children on both sides of a key, and that key, in the left one.
static node* merge_children(node* parent, int32_t at) {
    node *left = parent->children[at], *right = parent->children[at + 1];
    left->keys[left->count] = parent->keys[at];
    memcpy(left->keys + left->count + 1, right->keys, (size_t)right->count * sizeof *right->keys);
    if (!left->leaf) {
        memcpy(left->children + left->count + 1, right->children, (size_t)(right->count + 1) * sizeof *right->children);
    }
    left->count += right->count + 1;
    take(parent, at);
    free(right);
    return left;
}

// Sees to it that a child has a key to spare before the deletion goes down into it; returns where its keys are now.
static node* fill_child(node* parent, int32_t at) {
    node* child = parent->children[at];
    if (child->count >= degree) {
        return child;
    }
    if (at > 0 && parent->children[at - 1]->count >= degree) {
        node* left = parent->children[at - 1];
        put(child, 0, parent->keys[at - 1], child->children[0]);
        child->children[0] = left->children[left->count];
        parent->keys[at - 1] = left->keys[--left->count];
        return child;
    }
    if (at < parent->count && parent->children[at + 1]->count >= degree) {
        node* right = parent->children[at + 1];
        put(child, child->count, parent->keys[at], right->children[0]);
        parent->keys[at] = right->keys[0];
        right->children[0] = right->children[1];
        take(right, 0);
        return child;
    }
    return merge_children(parent, at < parent->count ? at : at - 1);
}

static int64_t largest(const node* tree) {
    while (!tree->leaf) {
        tree = tree->children[tree->count];
    }
    return tree->keys[tree->count - 1];
}

static void erase_below(node* in, int64_t key) {
    for (;;) {
        int32_t at = lower_bound(in, key);
        bool here = at < in->count && in->keys[at] == key;
        if (in->leaf) {
            if (here) {
                take(in, at);
            }
            return;
        }
        if (here && in->children[at]->count >= degree) {
            // The key before takes its place, and is what is deleted further down.
            key = in->keys[at] = largest(in->children[at]);
            in = in->children[at];
        } else if (here) {
            in = in->children[at + 1]->count < degree ? merge_children(in, at) : fill_child(in, at);
        } else {
            in = fill_child(in, at);
        }
    }
}

static void erase(node** tree, int64_t key) {
    erase_below(*tree, key);
    if ((*tree)->count == 0 && !(*tree)->leaf) {
        node* root = (*tree)->children[0];
        free(*tree);
        *tree = root;
    }
}

static uint64_t walk(const node* tree, uint64_t sum) {
    for (int32_t i = 0; i < tree->count; ++i) {
        sum = tree->leaf ? sum : walk(tree->children[i], sum);
        sum = checksum_add(sum, (uint64_t)tree->keys[i]);
    }
    return tree->leaf ? sum : walk(tree->children[tree->count], sum);
}

static void destroy(node* tree) {
    for (int32_t i = 0; !tree->leaf && i <= tree->count; ++i) {
        destroy(tree->children[i]);
    }
    free(tree);
}

// n: thousands of operations: half are searches, the others insert and erase.
int64_t run(int32_t n) {
    enum { keys = 100000 };
    uint64_t random = 29, sum = 0, found = 0;
    node* tree = create(true);
    for (int32_t i = 0; i < n * 1000; ++i) {
        int64_t key = (int64_t)random_below(&random, keys) * 7919;
        uint32_t choice = random_below(&random, 8);
        if (choice < 4) {
            found += contains(tree, key);
        } else if (choice < 7) {
            insert(&tree, key);
        } else {
            erase(&tree, key);
        }
    }
    sum = walk(tree, found);
    destroy(tree);
    return (int64_t)sum;
}
