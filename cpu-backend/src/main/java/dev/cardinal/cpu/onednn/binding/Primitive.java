package dev.cardinal.cpu.onednn.binding;

import java.util.List;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;

/** A oneDNN primitive: described first (layouts and scratch memory may be asked for), then bound to addresses once, then executed many times. */
public final class Primitive implements AutoCloseable {
  /** What stands at an argument position. */
  public record Argument(int id, MemoryDesc desc, long address) {}

  private final dnnl_primitive_desc description;
  private final dnnl_primitive primitive = new dnnl_primitive();
  private String implementation;
  private dnnl_memory[] memories = new dnnl_memory[0];
  private dnnl_exec_arg_t arguments;
  private Primitive hint;
  private final Runnable launch = this::launch;
  /** Whether it has been described for the calling thread alone. */
  private final boolean alone = OpenMp.isAlone();
  private boolean created;
  private boolean closed;

  Primitive(dnnl_primitive_desc description) {
    this.description = description;
    this.implementation = queryName(description);
  }

  private static String queryName(dnnl_primitive_desc pd) {
    try (PointerPointer<Pointer> p = new PointerPointer<>(1)) {
      OneDnn.check(dnnl.dnnl_primitive_desc_query(pd, dnnl.dnnl_query_impl_info_str, 0, p), "a query");
      return new BytePointer(p.get(0)).getString();
    }
  }

  dnnl_primitive_desc description() {
    return description;
  }

  /** Closes the description of a forward primitive together with this one's. */
  void keep(Primitive forward) {
    hint = forward;
  }

  /** The library's name of the kernel. */
  public String implementation() {
    return implementation;
  }

  /** Whether this is the library's plain fallback, many times slower than any other. */
  public boolean isReference() {
    return implementation.startsWith("ref");
  }

  /** Turns to the library's next kernel for the same thing; false if there is none. Only before the first use. */
  public boolean nextImplementation() {
    int status = dnnl.dnnl_primitive_desc_next_impl(description);
    if (status == dnnl.dnnl_last_impl_reached || status == dnnl.dnnl_unimplemented) {
      return false;
    }
    OneDnn.check(status, "the next implementation");
    implementation = queryName(description);
    return true;
  }

  /** Whether this is one of the library's batch-reduce matrix kernels. */
  public boolean isBatchReduce() {
    return implementation.startsWith("brg");
  }

  /** The layout chosen for the source; the caller closes it. */
  public MemoryDesc source() {
    return query(dnnl.dnnl_query_src_md);
  }

  /** The layout chosen for the weights; the caller closes it. */
  public MemoryDesc weights() {
    return query(dnnl.dnnl_query_weights_md);
  }

  /** The layout chosen for the weights' gradient; the caller closes it. */
  public MemoryDesc weightsGradient() {
    return query(dnnl.dnnl_query_diff_weights_md);
  }

  /** What the forward primitive keeps for the backward one, or {@code null}; the caller closes it. */
  public MemoryDesc workspace() {
    return query(dnnl.dnnl_query_workspace_md);
  }

  /** Scratch memory of one execution, or {@code null}; the caller closes it. */
  public MemoryDesc scratchpad() {
    return query(dnnl.dnnl_query_scratchpad_md);
  }

  private MemoryDesc query(int what) {
    dnnl_memory_desc m = dnnl.dnnl_primitive_desc_query_md(description, what, 0);
    return m == null || m.isNull() || dnnl.dnnl_memory_desc_get_size(m) == 0 ? null : MemoryDesc.copyOf(m);
  }

  /** Generates the kernel and fixes the addresses of all later executions. */
  public void bind(List<Argument> args) {
    int[] status = new int[1];
    run(() -> status[0] = dnnl.dnnl_primitive_create(primitive, description));
    OneDnn.check(status[0], "the primitive " + implementation);
    created = true;
    memories = new dnnl_memory[args.size()];
    arguments = new dnnl_exec_arg_t(args.size());
    for (int i = 0; i < memories.length; i++) {
      Argument a = args.get(i);
      memories[i] = new dnnl_memory();
      OneDnn.check(dnnl.dnnl_memory_create(memories[i], a.desc.handle, OneDnn.engine(), new Address(a.address)), "a memory object");
      arguments.position(i).arg(a.id).memory(memories[i]);
    }
    // The position is the offset that native code sees.
    arguments.position(0);
  }

  /** Runs once and returns when done. */
  public void execute() {
    run(launch);
  }

  private void launch() {
    int status = dnnl.dnnl_primitive_execute(primitive, OneDnn.stream(), memories.length, arguments);
    if (status != dnnl.dnnl_success) {
      OneDnn.check(status, "the primitive " + implementation);
    }
  }

  private void run(Runnable work) {
    if (alone) {
      OpenMp.alone(work);
    } else {
      work.run();
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (dnnl_memory m : memories) {
      if (m != null && !m.isNull()) {
        dnnl.dnnl_memory_destroy(m);
      }
    }
    if (arguments != null) {
      arguments.close();
    }
    if (created) {
      dnnl.dnnl_primitive_destroy(primitive);
    }
    dnnl.dnnl_primitive_desc_destroy(description);
    if (hint != null) {
      hint.close();
    }
  }
}
