/* Signals that a program sends itself: by a call, and by an instruction that cannot be executed. */
#define _GNU_SOURCE
#include <fenv.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t order[16], count;
static sigjmp_buf back;
static double spare = 1.5;

static void note(int signal) { order[count++] = signal; }

static void nested(int signal) {
  note(signal);
  if (signal == SIGUSR1) raise(SIGUSR2);
  spare = spare * 1.25 + signal; /* floating-point registers are the handler's own */
}

static void jump(int signal) { siglongjmp(back, signal); }

static void invalid(int signal) {
  note(signal);
  feraiseexcept(FE_INVALID);
}

static char own[65536];
static void skip(int signal, siginfo_t *info, void *context) {
  ucontext_t *u = context;
  char here;
  printf("signal %d, code %d, address %p, on its own stack: %d\n", signal, info->si_code, signal == SIGILL ? NULL : info->si_addr, &here >= own && &here < own + sizeof own);
  u->uc_mcontext.__gregs[REG_PC] += 4;
  u->uc_mcontext.__gregs[REG_A0] = 77;
}

static void show(const char *what) {
  printf("%s:", what);
  for (int i = 0; i < count; i++) printf(" %d", (int)order[i]);
  printf("\n");
  count = 0;
}

int main(void) {
  double before = 0.1, product = before * 3;
  signal(SIGUSR1, nested);
  signal(SIGUSR2, nested);
  printf("raise gives %d\n", raise(SIGUSR1));
  show("nested");
  printf("%.17g %.17g\n", product, spare);

  sigset_t set, old;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR2);
  sigaddset(&set, SIGTERM);
  signal(SIGTERM, note);
  sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGTERM);
  raise(SIGUSR2);
  raise(SIGUSR2);
  show("blocked");
  sigprocmask(SIG_SETMASK, &old, NULL);
  show("released");

  struct sigaction once = {.sa_handler = note, .sa_flags = SA_RESETHAND};
  sigaction(SIGWINCH, &once, NULL);
  raise(SIGWINCH);
  raise(SIGWINCH);
  show("once");

  signal(SIGSEGV, jump);
  int got = sigsetjmp(back, 1);
  if (!got) *(volatile int *)8 = 1;
  printf("jumped out with %d\n", got);

  stack_t stack = {.ss_sp = own, .ss_size = sizeof own};
  sigaltstack(&stack, NULL);
  struct sigaction context = {.sa_sigaction = skip, .sa_flags = SA_SIGINFO | SA_ONSTACK};
  sigaction(SIGSEGV, &context, NULL);
  register long value asm("a0") = 16;
  asm volatile(".option push\n.option norvc\nlw a0, 0(a0)\n.option pop" : "+r"(value));
  printf("resumed behind it with %ld\n", value);
  sigaction(SIGILL, &context, NULL);
  value = 0;
  asm volatile(".4byte 0x0000500b" : "+r"(value)); /* no instruction */
  printf("and with %ld\n", value);

  signal(SIGUSR1, note);
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigaddset(&set, SIGHUP);
  sigprocmask(SIG_BLOCK, &set, &old);
  raise(SIGUSR1);
  printf("suspended: %d\n", sigsuspend(&old));
  show("woken");
  raise(SIGUSR1);
  printf("waited: %d %d\n", sigwait(&set, &got), got);
  siginfo_t info;
  union sigval sent = {.sival_int = 42};
  printf("queued: %d\n", sigqueue(getpid(), SIGUSR1, sent));
  printf("taken: %d", sigwaitinfo(&set, &info));
  printf(" %d %d\n", info.si_code, info.si_value.sival_int);
  sigprocmask(SIG_SETMASK, &old, NULL);
  signal(SIGUSR2, invalid);
  feclearexcept(FE_ALL_EXCEPT);
  raise(SIGUSR2);
  printf("flags of the handler stay its own: %d\n", fetestexcept(FE_INVALID) != 0);
  sigaction(SIGSEGV, &context, NULL);
  static const char constant[] = "read only";
  asm volatile(".option push\n.option norvc\nsb zero, 0(%0)\n.option pop" : : "r"(constant) : "a0", "memory");

  signal(SIGABRT, jump);
  if (!(got = sigsetjmp(back, 1))) abort();
  printf("jumped out with %d\n", got);
  return 0;
}
