// Runs a launch of the simulated device, block after block. The threads of a block are fibres of one thread of the host: a thread runs until it must wait, for the block at a barrier or for
// other lanes of its warp, and then the next one runs. Threads that never wait share one stack and cost no switch. Even blocks run their threads in ascending order, odd ones in descending, so that
// what depends on an order that nothing promises comes out wrong. Beyond that, every word of shared memory and of memory that the launch may write remembers who last wrote and read it, so that two
// threads that touch the same place with no barrier between are found in any order.
#include <link.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

typedef uint64_t Word;
struct uint3 { unsigned int x, y, z; };

extern "C" {
uint3 threadIdx, blockIdx, blockDim, gridDim;

// What the device's side fills in before a launch; places of 8 bytes, and after them the text of a fault.
struct Launch {
  Word grid[3], block[3], shared, base, end, parameters, ranges, reversed, site;
  Word rest[];
};
}
enum { TEXT_BYTES = 1024, STACK_BYTES = 128 << 10, MAX_THREADS = 1024, MAX_WARPS = MAX_THREADS / 32, MAX_MEETINGS = 33, MAX_SHARED = 256 << 10, MAX_WATCHED = 64 << 20, CANARY = 0x5c5c5c5c };
enum { SIM_READ, SIM_WRITE, SIM_ATOMIC };

struct Cell { Word write, read; };
struct Range { Word start, end, access; };
struct Meeting { unsigned int mask, arrived, waiting; int phase; Word values[2][32]; unsigned int present[2]; };
struct Warp { Meeting meetings[MAX_MEETINGS]; int count; unsigned int ended; Meeting *last; int phase; };
enum State : char { UNSTARTED, READY, RUNNING, AT_BARRIER, MEETING, ENDED };
struct Thread { void *sp; int stack; State state; int line; Meeting *meeting; int phase; };

// Not in the library's own memory, where the kernels' static shared memory is.
static Thread *threads;
static Warp *warps;
static char *stacks;
static int *free_stacks, *ready, free_count, used_stacks, ready_head, ready_count;
static int count, current, started, live, ended, arrived, barrier_line, vote_result, vote_gathered;
static bool backwards, aborted;
static void *scheduler;
static void (*kernel)(void **);
static void *arguments[512];
static Launch *launch;
static Range *ranges;
static Word range_count, last_range;
static char *text;
static char *dynamic_shared;
static Word writable_start, writable_end, readable_start, readable_end;
static Cell *static_cells, *dynamic_cells, *written_cells;
static Word written_bytes;
enum { MAX_WRITTEN = 16 };
static const Word MOST_ACCESSES = 1ull << 28;
static struct { Word start, end; Cell *cells; int argument; } written[MAX_WRITTEN];
static int written_count;
static Word block_number, sequence, block_synced, warp_synced[MAX_WARPS];
static bool fenced;
static Word patience;

extern "C" void sim_switch(void **from, void *to);
#if defined(__x86_64__)
asm(R"(
  .text
  .globl sim_switch
  .hidden sim_switch
  .type sim_switch, @function
sim_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
)");
static void *fresh(char *top, void (*body)()) {
  void **sp = (void **)top;
  *--sp = nullptr;
  *--sp = (void *)body;
  for (int i = 0; i < 6; i++) *--sp = nullptr;
  return sp;
}
#elif defined(__aarch64__)
asm(R"(
  .text
  .globl sim_switch
  .hidden sim_switch
  .type sim_switch, %function
sim_switch:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x2, sp
  str x2, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
)");
static void *fresh(char *top, void (*body)()) {
  void **sp = (void **)(top - 160);
  memset(sp, 0, 160);
  sp[11] = (void *)body;
  return sp;
}
#else
#error "the simulated device knows x86-64 and AArch64"
#endif

static void to_scheduler() { sim_switch(&threads[current].sp, scheduler); }

static void place(int t) {
  current = t;
  patience = 0;
  unsigned int x = blockDim.x, y = blockDim.y;
  threadIdx = {t % x, t / x % y, t / (x * y)};
}

