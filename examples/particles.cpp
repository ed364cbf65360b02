// Particles in an array of structures and in a structure of arrays. Moving them needs 4 of the 12 numbers each has: in the
// first layout most of every cache line is loaded for nothing.
#include <cstdio>
#include <vector>

struct Particle {
  double x, y, vx, vy;
  double mass, charge, age, radius;
  double color[4];
};

struct Particles {
  std::vector<double> x, y, vx, vy;
};

static void move(std::vector<Particle> &particles, double dt) {
  for (Particle &p : particles) {
    p.x += p.vx * dt;
    p.y += p.vy * dt;
    if (p.y < 0) p.vy = -p.vy;
  }
}

static void move(Particles &p, double dt) {
  for (size_t i = 0; i < p.x.size(); i++) {
    p.x[i] += p.vx[i] * dt;
    p.y[i] += p.vy[i] * dt;
    if (p.y[i] < 0) p.vy[i] = -p.vy[i];
  }
}

int main() {
  const int count = 6000, steps = 20;
  std::vector<Particle> structures(count);
  Particles arrays;
  for (int i = 0; i < count; i++) {
    double x = i % 80, y = i / 80, vx = (i * 7 % 13) - 6, vy = (i * 5 % 11) - 5;
    structures[i] = {x, y, vx, vy, 1, 0, 0, 0.5, {}};
    arrays.x.push_back(x);
    arrays.y.push_back(y);
    arrays.vx.push_back(vx);
    arrays.vy.push_back(vy);
  }
  for (int i = 0; i < steps; i++) move(structures, 0.25);
  for (int i = 0; i < steps; i++) move(arrays, 0.25);

  double first = 0, second = 0;
  for (const Particle &p : structures) first += p.x + 2 * p.y;
  for (int i = 0; i < count; i++) second += arrays.x[i] + 2 * arrays.y[i];
  printf("particles: structures %.3f, arrays %.3f\n", first, second);
}
