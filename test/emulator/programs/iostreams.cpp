// What C++ programs ask of their library: streams, containers, exceptions, formatting, sorting.
#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>
struct Shape { virtual ~Shape() = default; virtual double area() const = 0; };
struct Circle : Shape { double r; explicit Circle(double r) : r(r) {} double area() const override { return M_PI * r * r; } };
struct Square : Shape { double a; explicit Square(double a) : a(a) {} double area() const override { return a * a; } };
static int risky(int n) { if (n == 3) throw std::runtime_error("three"); return n; }
int main() {
  std::vector<std::unique_ptr<Shape>> shapes;
  for (int i = 1; i < 5; i++) { shapes.push_back(std::make_unique<Circle>(i)); shapes.push_back(std::make_unique<Square>(i)); }
  double total = 0;
  for (auto &s : shapes) total += s->area();
  std::cout << std::fixed << std::setprecision(6) << total << "\n";
  std::map<std::string, int> words;
  std::istringstream text("the quick brown fox jumps over the lazy dog the end");
  for (std::string w; text >> w;) words[w]++;
  for (auto &[w, n] : words) std::cout << w << ' ' << n << '\n';
  std::unordered_map<int, int> m;
  for (int i = 0; i < 1000; i++) m[i * 37 % 101] += i;
  long s = 0;
  for (auto &[k, v] : m) s += (long)k * v;
  std::cout << s << '\n';
  for (int i = 0; i < 5; i++)
    try { std::cout << risky(i) << ' '; } catch (const std::exception &e) { std::cout << e.what() << ' '; }
  std::vector<double> v;
  for (int i = 0; i < 200; i++) v.push_back(std::sin(i) * std::exp(i / 50.0) + std::pow(i, 0.3));
  std::sort(v.begin(), v.end());
  std::cout << std::setprecision(12) << v.front() << ' ' << v[100] << ' ' << v.back() << std::endl;
  std::cerr << "done\n";
}