// Ends the launch: nothing of it runs on.
static void fault(void *site, const char *format, ...) {
  if (!aborted) {
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text, TEXT_BYTES, format, list);
    va_end(list);
    if (n >= 0 && n < TEXT_BYTES) {
      snprintf(text + n, TEXT_BYTES - n, ", in block (%u, %u, %u), thread (%u, %u, %u)", blockIdx.x, blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
    }
    launch->site = site ? (Word)site - readable_start : 0;
    aborted = true;
  }
  if (current >= 0) {
    to_scheduler();
  }
}

static const char *VERB[] = {"reads", "writes", "updates"};

__attribute__((noinline)) static void refuse(Word p, int bytes, int kind, void *site) {
  if (p >= launch->base && p < launch->end) {
    for (Word i = 0; i < range_count; i++) {
      if (p >= ranges[i].start && p < ranges[i].end) {
        if (p + bytes > ranges[i].end) {
          return fault(site, "out of bounds: it %s %d bytes that begin inside of the memory of argument %d and end beyond", VERB[kind], bytes, (int)(ranges[i].access >> 8));
        }
        return fault(site, "access: it %s byte %lld of argument %d, which was given to be %s only", VERB[kind], (long long)(p - ranges[i].start), (int)(ranges[i].access >> 8),
                     (ranges[i].access & 3) == 1 ? "read" : "written");
      }
    }
    long long best = 0, size = 0;
    int argument = -1;
    for (Word i = 0; i < range_count; i++) {
      long long d = p < ranges[i].start ? (long long)(ranges[i].start - p) : (long long)(p - ranges[i].end);
      if (argument < 0 || d < best) {
        best = d;
        argument = (int)i;
      }
    }
    if (argument < 0) {
      return fault(site, "out of bounds: it %s device memory and was given none", VERB[kind]);
    }
    size = (long long)(ranges[argument].end - ranges[argument].start);
    return fault(site, "out of bounds: it %s %d bytes at offset %lld of argument %d, which has %lld bytes", VERB[kind], bytes, (long long)(p - ranges[argument].start),
                 (int)(ranges[argument].access >> 8), size);
  }
  fault(site, "wild pointer: it %s %d bytes at 0x%llx, which is no memory of the device", VERB[kind], bytes, (unsigned long long)p);
}

// A stamp: valid, number of the block, how often its threads had synchronised, thread, bytes of the word, and whether atomic (a write) or by several (a read).
static inline Word stamp(Word mask, Word flag) { return 1ull << 63 | block_number << 39 | sequence << 15 | (Word)current << 5 | mask << 1 | flag; }
static inline Word block_of(Word s) { return s >> 39 & 0xffffff; }
static inline bool ordered(Word s, bool several) {
  Word at = s >> 15 & 0xffffff;
  int thread = (int)(s >> 5 & 1023);
  return at < block_synced || (!several && (thread == current || (thread / 32 == current / 32 && at < warp_synced[current / 32])));
}

__attribute__((noinline)) static void clash(int kind, const char *did, Word s, const char *where, long long offset, void *site) {
  int t = (int)(s >> 5 & 1023);
  unsigned int x = blockDim.x, y = blockDim.y;
  fault(site, "race: it %s the word at byte %lld of %s, which thread (%u, %u, %u) of %s has %s with no barrier between", VERB[kind], offset, where, t % x, t / x % y, t / (x * y),
        block_of(s) == block_number ? "its block" : "another block", did);
}

