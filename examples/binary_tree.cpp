// Inserts and lookups with random keys, in a plain binary search tree and in std::map. Each step down the tree must wait
// for the pointer the step before has loaded, and where to go next is anybody's guess.
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <vector>

static uint32_t seed = 2463534242u;

static uint32_t next_random() {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

struct Node {
  uint32_t key;
  uint32_t value;
  Node *left = nullptr;
  Node *right = nullptr;
};

class Tree {
 public:
  void insert(uint32_t key, uint32_t value) {
    Node **place = &root_;
    while (*place) {
      if ((*place)->key == key) return;
      place = key < (*place)->key ? &(*place)->left : &(*place)->right;
    }
    nodes_.push_back(std::make_unique<Node>(Node{key, value}));
    *place = nodes_.back().get();
  }

  const Node *find(uint32_t key) const {
    const Node *node = root_;
    while (node && node->key != key) {
      node = key < node->key ? node->left : node->right;
    }
    return node;
  }

  int depth() const { return depth_of(root_); }

 private:
  static int depth_of(const Node *node) {
    if (!node) return 0;
    int left = depth_of(node->left), right = depth_of(node->right);
    return 1 + (left > right ? left : right);
  }

  Node *root_ = nullptr;
  std::vector<std::unique_ptr<Node>> nodes_;
};

int main() {
  const uint32_t count = 4500;
  std::vector<uint32_t> keys;
  for (uint32_t i = 0; i < count; i++) keys.push_back(next_random());

  Tree tree;
  std::map<uint32_t, uint32_t> map;
  for (uint32_t i = 0; i < count; i++) {
    tree.insert(keys[i], i);
    map.emplace(keys[i], i);
  }

  uint64_t from_tree = 0, from_map = 0;
  for (uint32_t i = 0; i < 2 * count; i++) {
    uint32_t key = keys[next_random() % count];
    if (const Node *node = tree.find(key)) from_tree += node->value;
    if (auto found = map.find(key); found != map.end()) from_map += found->second;
  }
  printf("binary_tree: depth %d, tree %llu, map %llu\n", tree.depth(), (unsigned long long)from_tree,
         (unsigned long long)from_map);
}
