/**
 * A program in the making: values get slots, lowerings add steps, one liveness plan places all slots in one arena, and then every step is bound to its addresses.
 *
 * <p>Depends on {@code api}, {@code kernel} and the core's {@code graph}, {@code pass} and {@code tensor}. Start at {@link dev.cardinal.cuda.plan.CudaBuild}.
 */
package dev.cardinal.cuda.plan;