// Looks whether another thread has touched the same bytes without an order between, and notes this access.
static inline void note(Cell *cells, Word base, Word p, int bytes, int kind, bool shared, const char *where, void *site) {
  for (Word word = (p - base) / 4; word <= (p - base + bytes - 1) / 4; word++) {
    Word first = word * 4 > p - base ? word * 4 : p - base, last = p - base + bytes < word * 4 + 4 ? p - base + bytes : word * 4 + 4;
    Word mask = ((1u << (last - first)) - 1) << first % 4;
    Cell &c = cells[word];
    Word w = c.write, r = c.read;
    bool own_write = block_of(w) == block_number, own_read = block_of(r) == block_number;
    if (shared) {
      w = own_write ? w : 0;
      r = own_read ? r : 0;
      if (kind != SIM_WRITE && !(w >> 63)) {
        return fault(site, "uninitialised: it %s byte %lld of %s, which its block has not written", VERB[kind], (long long)(word * 4), where);
      }
    }
    if (w >> 63 && (w >> 1 & mask) && !(own_write && ordered(w, false)) && !(kind == SIM_ATOMIC && w & 1) && !(!own_write && fenced)) {
      return clash(kind, "written", w, where, (long long)(word * 4), site);
    }
    if (kind == SIM_READ) {
      bool kept = r >> 63 && !(own_read && ordered(r, r & 1));
      if (!kept || own_read) c.read = stamp(mask | (kept ? r >> 1 & 15 : 0), kept && (r & 1 || (int)(r >> 5 & 1023) != current));
    } else {
      if (r >> 63 && (r >> 1 & mask) && !(own_read && ordered(r, r & 1)) && !(!own_read && fenced)) {
        return clash(kind, "read", r, where, (long long)(word * 4), site);
      }
      c.write = stamp(mask, kind == SIM_ATOMIC);
    }
  }
}

static void note_written(Word p, int bytes, int kind, void *site) {
  for (int i = 0; i < written_count; i++) {
    if (p >= written[i].start && p < written[i].end) {
      char name[32];
      snprintf(name, sizeof name, "argument %d", written[i].argument);
      return note(written[i].cells, written[i].start & ~3ull, p, bytes, kind, false, name, site);
    }
  }
}

static inline void check(Word p, int bytes, int kind, void *site) {
  if (++patience > MOST_ACCESSES) {
    return fault(site, "endless: it has touched memory %llu times without meeting others; blocks run one after the other here, so that none may wait for another", (unsigned long long)MOST_ACCESSES);
  }
  if (p - launch->base < launch->end - launch->base) {
    if (p % bytes != 0 && bytes <= 16) {
      return fault(site, "misaligned: it %s %d bytes at 0x%llx, which is no multiple of %d", VERB[kind], bytes, (unsigned long long)p, bytes);
    }
    const Word need = kind == SIM_READ ? 1 : kind == SIM_WRITE ? 2 : 3;
    const Range *r = ranges + last_range;
    if (range_count > 0 && p >= r->start && p + bytes <= r->end && (r->access & need) == need) {
      if (r->access & 4) note_written(p, bytes, kind, site);
      return;
    }
    for (Word i = 0; i < range_count; i++) {
      r = ranges + i;
      if (p >= r->start && p + bytes <= r->end && (r->access & need) == need) {
        last_range = i;
        if (r->access & 4) note_written(p, bytes, kind, site);
        return;
      }
    }
  } else if (p >= (Word)stacks && p < (Word)(stacks + (size_t)MAX_THREADS * STACK_BYTES)) {
    return;
  } else if (p >= writable_start && p + bytes <= writable_end) {
    return note(static_cells, writable_start, p, bytes, kind, true, "static shared memory", site);
  } else if (p >= (Word)dynamic_shared && p < (Word)(dynamic_shared + MAX_SHARED)) {
    if (p + bytes <= (Word)dynamic_shared + launch->shared) {
      return note(dynamic_cells, (Word)dynamic_shared, p, bytes, kind, true, "dynamic shared memory", site);
    }
    return fault(site, "out of bounds: it %s %d bytes at offset %lld of dynamic shared memory, which has %lld bytes", VERB[kind], bytes, (long long)(p - (Word)dynamic_shared),
                 (long long)launch->shared);
  } else if (kind == SIM_READ && p >= readable_start && p + bytes <= readable_end) {
    return;
  }
  refuse(p, bytes, kind, site);
}

#define SITE __builtin_return_address(0)
#define HOOK(bytes) \
  extern "C" void __tsan_read##bytes(void *p) { check((Word)p, bytes, SIM_READ, SITE); } \
  extern "C" void __tsan_write##bytes(void *p) { check((Word)p, bytes, SIM_WRITE, SITE); } \
  extern "C" void __tsan_volatile_read##bytes(void *p) { check((Word)p, bytes, SIM_READ, SITE); } \
  extern "C" void __tsan_volatile_write##bytes(void *p) { check((Word)p, bytes, SIM_WRITE, SITE); }
