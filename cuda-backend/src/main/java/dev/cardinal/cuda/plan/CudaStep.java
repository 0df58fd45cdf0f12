package dev.cardinal.cuda.plan;

import java.util.List;
import java.util.function.Supplier;

/**
 * One launch, or a few that belong together.
 *
 * @param name the layer's path
 * @param op the operation's name
 * @param detail what runs it, as in a kernel's name
 * @param macs multiply-adds of one run
 * @param bytes read and written in one run
 * @param reads slots it reads
 * @param writes slots it writes
 * @param binding called once, when addresses are known; gives what issues the work to the program's stream, and allocates nothing then
 */
public record CudaStep(String name, String op, String detail, long macs, long bytes, List<Slot> reads, List<Slot> writes, Supplier<Runnable> binding) {}
