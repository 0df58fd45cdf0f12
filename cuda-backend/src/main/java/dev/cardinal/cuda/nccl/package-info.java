/**
 * NCCL, of which JCuda has no classes: a handful of its functions by JNA, which needs no native of ours, so that any {@code libnccl.so.2} of a machine will do.
 *
 * <p>Depends on {@code api}, {@code natives} and JNA. Start at {@link dev.cardinal.cuda.nccl.NcclLibrary}.
 */
package dev.cardinal.cuda.nccl;