HOOK(1)
HOOK(2)
HOOK(4)
HOOK(8)
HOOK(16)
extern "C" void __tsan_init() {}
extern "C" void __tsan_func_entry(void *) {}
extern "C" void __tsan_func_exit() {}
static void each(Word p, Word bytes, int kind, void *site) {
  for (Word i = 0; i < bytes; i++) check(p + i, 1, kind, site);
}
extern "C" void __tsan_unaligned_read2(void *p) { each((Word)p, 2, SIM_READ, SITE); }
extern "C" void __tsan_unaligned_read4(void *p) { each((Word)p, 4, SIM_READ, SITE); }
extern "C" void __tsan_unaligned_read8(void *p) { each((Word)p, 8, SIM_READ, SITE); }
extern "C" void __tsan_unaligned_read16(void *p) { each((Word)p, 16, SIM_READ, SITE); }
extern "C" void __tsan_unaligned_write2(void *p) { each((Word)p, 2, SIM_WRITE, SITE); }
extern "C" void __tsan_unaligned_write4(void *p) { each((Word)p, 4, SIM_WRITE, SITE); }
extern "C" void __tsan_unaligned_write8(void *p) { each((Word)p, 8, SIM_WRITE, SITE); }
extern "C" void __tsan_unaligned_write16(void *p) { each((Word)p, 16, SIM_WRITE, SITE); }
extern "C" void __tsan_read_range(void *p, Word bytes) { each((Word)p, bytes, SIM_READ, SITE); }
extern "C" void __tsan_write_range(void *p, Word bytes) { each((Word)p, bytes, SIM_WRITE, SITE); }
extern "C" void sim_touch(const volatile void *p, int bytes, int kind) { check((Word)p, bytes, kind, SITE); }
extern "C" void sim_fence() { fenced = true; }
extern "C" void sim_trap(const char *why, int line) { fault(SITE, "%s at line %d", why, line); }
extern "C" char *sim_dynamic_shared() { return dynamic_shared; }
extern "C" int sim_lane() { return current % 32; }

static void make_ready(int t) {
  threads[t].state = READY;
  ready[(ready_head + ready_count++) % MAX_THREADS] = t;
}

extern "C" int sim_barrier(int line, int value, int vote) {
  if (arrived == 0) {
    barrier_line = line;
    vote_gathered = vote == 0 ? 1 : 0;
  } else if (line != barrier_line) {
    fault(SITE, "barrier: it waits at the barrier of line %d while others of its block wait at that of line %d", line, barrier_line);
  }
  vote_gathered = vote == 0 ? vote_gathered & value : vote == 1 ? vote_gathered | value : vote_gathered + value;
  if (++arrived < live || ended > 0) {
    threads[current].state = AT_BARRIER;
    threads[current].line = line;
    to_scheduler();
    return vote_result;
  }
  arrived = 0;
  block_synced = ++sequence;
  vote_result = vote_gathered;
  for (int i = 0; i < count; i++) {
    int t = backwards ? count - 1 - i : i;
    if (threads[t].state == AT_BARRIER) make_ready(t);
  }
  return vote_result;
}

static bool complete(Warp &w, Meeting &m) { return (m.arrived | (w.ended & m.mask)) == m.mask; }

static void release(int warp, Meeting &m) {
  m.present[m.phase] = m.arrived;
  warp_synced[warp] = ++sequence;
  for (int lane = 0; lane < 32; lane++) {
    if (m.waiting >> lane & 1) make_ready(warp * 32 + lane);
  }
  m.arrived = m.waiting = 0;
  m.phase ^= 1;
}

