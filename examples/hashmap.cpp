// Two hash maps with the same 8,000 keys: std::unordered_map, which follows a pointer to every entry and divides by a
// prime to find the bucket, and open addressing in one flat array with a power-of-two size.
#include <cstdint>
#include <cstdio>
#include <unordered_map>
#include <vector>

static uint64_t seed = 88172645463325252u;

static uint64_t next_random() {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  return seed;
}

class FlatMap {
 public:
  explicit FlatMap(unsigned bits) : shift_(64 - bits), mask_((1u << bits) - 1), slots_(1u << bits) {}

  uint64_t &operator[](uint64_t key) {
    size_t i = slot_of(key);
    while (slots_[i].key != key && slots_[i].key != 0) i = (i + 1) & mask_;
    slots_[i].key = key;
    return slots_[i].value;
  }

  const uint64_t *find(uint64_t key) const {
    for (size_t i = slot_of(key); slots_[i].key != 0; i = (i + 1) & mask_) {
      if (slots_[i].key == key) return &slots_[i].value;
    }
    return nullptr;
  }

 private:
  struct Slot {
    uint64_t key = 0;  // 0: empty
    uint64_t value = 0;
  };

  size_t slot_of(uint64_t key) const { return key * 0x9e3779b97f4a7c15u >> shift_; }

  unsigned shift_;
  size_t mask_;
  std::vector<Slot> slots_;
};

static uint64_t sum_chained(const std::unordered_map<uint64_t, uint64_t> &map, const std::vector<uint64_t> &queries) {
  uint64_t sum = 0;
  for (uint64_t key : queries) {
    auto found = map.find(key);
    if (found != map.end()) sum += found->second;
  }
  return sum;
}

static uint64_t sum_flat(const FlatMap &map, const std::vector<uint64_t> &queries) {
  uint64_t sum = 0;
  for (uint64_t key : queries) {
    if (const uint64_t *value = map.find(key)) sum += *value;
  }
  return sum;
}

int main() {
  const int count = 8000;
  std::vector<uint64_t> keys;
  for (int i = 0; i < count; i++) keys.push_back(next_random() | 1);

  std::unordered_map<uint64_t, uint64_t> chained;
  FlatMap flat(14);
  for (int i = 0; i < count; i++) {
    chained[keys[i]] += i;
    flat[keys[i]] += i;
  }

  // Half of the questions have an answer.
  std::vector<uint64_t> queries;
  for (int i = 0; i < 4 * count; i++) {
    queries.push_back(i % 2 ? keys[next_random() % count] : next_random() | 1);
  }

  printf("hashmap: chained %llu, flat %llu\n", (unsigned long long)sum_chained(chained, queries),
         (unsigned long long)sum_flat(flat, queries));
}
