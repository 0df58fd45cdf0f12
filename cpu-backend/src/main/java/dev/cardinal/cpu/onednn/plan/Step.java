package dev.cardinal.cpu.onednn.plan;

import java.util.List;

/**
 * One launch of a program.
 *
 * @param name the layer's path
 * @param op the operation's name, or {@code Reorder}
 * @param detail what runs it
 * @param macs multiply-adds
 * @param bytes read and written
 * @param reads memory read
 * @param writes memory written
 * @param binding makes the launch once all addresses are known
 */
public record Step(String name, String op, String detail, long macs, long bytes, List<Slot> reads, List<Slot> writes, Binding binding) {
  /** Makes something that runs many times out of known addresses. */
  @FunctionalInterface
  public interface Binding {
    /** All views, primitives and scratch arrays are made here; the result only computes. */
    Runnable bind();
  }
}