extern "C" const Word *sim_meet(unsigned int mask, Word value) {
  int warp = current / 32, lane = current % 32;
  Warp &w = warps[warp];
  if (!(mask >> lane & 1)) {
    fault(SITE, "warp: lane %d takes part in an exchange of lanes 0x%x, which leave it out", lane, mask);
  }
  Meeting *m = nullptr;
  for (int i = 0; i < w.count && !m; i++) {
    if (w.meetings[i].mask == mask) m = &w.meetings[i];
  }
  if (!m) {
    if (w.count == MAX_MEETINGS) {
      fault(SITE, "warp: lanes meet in more than %d different masks", MAX_MEETINGS);
    }
    m = &w.meetings[w.count++];
    memset(m, 0, sizeof *m);
    m->mask = mask;
  }
  int phase = m->phase;
  m->values[phase][lane] = value;
  m->arrived |= 1u << lane;
  if (complete(w, *m)) {
    release(warp, *m);
  } else {
    m->waiting |= 1u << lane;
    threads[current].state = MEETING;
    threads[current].meeting = m;
    to_scheduler();
  }
  w.last = m;
  w.phase = phase;
  return m->values[phase];
}

extern "C" unsigned int sim_present(unsigned int) {
  Warp &w = warps[current / 32];
  return w.last->present[w.phase];
}

extern "C" unsigned int sim_active() { return 1u << current % 32; }

static void thread_ended() {
  int warp = current / 32;
  threads[current].state = ENDED;
  live--;
  ended++;
  Warp &w = warps[warp];
  w.ended |= 1u << current % 32;
  for (int i = 0; i < w.count; i++) {
    Meeting &m = w.meetings[i];
    if (m.arrived != 0 && complete(w, m)) release(warp, m);
  }
}

static int next_unstarted() {
  int t = backwards ? count - 1 - started : started;
  started++;
  return t;
}

static void body() {
  for (;;) {
    kernel(arguments);
    thread_ended();
    if (ready_count > 0 || started == count) break;
    int t = next_unstarted();
    threads[t].stack = threads[current].stack;
    threads[t].state = RUNNING;
    place(t);
  }
  free_stacks[free_count++] = threads[current].stack;
  to_scheduler();
}

static void resume(int t) {
  place(t);
  threads[t].state = RUNNING;
  sim_switch(&scheduler, threads[t].sp);
}

static void run_block() {
  live = count;
  sequence = 1;
  block_synced = 0;
  memset(warp_synced, 0, sizeof warp_synced);
  started = ended = arrived = ready_head = ready_count = 0;
  free_count = used_stacks = 0;
  int warp_count = (count + 31) / 32;
  for (int i = 0; i < warp_count; i++) {
    warps[i].count = 0;
    // Lanes that the block does not have count as ended.
    warps[i].ended = i == warp_count - 1 && count % 32 ? ~0u << count % 32 : 0;
  }
  for (int i = 0; i < count; i++) threads[i].state = UNSTARTED;
  while (!aborted) {
    if (ready_count > 0) {
      int t = ready[ready_head];
      ready_head = (ready_head + 1) % MAX_THREADS;
      ready_count--;
      resume(t);
    } else if (started < count) {
      int t = next_unstarted();
      int s = free_count > 0 ? free_stacks[--free_count] : used_stacks++;
      threads[t].stack = s;
      char *bottom = stacks + (size_t)s * STACK_BYTES;
      *(unsigned int *)bottom = CANARY;
      // Tops at different distances, or all would fall on the same lines of the processor's cache.
      threads[t].sp = fresh(bottom + STACK_BYTES - 64 - s % 16 * 192, body);
      resume(t);
    } else if (live == 0) {
      break;
    } else {
      int stuck = 0;
      while (threads[stuck].state == ENDED) stuck++;
      Thread &s = threads[stuck];
      place(stuck);
      current = -1;
      if (s.state == AT_BARRIER) {
        fault(nullptr, ended > 0 ? "barrier: it waits at the barrier of line %d, but %d threads of its block have ended" : "barrier: it waits at the barrier of line %d and others wait for lanes of their warp",
              s.line, ended);
      } else {
        fault(nullptr, "warp: it waits for lanes 0x%x of its warp, of which 0x%x have not come", s.meeting->mask, s.meeting->mask & ~s.meeting->arrived & ~warps[stuck / 32].ended);
      }
    }
  }
  for (int i = 0; i < used_stacks && !aborted; i++) {
    if (*(unsigned int *)(stacks + (size_t)i * STACK_BYTES) != CANARY) {
      current = -1;
      fault(nullptr, "stack: a thread uses more than %d bytes of local memory", STACK_BYTES);
    }
  }
}

