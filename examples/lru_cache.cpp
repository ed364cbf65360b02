// A cache of the 1024 most recently used items, from a list and a hash map as everyone builds it. Keys come from a skewed
// distribution; each access goes through two pointers to memory that was touched long ago.
#include <cstdint>
#include <cstdio>
#include <list>
#include <unordered_map>
#include <utility>

class LruCache {
 public:
  explicit LruCache(size_t capacity) : capacity_(capacity) {}

  const uint64_t *get(uint32_t key) {
    auto found = places_.find(key);
    if (found == places_.end()) return nullptr;
    items_.splice(items_.begin(), items_, found->second);
    return &found->second->second;
  }

  void put(uint32_t key, uint64_t value) {
    if (items_.size() == capacity_) {
      places_.erase(items_.back().first);
      items_.pop_back();
    }
    items_.emplace_front(key, value);
    places_[key] = items_.begin();
  }

 private:
  using Items = std::list<std::pair<uint32_t, uint64_t>>;

  size_t capacity_;
  Items items_;
  std::unordered_map<uint32_t, Items::iterator> places_;
};

static uint64_t seed = 0x2545f4914f6cdd1du;

static uint32_t next_key() {
  seed ^= seed << 13;
  seed ^= seed >> 7;
  seed ^= seed << 17;
  uint32_t spread = seed & 4095;
  return (spread * spread) >> 12;  // small keys are asked for more often
}

static uint64_t expensive(uint32_t key) {
  uint64_t x = key;
  for (int i = 0; i < 8; i++) x = x * 6364136223846793005u + 1442695040888963407u;
  return x;
}

int main() {
  LruCache cache(1024);
  int hits = 0;
  uint64_t sum = 0;
  for (int i = 0; i < 16000; i++) {
    uint32_t key = next_key();
    if (const uint64_t *value = cache.get(key)) {
      hits++;
      sum += *value;
    } else {
      uint64_t computed = expensive(key);
      cache.put(key, computed);
      sum += computed;
    }
  }
  printf("lru_cache: %d hits, sum %016llx\n", hits, (unsigned long long)sum);
}
