int main(void) {
  volatile unsigned long state = 1;
  for (int i = 0; i < 20000; i++)
    state = state * 6364136223846793005ul + 1;
  return 0;
}