static int look(struct dl_phdr_info *info, size_t, void *) {
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) &h = info->dlpi_phdr[i];
    Word start = info->dlpi_addr + h.p_vaddr;
    if (h.p_type == PT_LOAD && (Word)&launch >= start && (Word)&launch < start + h.p_memsz) {
      writable_start = start;
      writable_end = start + h.p_memsz;
      readable_start = info->dlpi_addr;
      readable_end = writable_end;
      return 1;
    }
  }
  return 0;
}

static void *room(size_t bytes) { return mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0); }

// Cells for the words that the launch may write, and a mark on every range whose accesses have to be noted.
static void watch() {
  Word words = 0;
  written_count = 0;
  for (Word i = 0; i < range_count && written_count < MAX_WRITTEN; i++) {
    Range &r = ranges[i];
    if (r.access & 2 && r.end - r.start <= MAX_WATCHED) {
      written[written_count++] = {r.start, r.end, nullptr, (int)(r.access >> 8)};
      words += (r.end - r.start) / 4 + 2;
    }
  }
  if (words * sizeof(Cell) > written_bytes) {
    if (written_cells) munmap(written_cells, written_bytes);
    written_bytes = words * sizeof(Cell);
    written_cells = (Cell *)room(written_bytes);
  } else {
    memset(written_cells, 0, words * sizeof(Cell));
  }
  words = 0;
  for (int i = 0; i < written_count; i++) {
    written[i].cells = written_cells + words;
    words += (written[i].end - written[i].start) / 4 + 2;
    for (Word k = 0; k < range_count; k++) {
      if (ranges[k].start < written[i].end && written[i].start < ranges[k].end) ranges[k].access |= 4;
    }
  }
  memset(static_cells, 0, (writable_end - writable_start + 3) / 4 * sizeof(Cell));
  memset(dynamic_cells, 0, (launch->shared + 3) / 4 * sizeof(Cell));
}

// Runs a launch; 0 if it went well, else the text says what went wrong.
extern "C" __attribute__((visibility("default"))) int64_t sim_launch(void (*f)(void **), Launch *l) {
  if (!stacks) {
    dl_iterate_phdr(look, nullptr);
    stacks = (char *)room((size_t)MAX_THREADS * STACK_BYTES);
    dynamic_shared = (char *)room(MAX_SHARED);
    dynamic_cells = (Cell *)room(MAX_SHARED / 4 * sizeof(Cell));
    static_cells = (Cell *)room((writable_end - writable_start + 3) / 4 * sizeof(Cell));
    threads = (Thread *)room(MAX_THREADS * sizeof(Thread));
    warps = (Warp *)room(MAX_WARPS * sizeof(Warp));
    ready = (int *)room(MAX_THREADS * sizeof(int));
    free_stacks = (int *)room(MAX_THREADS * sizeof(int));
  }
  launch = l;
  kernel = f;
  aborted = false;
  for (Word i = 0; i < l->parameters; i++) arguments[i] = &l->rest[i];
  ranges = (Range *)(l->rest + l->parameters);
  range_count = l->ranges;
  last_range = 0;
  text = (char *)(ranges + range_count);
  text[0] = 0;
  fenced = false;
  watch();
  blockDim = {(unsigned int)l->block[0], (unsigned int)l->block[1], (unsigned int)l->block[2]};
  gridDim = {(unsigned int)l->grid[0], (unsigned int)l->grid[1], (unsigned int)l->grid[2]};
  count = (int)(l->block[0] * l->block[1] * l->block[2]);
  Word blocks = l->grid[0] * l->grid[1] * l->grid[2];
  for (Word i = 0; i < blocks && !aborted; i++) {
    Word b = l->reversed ? blocks - 1 - i : i;
    blockIdx = {(unsigned int)(b % l->grid[0]), (unsigned int)(b / l->grid[0] % l->grid[1]), (unsigned int)(b / l->grid[0] / l->grid[1])};
    backwards = b % 2 != 0;
    block_number = b & 0xffffff;
    // Shared memory holds nothing when a block begins.
    memset(dynamic_shared, 0xff, l->shared);
    run_block();
  }
  return aborted;
}
