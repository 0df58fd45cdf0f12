/**
 * A GPU that is simulated on the host, for tests: the interface of {@code api} with device memory in the host's memory, the real kernel sources compiled by the host's C++ compiler (g++), and cuDNN's
 * and cuBLAS's part done by the reference engine and plain loops. It is slow, and it does not forgive: whatever hardware would punish, or would not notice until the figures are wrong, is a
 * {@link dev.cardinal.cuda.simulated.SimulatedFault} that says what was wrong where.
 *
 * <h2>To run an operation on it</h2>
 *
 * <pre>{@code
 * assumeTrue(SimulatedGpu.available(), SimulatedGpu.problem());   // no g++ on this machine
 * try (CudaDevice device = SimulatedGpu.open()) {
 *   HostTensor y = SingleOp.run(device, new Activation(Activation.Kind.RELU), x).get(0);
 * }
 * }</pre>
 *
 * <p>Through the registry it is {@code Devices.open("simulated:0")}; there are four such devices in a process, which reach each other's memory. A kernel by itself: {@code SimulatedGpu.cuda()} gives
 * the {@link dev.cardinal.cuda.api.Cuda} on which contexts are opened and sources compiled.
 *
 * <h2>What it holds the code to</h2>
 *
 * <ul>
 *   <li>Kernels: every load and store lies within the memory of one of the launch's {@code KernelArg.Pointer}s, in the direction that was declared, and is aligned; arguments have their parameters'
 *       widths; barriers are met by all threads of a block, exchanges between lanes by all lanes of the mask. Two threads touch the same word, one of them writing, only with a barrier between or atomically. Shared
 *       memory is read only where the block has written. Fresh memory holds bytes of ones: NaN as floating-point numbers.
 *   <li>Memory: copies and library calls lie within living allocations of at least the descriptor's size, and within one value where the allocation is an arena; freed addresses are never given out again.
 *   <li>Order: whatever one stream wrote is read or overwritten by another stream, or by the host, only after an event or a synchronisation in between; pinned memory is not touched by the host while a
 *       copy is under way.
 *   <li>Steps: nothing is allocated, freed or synchronised while a stream is captured.
 *   <li>Owners: a closed thing is not used, and a context is closed after everything that was made from it.
 * </ul>
 *
 * <p>Start at {@link dev.cardinal.cuda.simulated.SimulatedGpu}, then {@link dev.cardinal.cuda.simulated.SimulatedStream}. Depends on {@code api}, the core's {@code backend}, {@code op} and
 * {@code tensor}, and the reference engine.
 */
package dev.cardinal.cuda.simulated;
