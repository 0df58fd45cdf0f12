package dev.cardinal.cuda.collective;

import dev.cardinal.cuda.api.CudaContext;
import dev.cardinal.cuda.api.CudaEvent;
import dev.cardinal.cuda.api.CudaStream;
import java.util.HashMap;
import java.util.Map;

/** What the sums beside a program's run share: a stream, and memory for what others have summed up so far, which they use one after the other. */
final class SideStream implements AutoCloseable {
  private final CudaContext context;
  private final CudaStream stream;
  private final Map<Integer, CudaEvent> finished = new HashMap<>();
  private long bytes;
  private long staging;

  SideStream(CudaContext context) {
    this.context = context;
    this.stream = context.newStream();
  }

  CudaStream stream() {
    return stream;
  }

  /** Asks for memory, before any step is bound. */
  void require(long more) {
    bytes = Math.max(bytes, more);
  }

  /** The memory, allocated when a step is bound. */
  long staging() {
    if (staging == 0) {
      staging = context.allocate(Math.max(1, bytes));
    }
    return staging;
  }

  /** The event that is recorded when the sum of a ticket is done. */
  CudaEvent finished(int ticket) {
    return finished.computeIfAbsent(ticket, t -> context.newEvent(false));
  }

  @Override
  public void close() {
    finished.values().forEach(CudaEvent::close);
    if (staging != 0) {
      context.free(staging);
    }
    stream.close();
  }
}
