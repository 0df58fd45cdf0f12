package dev.cardinal.cpu.onednn.plan;

import dev.cardinal.backend.cache.AlgorithmMemory;
import dev.cardinal.backend.cache.PrivateFolder;
import dev.cardinal.cpu.onednn.binding.OneDnn;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which of several implementations is the fastest on this processor: measured once for a key, then kept on disk, so that later runs take the same and give the same bits. Where nothing can be kept,
 * nothing is measured. System property {@code cardinal.cpu.algorithms} is {@code measured}, as it is unless it says otherwise, or {@code estimated}, which follows the
 * rules that hold where nothing is measured: what oneDNN proposes, or a kernel of ours where that is known to be faster.
 */
public final class Choices {
  private static final Logger LOG = LoggerFactory.getLogger(Choices.class);
  private static final String PROPERTY = "cardinal.cpu.algorithms";
  private static final String ESTIMATED = "estimated";
  /** Most time that measuring may add to the compilation of a program; what comes later follows the rules. */
  private static final long MOST_NANOS = 1_000_000_000;
  /** Which rules the choices of a file were made by. */
  private static final String RULES = "r3";
  private static final Map<Integer, Choices> BY_THREADS = new HashMap<>();

  private final AlgorithmMemory memory;
  private boolean measures;
  private boolean tried;
  private long spent;

  private Choices(AlgorithmMemory memory) {
    this.memory = memory;
    this.measures = !System.getProperty(PROPERTY, "measured").equals(ESTIMATED);
  }

  /** Those of all devices of the process that compute in so many threads: what one has measured the others take. */
  public static synchronized Choices shared(String processor, int threads) {
    return BY_THREADS.computeIfAbsent(threads, t -> {
      String own = System.getenv().getOrDefault("OMP_NUM_THREADS", String.valueOf(Runtime.getRuntime().availableProcessors()));
      String name = processor + "-" + OneDnn.instructionSet() + "-onednn" + OneDnn.version() + "-threads" + own + "-" + t + "-" + RULES;
      return new Choices(new AlgorithmMemory(PrivateFolder.ofUser(System.getenv(), "algorithms"), name.replaceAll("[^A-Za-z0-9.]+", "-") + ".txt"));
    });
  }

  /**
   * What was chosen for a key, now or in an earlier run.
   *
   * @param measure finds the fastest, or gives {@code null} for what the rules say
   * @return its name, or {@code null} for what the rules say
   */
  public synchronized String of(String key, Supplier<String> measure) {
    if (!measures) {
      return null;
    }
    Optional<String> known = memory.get(key);
    if (known.isPresent()) {
      return known.get().isEmpty() ? null : known.get();
    }
    if (!tried) {
      // Choices that are not kept would differ from run to run, and the results with them.
      tried = true;
      memory.put("kept", "");
      measures = memory.save();
      if (!measures) {
        return null;
      }
    }
    long begin = System.nanoTime();
    String name = spent < MOST_NANOS ? measure.get() : null;
    spent += System.nanoTime() - begin;
    memory.put(key, name == null ? "" : name);
    return name;
  }

  /** Writes down what was measured for a program. */
  public synchronized void keep() {
    if (spent > 0) {
      LOG.debug("measured for {} ms", spent / 1_000_000);
      memory.save();
      spent = 0;
    }
  }
}
