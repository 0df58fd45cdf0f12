/**
 * Files that outlive the process: tensors in the safetensors format, checkpoints, and the atomic replacement both rest on.
 *
 * <p>Depends on {@code dev.cardinal.tensor}, Jackson and SLF4J. Start at {@link dev.cardinal.io.CheckpointStore} to save and resume
 * training, at {@link dev.cardinal.io.Safetensors} to exchange weights with other programs. Nothing here trusts a file: every length is
 * checked against the size on disk before it decides an allocation, and whatever is wrong is an {@link java.io.IOException} naming the file.
 */
package dev.cardinal.io;
