package dev.cardinal.cpu.onednn.narrow;

import dev.cardinal.cpu.onednn.binding.OpenMp;
import dev.cardinal.cpu.onednn.kernel.Workers;

/** How narrow work is divided: rounds of some samples and groups, a contiguous range of which every task has, with memory of its own. The division depends on the number of threads alone. */
record NarrowRounds(NarrowShape whole, NarrowShape round, Workers workers) {
  /** Does a round. */
  @FunctionalInterface
  interface Body {
    void round(int round, int task);
  }

  static NarrowRounds of(NarrowShape whole, Workers workers) {
    return new NarrowRounds(whole, whole.round(workers.threads()), workers);
  }

  int tasks() {
    return Math.min(workers.threads(), count());
  }

  /** Ranges of groups. */
  int parts() {
    return whole.groups() / round.groups();
  }

  int count() {
    return parts() * (whole.samples() / round.samples());
  }

  /** The range of groups of a round. */
  int part(int i) {
    return i % parts();
  }

  int sample(int i) {
    return i / parts() * round.samples();
  }

  int group(int i) {
    return part(i) * round.groups();
  }

  /** The task that does a round. */
  int task(int i) {
    int t = 0;
    while (i >= count() * (t + 1) / tasks()) {
      t++;
    }
    return t;
  }

  /** Does all rounds, each task's in order. */
  void run(Body body) {
    workers.run(tasks(), (task, worker) -> OpenMp.alone(() -> {
      int last = count() * (task + 1) / tasks();
      for (int i = count() * task / tasks(); i < last; i++) {
        body.round(i, task);
      }
    }));
  }
}
